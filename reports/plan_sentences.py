"""What is said about a plan as a whole, the same on the page and in the document, in the language that is active."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessment.sentences import format_percent, format_score, join_words
from manifesto.definitions import Framework
from reports.roadmap.obstacles import NAMED, Obstacle
from reports.roadmap.plan import RoadmapPlan
from reports.roadmap.projection import Projected
from reports.roadmap.wishes import WishFault


def quality_sentence(plan: RoadmapPlan, language: str) -> str:
    """How good the plan is: proven to be the best, or how far it can be from the best at most."""
    solution = plan.solution
    if solution.status == "optimal":
        return _("This plan is the best possible for these targets and this capacity.")
    if solution.gap is None:
        return ""
    return _("This plan is within %(share)s of the best possible.") % {
        "share": format_percent(_rounded_up(solution.gap), language, 1)
    }


def _rounded_up(share: Fraction) -> Fraction:
    """To tenths of a per cent, upward: what is promised must hold."""
    return Fraction(ceil(share * 1000), 1000)


def level_sentences(plan: RoadmapPlan, quarters: Sequence[str], language: str) -> tuple[str, ...]:
    """Whether the plan raises the level, when, and otherwise what a cheap way up costs."""
    projection = plan.projection
    if projection.raises_level:
        return _full_rise(plan, quarters), _cautious_rise(plan, quarters, language)
    return tuple(
        sentence for sentence in (_no_rise(plan), _held_by_open_answers(plan), _way_up(plan, language)) if sentence
    )


def first_rise(curve: Sequence[Projected], level: int) -> int | None:
    """The first quarter at whose end the curve is at `level` or above; None if never."""
    return next((point.quarter for point in curve if point.level >= level), None)


def _full_rise(plan: RoadmapPlan, quarters: Sequence[str]) -> str:
    level = plan.projection.full[-1].level
    return _("With every lift in full the team reaches level %(level)d by the end of %(quarter)s.") % {
        "level": level,
        "quarter": quarters[first_rise(plan.projection.full, level) - 1],
    }


def _cautious_rise(plan: RoadmapPlan, quarters: Sequence[str], language: str) -> str:
    projection = plan.projection
    words = {
        "share": format_percent(projection.realisation, language),
        "level": projection.cautious[-1].level,
    }
    if not projection.raises_level_cautiously:
        return _("If only %(share)s of each lift comes true, it stays at level %(level)d.") % words
    words["quarter"] = quarters[first_rise(projection.cautious, words["level"]) - 1]
    return _("If only %(share)s of each lift comes true, it reaches level %(level)d by the end of %(quarter)s.") % words


def _no_rise(plan: RoadmapPlan) -> str:
    level = plan.projection.full[0].level
    if level == 5:
        return _("The team is at the highest level already.")
    return _("This plan doesn't raise the level: the team stays at level %(level)d.") % {"level": level}


def _held_by_open_answers(plan: RoadmapPlan) -> str:
    """Where answers alone lead up, they come before any initiative."""
    if plan.level_as_if_answered <= plan.projection.full[0].level or not (plan.way_up and plan.way_up.initiatives):
        return ""
    return _("Answering the open questions may be enough for level %(level)d.") % {"level": plan.level_as_if_answered}


def _way_up(plan: RoadmapPlan, language: str) -> str:
    if plan.way_up is None:
        return ""
    words = {
        "level": plan.way_up.level,
        "effort": format_score(plan.way_up.effort, 1, language),
        "ids": ", ".join(plan.way_up.initiatives),
    }
    if not plan.way_up.initiatives:
        return _("Answering the open questions may be enough for level %(level)d.") % words
    cost = _("The cheapest way found to level %(level)d costs %(effort)s person-weeks: %(ids)s.") % words
    if plan.way_up_quarters is None:
        if not any(load.capacity for load in plan.loads):
            return cost
        return f"{cost} " + _("This capacity is never enough for it: what is done has to be kept running, too.")
    time = ngettext(
        "At this capacity it takes %(count)d quarter.",
        "At this capacity it takes %(count)d quarters.",
        plan.way_up_quarters,
    ) % {"count": plan.way_up_quarters}
    return f"{cost} {time}"


def refusal_sentence(plan: RoadmapPlan) -> str:
    """What stands in place of a plan: that none is possible is said only where it is known."""
    if plan.solution.is_exact or plan.solution.obstacles:
        return _("No plan is possible with these choices.")
    return _("No plan with these choices was found yet.")


def obstacle_sentences(plan: RoadmapPlan, framework: Framework, language: str) -> tuple[str, ...]:
    """Why what has to be done can't be done, and how many quarters would be enough; empty where there is a plan."""
    solution = plan.solution
    if solution.plan is not None:
        return ()
    said = tuple(_obstacle(obstacle, framework, language) for obstacle in solution.obstacles)
    if solution.shortest_horizon:
        return (*said, _enough(solution.shortest_horizon))
    if solution.is_exact:
        return (*said, _("No number of quarters was found that is enough at this capacity."))
    return said


