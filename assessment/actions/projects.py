"""Candidate data projects of an assessment: saved, removed, and taken over from last time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from assessment.actions.answering import why_not
from assessment.actions.refusals import AssessmentClosed, ModuleOff, ProjectConflict, ProjectRefused
from assessment.models import PROJECT_FIELDS, Assessment, Project, ProjectRevision
from manifesto import catalog
from manifesto.definitions import Framework
from organizations.audit import record
from organizations.permissions import NotAllowed

MOST_PROJECTS = 50


@dataclass(frozen=True, slots=True)
class ProjectEntry:
    """What one save says about a candidate project; the fields are those of `ProjectContent`."""

    name: str
    ratings: Mapping[str, int]
    complexity: int | None = None
    note: str = ""

    @property
    def name_key(self) -> str:
        """The name without case and spacing."""
        return " ".join(self.name.split()).casefold()

    def says_same_as(self, project: Project) -> bool:
        return all(getattr(self, name) == getattr(project, name) for name in PROJECT_FIELDS)


def rates_projects(assessment: Assessment, framework: Framework) -> bool:
    """Whether the module that rates candidate projects is on."""
    return any(module.rates_projects and module.key in assessment.modules for module in framework.modules)


@transaction.atomic
def save_project(
    *, user, assessment_id: int, entry: ProjectEntry, version: int, now: datetime, project_id: int | None = None
) -> Project:
    """Save a candidate project in place of `version`, or add one (no `project_id`).

    Saving what stands already changes nothing. Raises Assessment.DoesNotExist (not theirs), Project.DoesNotExist,
    NotAllowed, AssessmentClosed, ModuleOff, ProjectRefused, ProjectConflict.
    """
    assessment, framework = _locked_for_projects(user, assessment_id)
    _check_project(entry, framework)
    project = assessment.projects.get(pk=project_id) if project_id else None
    if project and project.removed_at:
        raise ProjectConflict(project)
    standing = list(assessment.projects.standing())
    namesake = next((other for other in standing if other.name_key == entry.name_key and other != project), None)
    if namesake and not project and entry.says_same_as(namesake):
        return namesake
    if project and project.version != version:
        if entry.says_same_as(project):
            return project
        raise ProjectConflict(project)
    if namesake:
        raise ProjectRefused(_("There is another project of this name."))
    if not project and len(standing) >= MOST_PROJECTS:
        raise ProjectRefused(_("An assessment holds at most %(number)d projects.") % {"number": MOST_PROJECTS})
    project = project or Project(assessment=assessment, version=0)
    for name in PROJECT_FIELDS:
        setattr(project, name, getattr(entry, name))
    project.name_key, project.carried, project.version = entry.name_key, False, project.version + 1
    project.updated_by, project.updated_by_name, project.updated_at = user, str(user)[:120], now
    project.save()
    _append_project_revision(project, user, now)
    return project


@transaction.atomic
def remove_project(*, user, assessment_id: int, project_id: int, version: int, now: datetime) -> Project:
    """Take a project off the list; its row is kept. Raises like `save_project`."""
    assessment, _framework = _locked_for_projects(user, assessment_id)
    project = assessment.projects.get(pk=project_id)
    if project.removed_at:
        return project
    if project.version != version:
        raise ProjectConflict(project)
    project.removed_at = now
    project.save(update_fields=["removed_at"])
    record(
        organization=assessment.organization,
        actor=user,
        action=gettext_noop("project removed"),
        subject=f"{project.name}, {assessment}",
        now=now,
        assessment=assessment.pk,
        project=project.pk,
    )
    return project


def _locked_for_projects(user, assessment_id: int) -> tuple[Assessment, Framework]:
    assessment = Assessment.objects.for_saving(user, assessment_id)
    framework = catalog.get(assessment.framework_key, assessment.framework_version)
    if not assessment.may_answer:
        raise NotAllowed(why_not(assessment))
    if not assessment.is_open:
        raise AssessmentClosed
    if not rates_projects(assessment, framework):
        raise ModuleOff
    return assessment, framework


def _check_project(entry: ProjectEntry, framework: Framework) -> None:
    known = {question.key for question in framework.project_questions}
    if not entry.name_key or not known.issuperset(entry.ratings):
        raise ProjectRefused(_("A project needs a name, and ratings of this framework's criteria only."))


def _append_project_revision(project: Project, user, now: datetime) -> None:
    ProjectRevision.objects.create(
        project=project,
        version=project.version,
        saved_by=user,
        saved_by_name=str(user)[:120],
        saved_at=now,
        **{name: getattr(project, name) for name in PROJECT_FIELDS},
    )


def copy_projects(*, source: Assessment | None, target: Assessment, user, now: datetime) -> None:
    """Begin with the candidate projects of `source`, once, when their module is on. Re-anchored ratings stay behind."""
    framework = catalog.get(target.framework_key, target.framework_version)
    if source is None or not rates_projects(target, framework) or target.projects.exists():
        return
    before = catalog.get(source.framework_key, source.framework_version).question_by_key
    alike = {q.key for q in framework.project_questions if q.key in before and before[q.key].revision == q.revision}
    for project in source.projects.standing():
        copy = Project.objects.create(
            assessment=target,
            name=project.name,
            name_key=project.name_key,
            ratings={key: rating for key, rating in project.ratings.items() if key in alike},
            complexity=project.complexity,
            note=project.note,
            version=1,
            carried=True,
            updated_by_id=project.updated_by_id,
            updated_by_name=project.updated_by_name,
            updated_at=project.updated_at,
        )
        _append_project_revision(copy, user, now)
