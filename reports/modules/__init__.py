"""What the optional modules of a result tell, as pages and the document print it: sentences, rows and formulas.

Everything comes from the frozen scorecard, in the active language. None of it enters the overall score. Names of the
people who hold a role are there only with `named`, for readers who may know who said what.
"""

from __future__ import annotations

from assessment.answers import PROJECT_PREFIXES, ROLES
from assessment.scorecard import Scorecard
from manifesto.definitions import Framework, Module
from reports.modules import projects, questions, roles
from reports.modules.presenter import Table
from reports.modules.projects import ProjectsModule, Typed
from reports.modules.questions import QuestionsModule
from reports.modules.roles import RolesModule

AnyModule = QuestionsModule | RolesModule | ProjectsModule


def modules_of(
    framework: Framework,
    card: Scorecard,
    language: str,
    *,
    typed: Typed | None = None,
    named: bool = False,
) -> tuple[AnyModule, ...]:
    """The modules about which something was said, in framework order.

    `typed` is what was typed about each project. `language` is the active one.
    """
    keys = [module.key for module in framework.modules if module.key in card.modules]
    found = [module_of(framework, card, key, language, typed=typed, named=named) for key in keys]
    return tuple(module for module in found if module)


def module_of(
    framework: Framework,
    card: Scorecard,
    key: str,
    language: str,
    *,
    typed: Typed | None = None,
    named: bool = False,
) -> AnyModule | None:
    """One module of `modules_of`; None when nothing was said about it or there is no such module."""
    module = framework.module_by_key.get(key)
    if module is None or key not in card.modules:
        return None
    return _module(framework, card, module, language, typed or {}, named)


def _module(
    framework: Framework,
    card: Scorecard,
    module: Module,
    language: str,
    typed: Typed,
    named: bool,
) -> AnyModule:
    found = card.modules[module.key]
    if ROLES in module.prefixes:
        return roles.Roles(framework, card, module, language, found, named).module()
    if set(PROJECT_PREFIXES) & set(module.prefixes):
        return projects.Projects(framework, module, language, found, typed).module()
    return questions.Questions(framework, card, module, language, found).module()


def module_tables(module: AnyModule, language: str) -> dict[str, tuple[str, Table]]:
    """The module's tables for files by name, the main one first: title, head and rows, numbers unrounded."""
    if isinstance(module, ProjectsModule):
        return projects.tables(module, language)
    if isinstance(module, RolesModule):
        return roles.tables(module, language)
    return questions.tables(module, language)
