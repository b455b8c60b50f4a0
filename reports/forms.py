"""What people may choose: the plan's settings, and the document that they ask for."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from django import forms
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from assessment.forms import plain_helper
from assessment.sentences import format_score
from manifesto.definitions import Framework
from reports.models import Scenario
from reports.plan_sentences import wish_sentence
from reports.plans import Choices
from reports.roadmap.targets import subjects
from reports.roadmap.wishes import QUARTERS

HOLD = "hold"
LEVELS = [Fraction(half, 2) for half in range(3, 11)]
MOST_PERSON_WEEKS = 9999


class PersonWeeks(forms.DecimalField):
    """An amount with a decimal comma or point, whatever the language; empty means the proposal."""

    widget = forms.TextInput

    def __init__(self, **options):
        super().__init__(required=False, min_value=0, max_value=MOST_PERSON_WEEKS, decimal_places=2, **options)
        self.widget.attrs.update({"inputmode": "decimal", "autocomplete": "off"})

    def to_python(self, value):
        return super().to_python(value.strip().replace(",", ".") if isinstance(value, str) else value)

    def prepare_value(self, value):
        if isinstance(value, Fraction):
            return _decimal(value, get_language() or "en")
        return value


def _decimal(value: Fraction, language: str) -> str:
    """As short as it is exact: "12.6", in Portuguese "12,6"."""
    return format_score(
        value, next(digits for digits in (0, 1, 2) if digits == 2 or value * 10**digits % 1 == 0), language
    )


class RoadmapForm(forms.Form):
    """The choices of a plan: what was sent as `data`, or `choices` to begin with.

    What the form doesn't ask for stays as it is in `choices`.
    """

    preset = forms.ChoiceField(
        label=_("Targets"), choices=Scenario.Preset, widget=forms.RadioSelect(attrs={"class": "form-check-input"})
    )
    people = forms.IntegerField(label=_("People in the team"), min_value=1, max_value=500)
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, data=None, *, framework: Framework, quarters: tuple[str, ...], choices: Choices):
        super().__init__(data, initial=_initial(choices))
        self.framework, self.standing = framework, choices
        self.helper = plain_helper()
        self.quarters = range(1, QUARTERS + 1)
        self.subjects = subjects(framework)
        for number, label in zip(self.quarters, quarters, strict=True):
            self.fields[f"capacity_{number}"] = PersonWeeks(label=label)
        for subject, name in _names(framework).items():
            self.fields[f"target_{subject}"] = forms.ChoiceField(label=name, required=False, choices=_target_choices())

    def clean(self):
        """Wishes that no plan can grant are named, every one."""
        cleaned = super().clean()
        if not self.errors:
            language = get_language() or "en"
            for fault in self.choices.faults(self.framework):
                self.add_error(None, wish_sentence(fault, self.framework, language))
        return cleaned

    def as_sent(self) -> dict[str, str]:
        """What was sent, but for the version, for an address that tries it. Empty amounts and targets count, too."""
        return {name: self.data.get(name, "") for name in self.fields if name != "version"}

    @property
    def capacity_fields(self) -> list[forms.BoundField]:
        return [self[f"capacity_{number}"] for number in self.quarters]

    @property
    def target_fields(self) -> list[forms.BoundField]:
        return [self[f"target_{subject}"] for subject in self.subjects]

    @property
    def choices(self) -> Choices:
        """What a valid form says."""
        data = self.cleaned_data
        own = {subject: data[f"target_{subject}"] for subject in self.subjects if data[f"target_{subject}"]}
        return replace(
            self.standing,
            people=data["people"],
            preset=data["preset"],
            capacity=tuple(_fraction(data[f"capacity_{number}"]) for number in self.quarters),
            targets={subject: None if level == HOLD else Fraction(level) for subject, level in own.items()},
            version=data["version"],
        )


def values_of(choices: Choices) -> dict[str, str]:
    """The choices as the form's fields would send them; amounts left to the proposal are left out."""
    values = {name: value for name, value in _initial(choices).items() if value is not None}
    return {
        name: _decimal(value, "en") if isinstance(value, Fraction) else str(value) for name, value in values.items()
    }


def _initial(choices: Choices) -> dict:
    initial = {"preset": str(choices.preset), "people": choices.people, "version": choices.version}
    initial |= {f"capacity_{number}": amount for number, amount in enumerate(choices.capacity, start=1)}
    return initial | {f"target_{subject}": _level(level) for subject, level in choices.targets.items()}


def _level(level: Fraction | None) -> str:
    return HOLD if level is None else _decimal(level, "en")


def _names(framework: Framework) -> dict[str, str]:
    language = get_language() or "en"
    principles = {p.key: f"{p.key} {p.label.in_language(language)}" for p in framework.principles}
    return principles | {p.prefix: f"{p.prefix} {p.name.in_language(language)}" for p in framework.pillars}


def _target_choices() -> list[tuple[str, str]]:
    language = get_language() or "en"
    levels = [(_level(level), format_score(level, 1, language)) for level in LEVELS]
    return [("", _("preset")), (HOLD, _("hold")), *levels]


def _fraction(amount: Decimal | None) -> Fraction | None:
    return None if amount is None else Fraction(amount)


class ReportForm(forms.Form):
    """In which language the document is built."""

    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
