"""Candidate data projects as pages show them, in the reader's language. No queries here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from assessment.forms import ProjectForm, prefix_of
from assessment.models import Project
from manifesto.definitions import Anchor, Framework


@dataclass(frozen=True, slots=True)
class Rating:
    """One criterion of a project and the anchor that was chosen; level None where none was."""

    key: str
    stem: str
    level: int | None
    anchor: str


@dataclass(frozen=True, slots=True)
class Row:
    """One project with every criterion, and how many of them are rated."""

    project: Project
    ratings: tuple[Rating, ...]
    complexity: str

    @property
    def rated(self) -> int:
        return sum(rating.level is not None for rating in self.ratings)

    @property
    def state(self) -> str:
        """not-started, in-progress or done."""
        if self.rated == len(self.ratings) and self.project.complexity:
            return "done"
        return "in-progress" if self.rated else "not-started"


@dataclass(frozen=True, slots=True)
class Option:
    """One radio of a criterion."""

    value: str
    text: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Criterion:
    """One group of radios: `name` is the field's, `unrated` whether nothing is chosen."""

    key: str
    name: str
    stem: str
    why: str
    evidence: str
    options: tuple[Option, ...]
    unrated: bool
    errors: tuple[str, ...]


def rows(framework: Framework, projects: Iterable[Project], language: str) -> list[Row]:
    """The projects with the anchors of their ratings."""
    return [_row(framework, project, language) for project in projects]


def _row(framework: Framework, project: Project, language: str) -> Row:
    ratings = []
    for question in framework.project_questions:
        level = project.ratings.get(question.key)
        anchor = question.anchor(level).in_language(language) if level else ""
        ratings.append(Rating(question.key, question.stem.in_language(language), level, anchor))
    anchors = _complexity_anchors(framework)
    complexity = project.complexity and anchors and anchors[project.complexity - 1].in_language(language)
    return Row(project, tuple(ratings), complexity or "")


def criteria(framework: Framework, form: ProjectForm, language: str) -> list[Criterion]:
    """The criteria of the form, in framework order."""
    return [
        _criterion(
            form,
            key=question.key,
            stem=question.stem.in_language(language),
            why=question.why.in_language(language),
            evidence=question.evidence.in_language(language),
            options=[(anchor.level, anchor.in_language(language)) for anchor in question.anchors],
        )
        for question in framework.project_questions
    ]


def complexity(framework: Framework, form: ProjectForm, language: str) -> Criterion:
    """The group that says how complex the project is; where the framework has no words for it, plain numbers."""
    anchors = _complexity_anchors(framework)
    options = [(anchor.level, anchor.in_language(language)) for anchor in anchors]
    return _criterion(form, key="complexity", options=options or [(level, "") for level in range(1, 6)])


def _complexity_anchors(framework: Framework) -> tuple[Anchor, ...]:
    return next((module.complexity for module in framework.modules if module.rates_projects), ())


def _criterion(
    form: ProjectForm, *, key: str, options: list[tuple[int, str]], stem: str = "", why: str = "", evidence: str = ""
) -> Criterion:
    field = form[prefix_of(key)]
    value = str(field.value() or "")
    chosen = tuple(Option(str(level), text, value == str(level)) for level, text in options)
    return Criterion(key, field.html_name, stem, why, evidence, chosen, not value, tuple(field.errors))
