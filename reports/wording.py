"""The fixed words of charts and of the document, in the language that is active or asked for."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from assessment.modules import BLOCKED, PARK, PREPARE_DATA, QUICK_EXPERIMENT, START_NOW
from manifesto.definitions import Framework
from reports.figures import ProjectWords, Words, WorthWords
from reports.modules.projects import quadrant_words


def chart_words(framework: Framework, language: str) -> Words:
    """What charts say beside their data, with the framework's level names."""
    with override(language):
        return Words(
            language=language,
            levels=tuple(level.name.in_language(language) for level in framework.levels),
            now=_("Now"),
            last_time=_("Last time"),
            target=_("Target"),
            bounds=_("Possible range"),
            critical=_("critical"),
            no_data=_("too few answers"),
            full=_("in full"),
            cautious=_("cautious"),
            used=_("Person-weeks used"),
            capacity=_("Person-weeks available"),
            effort_unit=_("pw"),
            noise=_("may be chance"),
            as_given=_("as given"),
        )


def project_words(language: str) -> ProjectWords:
    """What the chart of candidate projects says."""
    with override(language):
        quadrants = quadrant_words()
        return ProjectWords(
            language=language,
            availability=_("Availability of the data"),
            value=_("Value of the problem"),
            project=_("project"),
            pilot=_("pilot"),
            blocked=quadrants[BLOCKED],
            quadrants=tuple(quadrants[key] for key in (PREPARE_DATA, START_NOW, PARK, QUICK_EXPERIMENT)),
        )


def worth_words(language: str) -> WorthWords:
    """What the chart of value against effort says."""
    with override(language):
        return WorthWords(
            language=language,
            effort=_("Effort in person-weeks"),
            value=_("Value in hundredths of the score"),
            planned=_("in the roadmap"),
            others=_("not in the roadmap"),
            quick_wins=_("much for little"),
        )


def document_words() -> dict[str, str]:
    """Labels of the document in the active language; the template has no words of its own."""
    return {
        "report": _("DataOps self-assessment"),
        "page_of": _("Page {page} of {pages}"),
        "level": _("Level"),
        "pillars": _("Pillars"),
        "strongest": _("Three strongest"),
        "gaps": _("Largest gaps to target"),
        "discuss": _("Three questions to discuss"),
        "next_quarter": _("Next quarter"),
        "initiative": _("Initiative"),
        "effort": _("Effort"),
        "owner": pgettext("of an initiative", "Owner"),
        "lift": _("Expected lift"),
        "done_when": _("Done when"),
        "first_step": _("First step"),
        "no_initiatives": _("No initiative is planned for the next quarter."),
        "how_to_read": _("How to read"),
        "now": _("Now"),
        "last_time": _("Last time"),
        "target": _("Target"),
        "range": _("Possible range"),
        "critical_mark": _("* critical: the principle can hold up the level"),
        "critical": _("critical"),
        "change": _("Change since last time"),
        "clear": _("Changed clearly"),
        "probable": _("Changed probably"),
        "noise": _("May be chance"),
        "verified_steps": _("Verified steps"),
        "certainty": _("How far the answers carry"),
        "agenda": _("To talk about first"),
        "evidence": _("Said and supported by evidence"),
        "challenges": _("Which challenge hurts"),
        "modules": _("Modules"),
        "modules_note": _("A module has results of its own and never changes the score or the level."),
        "sensitivity": _("Added up in another way"),
        "principles": _("Principle by principle"),
        "question": _("Question"),
        "today": _("Today"),
        "next": _("Next step"),
        "lifted_by": _("Lifted by"),
        "other_questions": _("Questions of the pillars"),
        "roadmap": _("Roadmap"),
        "projection": _("Projected score"),
        "unreached": _("Targets that stay out of reach"),
        "missing": _("Missing"),
        "reason": _("Reason"),
        "method": _("How the numbers are made"),
        "not_applicable": _("Not applicable"),
        "open": _("Don't know or not answered"),
        "none": _("None."),
        "versions": _("Versions"),
        "glossary": _("Glossary"),
        "no_charts": _("The charts could not be drawn when this report was built; tables stand in their place."),
        "indicative": _("Indicative: short form"),
        "provisional": _("Provisional"),
        "for_executive": _("For those who decide"),
        "for_organization": _("For those who decide, all teams"),
        "levels_of_teams": _("Teams by level"),
        "spread": _("Spread over the teams"),
        "lacking": _("What teams lack alike"),
        "each_team": _("Each team, by name"),
        "each_principle": _("Each principle"),
        "for_consultant": _("Full report with annex"),
        "holds": _("What holds the team back"),
        "hurts": _("What hurts most"),
        "trend": _("Over time"),
        "moves": _("Moved since last time"),
        "no_moves": _("No change that is more than chance."),
        "decisions": _("Decisions wanted"),
        "no_decisions": _("Nothing has to be decided: no initiative is planned, and the targets are reached."),
        "decision": _("Decision"),
        "left_out": _("{count} more in the full report."),
        "more_begin": _("{count} more begin then: see the roadmap."),
        "cost": _("Cost"),
        "yes": _("What it brings"),
        "no": _("What a no means"),
        "code": _("Code of this assessment"),
        "of_five": _("Scores run from 1 to 5."),
        "findings": _("The consultant's findings"),
        "annex": _("Annex"),
        "answers": _("Question by question: what was said"),
        "answers_note": _(
            "Answers are levels with how many gave them; supported is what is left of the median when only evidence "
            "counts."
        ),
        "strip": _("1 to 5"),
        "bounds": _("Scores and how far open answers could move them"),
        "weights": _("Weights"),
        "weights_note": _("How much a principle counts in each pillar, in per cent. * critical."),
        "settings": _("What the roadmap was asked"),
        "all_initiatives": _("All initiatives"),
        "typed": _("Everything that was typed"),
        "sources": _("Sources"),
        "attached": _("The data of this report are attached to this file. The command verify_report checks them."),
        "attachment": _("The data of this report, for programs"),
    }


def method_paragraphs() -> tuple[str, ...]:
    """The formulas in words, in the active language (domain guide 3.2, 3.3, 3.6 and 4.4)."""
    return (
        _(
            'An answer counts as its level, plus a half for "partly there". With several respondents a question '
            "counts as the median of their answers. A principle is the mean of its answered questions; below half "
            "coverage it has no score, only the range that its open answers allow."
        ),
        _(
            "A pillar is 70 % the weighted mean of the principles and 30 % the mean of its own questions. The overall "
            "score is the mean of the three pillars."
        ),
        _(
            "A level n is reached when the overall score is at least n − 0.25, each pillar n − 0.5, each "
            "critical principle n − 1, every other principle n − 1.5, and 80 % of the questions are answered. "
            "Open answers count as level 1 for this, so that leaving a question out never pays."
        ),
        _(
            "A change is clear when it exceeds what a second answer would differ by in 19 of 20 cases, probable from "
            "9 of 10 on; with many principles at once the list is corrected for chance."
        ),
        _(
            "The roadmap closes as much weighted gap as early as the capacity allows, with prerequisites in order "
            "and no more than the set number of initiatives begun in a quarter. The cautious curve counts on a share "
            "of each lift."
        ),
        _("This is a self-assessment: a level is a summary, not a target, and teams are not ranked by it."),
    )
