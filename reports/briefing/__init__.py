"""What a report says to its reader: closed numbers and answers in, localised plain strings out.

`build_briefing` decides every word and number of the document, `build_figures` its charts; `document.render` only
places them. Each chapter has a file of its own. There are three readers: the team's lead, who works with it, an
executive, who has a minute, and a consultant, who has to defend each number.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from assessment.sentences import progress_sentence, state_sentence
from reports.briefing.annex import ForConsultants
from reports.briefing.audiences import CONSULTANT, EXECUTIVE, LEAD
from reports.briefing.certainty import HowFarItCarries
from reports.briefing.challenges import Challenges
from reports.briefing.change import SinceLastTime
from reports.briefing.chapter import cut
from reports.briefing.charts import Charts
from reports.briefing.data import GivenAnswer, ReportData
from reports.briefing.executive import ForExecutives
from reports.briefing.facts import Facts
from reports.briefing.method import Method
from reports.briefing.modules import Modules
from reports.briefing.own import Own
from reports.briefing.principles import Principles
from reports.briefing.records import Briefing, Table
from reports.briefing.roadmap import Roadmap
from reports.wording import document_words

__all__ = ["Briefing", "GivenAnswer", "ReportData", "Table", "build_briefing", "build_figures", "figures_for_window"]

LONGEST_SCOPE, SHORTER_SCOPE = 300, 220
SHORT_CODE = 12
"""So many signs of the hash of the inputs tell two assessments apart on paper."""


def build_briefing(data: ReportData, language: str, audience: str = LEAD, tight: int = 0) -> Briefing:
    """Say everything in `language` ("en", "pt-br"); the same data give the same briefing.

    A `tight` one says less, for the rare report that has more pages than a lead bears. With 1 it keeps to the questions
    below their target, cuts what a consultant found, and leaves charts of change and projects to the consultant's; with
    2 (TIGHTEST) it has one question of each principle and the first findings.
    """
    with override(language):
        return _briefing(data, language, audience, tight)


def build_figures(data: ReportData, language: str, audience: str = LEAD) -> dict[str, Any]:
    """The report's figures by name, in the order in which they are drawn."""
    with override(language):
        return Charts(data, language, audience).figures()


def figures_for_window(drawn: dict[str, Any], data: ReportData, language: str, audience: str = LEAD) -> dict[str, Any]:
    """The same figures where they are as wide as a window: those that paper needs otherwise are made anew."""
    with override(language):
        return Charts(data, language, audience).for_window(drawn)


def _briefing(data: ReportData, language: str, audience: str, tight: int) -> Briefing:
    facts, change, roadmap = Facts(data, language), SinceLastTime(data, language), Roadmap(data, language)
    whole, own = audience == CONSULTANT, Own(data, language)
    principles, method = Principles(data, language, whole=whole, tight=tight), Method(data, language)
    challenges = Challenges(data, language)
    standing = state_sentence(data.framework, data.scorecard, language)
    progress = progress_sentence(data.framework, data.comparison, language)
    executive = ForExecutives(data, language).page() if audience == EXECUTIVE else None
    return Briefing(
        audience=audience,
        language=language,
        title=_("%(team)s, DataOps self-assessment %(period)s") % {"team": data.team, "period": data.period},
        date=data.date.isoformat(),
        team=data.team,
        words=document_words(),
        badge=facts.badge(),
        facts=facts.facts(),
        scope=cut(data.scope, LONGEST_SCOPE if whole else LONGEST_SCOPE // 2 if tight else SHORTER_SCOPE),
        sentence=progress or standing,
        standing=standing if progress else "",
        level=facts.level(),
        charts=Charts(data, language, audience).charts(tight=bool(tight)),
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
        certainty=HowFarItCarries(data, language).certainty(tight=bool(tight)),
        challenges=challenges.table() if whole else challenges.none(),
        challenges_finding=challenges.finding(),
        principles_note=principles.note(),
        blocks=principles.blocks(),
        pillar_blocks=principles.pillar_blocks(),
        roadmap_intro=roadmap.intro(),
        unreached=roadmap.unreached(tight=bool(tight)),
        modules=Modules(data, language).sections(whole=whole, tight=bool(tight)),
        method=method.paragraphs() if whole else method.in_short(),
        sensitivity=method.sensitivity() if whole else method.no_sensitivity(),
        sensitivity_sentence=method.sensitivity_sentence(),
        not_applicable=method.not_applicable(whole=whole, tight=tight),
        open=method.open(tight=bool(tight)),
        versions=method.versions(),
        glossary=method.glossary() if whole else (),
        code=data.inputs_hash.removeprefix("sha256:")[:SHORT_CODE],
        logos=own.logos(),
        own_sentence=own.sentence(),
        findings=own.findings(whole=whole, tight=tight),
        findings_note=own.findings_note(whole=whole, tight=tight),
        executive=executive,
        annex=ForConsultants(data, language).annex() if whole else None,
    )
