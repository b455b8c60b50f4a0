"""What the team lead's report says: closed numbers and answers in, localised plain strings out.

`build_briefing` decides every word and number of the document, `build_figures` its charts; `document.render` only
places them. Each chapter has a file of its own.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from assessment.sentences import state_sentence
from reports.briefing.certainty import HowFarItCarries
from reports.briefing.challenges import Challenges
from reports.briefing.change import SinceLastTime
from reports.briefing.chapter import cut
from reports.briefing.charts import Charts
from reports.briefing.data import GivenAnswer, ReportData
from reports.briefing.facts import Facts
from reports.briefing.method import Method
from reports.briefing.modules import Modules
from reports.briefing.principles import Principles
from reports.briefing.records import Briefing, Table
from reports.briefing.roadmap import Roadmap
from reports.wording import document_words

__all__ = ["Briefing", "GivenAnswer", "ReportData", "Table", "build_briefing", "build_figures", "figures_for_window"]

LONGEST_SCOPE = 300


def build_briefing(data: ReportData, language: str) -> Briefing:
    """Say everything in `language` ("en", "pt-br"); the same data give the same briefing."""
    with override(language):
        return _briefing(data, language)


def build_figures(data: ReportData, language: str) -> dict[str, Any]:
    """The report's figures by name, in the order in which they are drawn."""
    with override(language):
        return Charts(data, language).figures()


def figures_for_window(drawn: dict[str, Any], data: ReportData, language: str) -> dict[str, Any]:
    """The same figures where they are as wide as a window: those that paper needs otherwise are made anew."""
    with override(language):
        return Charts(data, language).for_window(drawn)


def _briefing(data: ReportData, language: str) -> Briefing:
    facts, change, roadmap = Facts(data, language), SinceLastTime(data, language), Roadmap(data, language)
    principles, method = Principles(data, language), Method(data, language)
    challenges = Challenges(data, language)
    return Briefing(
        language=language,
        title=_("%(team)s, DataOps self-assessment %(period)s") % {"team": data.team, "period": data.period},
        date=data.date.isoformat(),
        team=data.team,
        words=document_words(),
        badge=facts.badge(),
        facts=facts.facts(),
        scope=cut(data.scope, LONGEST_SCOPE),
        sentence=state_sentence(data.framework, data.scorecard, language),
        level=facts.level(),
        charts=Charts(data, language).charts(),
        strongest=facts.strongest(),
        gaps=facts.largest_gaps(),
        discuss=facts.discuss(),
        next_quarter=data.quarters[0] if data.quarters else "",
        capacity=roadmap.capacity(),
        initiatives=roadmap.initiatives(),
        how_to_read=facts.how_to_read(),
        change_intro=change.intro(),
        noise_note=change.noise_note(),
        changes=change.groups(),
        verified_steps=change.verified_steps(),
        certainty=HowFarItCarries(data, language).certainty(),
        challenges=challenges.table(),
        challenges_finding=challenges.finding(),
        blocks=principles.blocks(),
        pillar_blocks=principles.pillar_blocks(),
        roadmap_intro=roadmap.intro(),
        unreached=roadmap.unreached(),
        modules=Modules(data, language).sections(),
        method=method.paragraphs(),
        sensitivity=method.sensitivity(),
        sensitivity_sentence=method.sensitivity_sentence(),
        not_applicable=method.not_applicable(),
        open=method.open(),
        versions=method.versions(),
        glossary=method.glossary(),
    )
