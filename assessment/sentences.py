"""Sentences and numbers by rule, shared by pages and report, so that both say the same in both languages."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from django.utils.translation import get_language, ngettext, override
from django.utils.translation import gettext as _

from assessment.agreement import alpha_band
from assessment.change import CLEAR, PROBABLE, Comparison, VerifiedStep
from assessment.scorecard import Blocker, Number, Scorecard
from assessment.sensitivity import EQUAL_WEIGHTS, Sensitivity
from manifesto.definitions import Framework

MAXIMUM_NAMED = 3
NO_VALUE = "–"


def format_score(value: Number | int | None, digits: int, language: str) -> str:
    """`value` with `digits` decimals, halves rounded up, decimal comma in Portuguese; a dash for no value.

    Exact fractions are rounded exactly, a double as the shortest decimal that names it (2.675 is 2.68).
    """
    if value is None:
        return NO_VALUE
    text = str(_decimal(value).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP))
    return text.replace(".", ",") if language.lower().startswith("pt") else text


def format_percent(share: Number | int, language: str, digits: int = 0) -> str:
    """A share 0-1 as a percentage with a thin non-breaking space, as both locales of the product print it."""
    exact = share if isinstance(share, Fraction) else Fraction(str(share))
    return f"{format_score(exact * 100, digits, language)}\u202f%"


def format_change(value: Number, digits: int, language: str) -> str:
    """A difference with its sign: a true minus for a fall, a plus for a rise, none for what rounds to zero."""
    size = format_score(abs(value), digits, language)
    if not any(digit in size for digit in "123456789"):
        return size
    return ("+" if value > 0 else "\u2212") + size


def join_words(words: Iterable[str], language: str) -> str:
    """ "a", "a and b", "a, b and c" in `language`."""
    items = list(words)
    if len(items) < 2:
        return "".join(items)
    with override(language):
        return _("%(first)s and %(last)s") % {"first": ", ".join(items[:-1]), "last": items[-1]}


def state_sentence(framework: Framework, scorecard: Scorecard, language: str) -> str:
    """Where the team stands and what holds it there, e.g. "The mean would allow level 3; the team is held ..."."""
    with override(language):
        sentences = [_standing(framework, scorecard, language), *_cautions(scorecard, language)]
    return " ".join(sentence for sentence in sentences if sentence)


def progress_sentence(framework: Framework, comparison: Comparison | None, language: str) -> str:
    """What went up and was checked by a second person, where the score itself may have moved by chance; else empty.

    A small team's score seldom leaves the noise within a quarter. These steps need no statistics: they are its news.
    """
    steps = [step for step in comparison.verified if step.after > step.before] if comparison else []
    if comparison is None or not steps or comparison.overall.verdict in (CLEAR, PROBABLE):
        return ""
    with override(language):
        phrases = [_step(framework, step, language) for step in steps[:MAXIMUM_NAMED]]
        if (rest := len(steps) - MAXIMUM_NAMED) > 0:
            phrases.append(ngettext("%(count)d more", "%(count)d more", rest) % {"count": rest})
        return ngettext(
            "A verified step since last time: %(steps)s.", "Verified steps since last time: %(steps)s.", len(steps)
        ) % {"steps": join_words(phrases, language)}


def _step(framework: Framework, step: VerifiedStep, language: str) -> str:
    """ "quality checks (P15.2) from 2 to 3"."""
    subject = step.question.split(".")[0]
    principle = framework.principle_by_key.get(subject)
    named = principle.label if principle else next(p.name for p in framework.pillars if p.prefix == subject)
    digits = 0 if step.before == int(step.before) and step.after == int(step.after) else 1
    return _("%(subject)s (%(question)s) from %(before)s to %(after)s") % {
        "subject": named.in_language(language),
        "question": step.question,
        "before": format_score(step.before, digits, language),
        "after": format_score(step.after, digits, language),
    }


def blocker_phrase(framework: Framework, blocker: Blocker, language: str) -> str:
    """What fails, with its number: "quality checks (P15 = 1.5)", "the process pillar (2.40)"."""
    with override(language):
        return _subject(framework, blocker) + " " + _value_in_brackets(blocker, language)


def blocker_sentence(framework: Framework, blocker: Blocker, language: str) -> str:
    """One condition of the next level, for a list: "quality checks (P15 = 1.5) must reach 2.00"."""
    with override(language):
        required = (
            format_percent(blocker.required, language)
            if blocker.gate == "G5"
            else format_score(blocker.required, 2, language)
        )
        return _("%(subject)s must reach %(required)s") % {
            "subject": blocker_phrase(framework, blocker, language),
            "required": required,
        }


def sensitivity_sentence(sensitivity: Sensitivity, language: str) -> str:
    """Whether the level hangs on the way of adding up; empty without a score."""
    if sensitivity.score is None:
        return ""
    with override(language):
        if not sensitivity.level_differs:
            return _("Added up in two other ways, the level would be the same.")
        return " ".join(
            (
                _("With equal weights of all questions the level would be %(other)d, not %(level)d.")
                if variant.method == EQUAL_WEIGHTS
                else _("With the geometric mean of the pillars the level would be %(other)d, not %(level)d.")
            )
            % {"other": variant.level, "level": sensitivity.level}
            for variant in sensitivity.variants
            if variant.differs
        )


def agreement_sentence(agreed: int, split: int, total: int, language: str) -> str:
    """How much of a round is agreed, and what to talk about; empty where nobody answered twice."""
    if not total:
        return ""
    with override(language):
        sentence = _("The team agrees on %(agreed)d of %(total)d questions (%(share)s).") % {
            "agreed": agreed,
            "total": total,
            "share": format_percent(Fraction(agreed, total), language),
        }
        if not split:
            return sentence
        dividing = ngettext(
            "%(split)d of %(total)d questions is split: talk about it before acting.",
            "%(split)d of %(total)d questions are split: talk about them before acting.",
            split,
        ) % {"split": split, "total": total}
        return f"{sentence} {dividing}"


def alpha_sentence(alpha: Fraction | None, language: str) -> str:
    """What the alpha of a round means; empty where there is none."""
    if alpha is None:
        return ""
    with override(language):
        meaning = {
            "reliable": _("the answers describe the same team, and can be relied on."),
            "tentative": _("enough for tentative conclusions; talk about the split questions first."),
            "unreliable": _(
                "below the customary limit of 0.67: talk about where you differ before you rely on the score."
            ),
        }[alpha_band(alpha)]
        return _("Krippendorff's alpha is %(alpha)s (1 is full agreement, 0 is chance): %(meaning)s") % {
            "alpha": format_change(alpha, 2, language).lstrip("+"),
            "meaning": meaning,
        }


def _standing(framework: Framework, scorecard: Scorecard, language: str) -> str:
    overall = scorecard.overall
    if overall.score is None:
        return _("Too few questions are answered for a score.")
    if overall.level == 5:
        return _("The team is at level 5, %(name)s: every condition of the highest level holds.") % {
            "name": framework.level_name(5).name.in_language(language)
        }
    if overall.ungated_level > overall.level:
        blockers = _holding(scorecard)
        # The labels of principles are plurals in both languages; a pillar or the mean is one thing.
        one = len(blockers) == 1 and blockers[0].subject not in framework.principle_by_key
        sentence = (
            _("The mean would allow level %(ungated)d; %(blockers)s holds the team at level %(level)d.")
            if one
            else _("The mean would allow level %(ungated)d; %(blockers)s hold the team at level %(level)d.")
        )
        phrases = [blocker_phrase(framework, blocker, language) for blocker in blockers]
        return sentence % {
            "ungated": overall.ungated_level,
            "level": overall.level,
            "blockers": _shortened(phrases, language),
        }
    return _("The team is at level %(level)d, %(name)s; level %(next)d still needs %(blockers)s.") % {
        "level": overall.level,
        "name": framework.level_name(overall.level).name.in_language(language),
        "next": overall.level + 1,
        "blockers": _needed(framework, scorecard, language),
    }


def _holding(scorecard: Scorecard) -> list[Blocker]:
    """The conditions other than the mean, each subject once; the mean too where only its lower bound fails it."""
    blockers = _distinct(scorecard.overall.blockers)
    return [blocker for blocker in blockers if blocker.gate != "G1"] or blockers


def _needed(framework: Framework, scorecard: Scorecard, language: str) -> str:
    phrases = []
    for blocker in _distinct(scorecard.overall.blockers):
        if blocker.gate == "G1":
            phrases.append(
                _("a mean of %(required)s (now %(value)s)")
                % {
                    "required": format_score(blocker.required, 2, language),
                    "value": _visible_value(blocker, language),
                }
            )
        else:
            phrases.append(_("more from %(subject)s") % {"subject": blocker_phrase(framework, blocker, language)})
    return _shortened(phrases, language)


def _shortened(phrases: list[str], language: str) -> str:
    rest = len(phrases) - MAXIMUM_NAMED
    if rest <= 0:
        return join_words(phrases, language)
    more = ngettext("%(count)d more condition", "%(count)d more conditions", rest) % {"count": rest}
    return join_words([*phrases[:MAXIMUM_NAMED], more], language)


def _distinct(blockers: Iterable[Blocker]) -> list[Blocker]:
    """The first failed condition of each subject: a principle below both G3 and G4 is named once."""
    first: dict[str, Blocker] = {}
    for blocker in blockers:
        first.setdefault(blocker.subject, blocker)
    return list(first.values())


def _subject(framework: Framework, blocker: Blocker) -> str:
    from_framework = framework.principle_by_key.get(blocker.subject)
    if from_framework is not None:
        return from_framework.label.in_language(_active_language())
    pillar = framework.pillar_by_key.get(blocker.subject)
    if pillar is not None:
        name = pillar.name.in_language(_active_language())
        return _("the pillar %(name)s") % {"name": name[:1].lower() + name[1:]}
    return _("the number of answers") if blocker.gate == "G5" else _("the mean")


def _active_language() -> str:
    return get_language() or "en"


def _value_in_brackets(blocker: Blocker, language: str) -> str:
    if blocker.gate == "G5":
        answered = format_percent(blocker.value or 0, language)
        return _("(%(share)s answered)") % {"share": answered}
    if blocker.value is None:
        return "(" + _("too few answers") + ")"
    value = _visible_value(blocker, language)
    return f"({blocker.subject} = {value})" if blocker.gate in {"G3", "G4"} else f"({value})"


def _visible_value(blocker: Blocker, language: str) -> str:
    """The value with as many decimals as it takes to look smaller than what is required: 1.996, not 2.00."""
    if blocker.value is None:
        return NO_VALUE
    value, required = _decimal(blocker.value), _decimal(blocker.required)
    digits = 1 if value * 10 == int(value * 10) else 2
    while digits < 6 and Decimal(format_score(blocker.value, digits, "en")) >= required:
        digits += 1
    return format_score(blocker.value, digits, language)


def _cautions(scorecard: Scorecard, language: str) -> list[str]:
    overall, cautions = scorecard.overall, []
    if scorecard.indicative:
        cautions.append(_("The short form gives an indication only."))
    elif overall.provisional:
        answered = format_percent(overall.completeness, language)
        cautions.append(_("This is provisional: %(share)s of the questions are answered.") % {"share": answered})
    if overall.possible_level > overall.level and overall.completeness < 1:
        cautions.append(
            _("Open answers count as level 1 here; with them the level could be up to %(level)d.")
            % {"level": overall.possible_level}
        )
    return cautions


def _decimal(value: Number | int) -> Decimal:
    if isinstance(value, Fraction):
        return Decimal(value.numerator) / Decimal(value.denominator)
    return Decimal(str(value))