def _enough(quarters: int) -> str:
    return ngettext(
        "%(count)d quarter would be enough for it.", "%(count)d quarters would be enough for it.", quarters
    ) % {"count": quarters}


def _obstacle(obstacle: Obstacle, framework: Framework, language: str) -> str:
    words = {
        "names": _names(obstacle.ids, framework, language),
        "need": format_score(obstacle.need, 1, language),
        "have": format_score(obstacle.have, 1, language),
        "quarter": int(obstacle.need or 0),
        "quarters": int(obstacle.have or 0),
    }
    return {
        "lift": _(
            "%(names)s has to reach its target, %(need)s levels above today; all initiatives together lift it by "
            "%(have)s."
        ),
        "late": _("%(names)s can't be done in %(quarters)d quarters, however much capacity there is."),
        "too_large": _("%(names)s takes %(need)s person-weeks, and no quarter has more than %(have)s."),
        "effort": _(
            "What has to be done (%(names)s) takes %(need)s person-weeks with all that it needs; the plan has %(have)s."
        ),
        "places": _(
            "What has to be done (%(names)s) is %(quarter)d initiatives with all that it needs; the plan has room for "
            "%(quarters)d."
        ),
        "room": _("%(names)s can't be done in %(quarters)d quarters with this capacity."),
        "together": _("Together these don't fit, though each would without the others: %(names)s."),
    }[obstacle.kind] % words


def _names(keys: Sequence[str], framework: Framework, language: str) -> str:
    named = [_named(key, framework, language) for key in keys[:NAMED]]
    if rest := len(keys) - len(named):
        named.append(ngettext("%(count)d more", "%(count)d more", rest) % {"count": rest})
    return join_words(named, language)


def wish_sentence(fault: WishFault, framework: Framework, language: str) -> str:
    """A wish that no plan can grant, in words."""
    words = {
        "subject": _named(fault.subject, framework, language),
        "other": _named(fault.other, framework, language),
    }
    if fault.kind == "barred" and fault.subject == fault.other:
        return _("%(subject)s can't be both “must do” and “won't do”.") % words
    return {
        "unknown": _("There is no initiative %(subject)s."),
        "no_subject": _("There is no principle or pillar %(subject)s."),
        "barred": _("%(subject)s can't be “must do”: it needs %(other)s, which is “won't do”."),
        "release": _("%(subject)s: quarters count from 1."),
        "capacity": _("A plan needs at least one quarter, and no capacity may be negative."),
        "factor": _("The factor for efforts must be greater than zero."),
        "realisation": _("The share of lifts that comes true must not be negative."),
        "max_per_quarter": _("At least one initiative has to be allowed in a quarter."),
    }[fault.kind] % words


def _named(key: str, framework: Framework, language: str) -> str:
    """An initiative with its name; a question with the label of its principle; any other key as it is."""
    if initiative := framework.initiative_by_id.get(key):
        return f"{key} {initiative.name.in_language(language)}"
    if principle := framework.principle_by_key.get(key.split(".")[0]):
        return f"{key} {principle.label.in_language(language)}"
    return key


def unreached_reasons() -> dict[str, str]:
    """Why a target stays out of reach, by the planner's names."""
    return {
        "cap": _("all known initiatives together don't lift it that far"),
        "prerequisite": _("a prerequisite doesn't fit into the plan's quarters"),
        "capacity": _("the capacity or the starts of a quarter aren't enough"),
    }
