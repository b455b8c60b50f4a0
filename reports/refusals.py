"""Why something about scenarios, plans and initiatives can't be done, in the words that the person reads."""

from __future__ import annotations

from django.utils.translation import gettext as _

from reports.actions import MOST_SCENARIOS, NameTaken, TooManyScenarios
from reports.roadmap.own import MOST_EFFORT, MOST_LIFT, MOST_LIFTED, OwnFault


class NameMissing(Exception):
    """A scenario of its own needs a name of 1 to 60 characters."""


def scenario_refusal(fault: Exception) -> str:
    """Why a scenario isn't kept."""
    if isinstance(fault, NameTaken):
        return _("Another scenario has this name.")
    if isinstance(fault, TooManyScenarios):
        return _("There are %(count)d scenarios already. Delete one first.") % {"count": MOST_SCENARIOS}
    return _("Give the scenario a name of at most 60 characters.")


def own_refusal(fault: OwnFault) -> str:
    """What is wrong with a team's own initiative."""
    words = {"subject": fault.subject, "effort": MOST_EFFORT, "lift": MOST_LIFT, "count": MOST_LIFTED}
    return {
        "effort": _("The effort is above 0 and at most %(effort)d person-weeks."),
        "cap": _("The highest level it can reach is above 1 and at most 5."),
        "none": _("Say at least one question that it lifts, and by how much."),
        "many": _("It lifts at most %(count)d questions; split it up."),
        "question": _("There is no question %(subject)s."),
        "lift": _("%(subject)s: a lift is at least half a level and at most %(lift)d levels, in halves."),
        "initiative": _("There is no initiative %(subject)s."),
        "cycle": _("The prerequisites go round in a circle: %(subject)s."),
    }[fault.kind] % words
