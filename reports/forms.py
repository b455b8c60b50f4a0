"""What people may choose: the plan's settings, and the document that they ask for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from django import forms
from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.utils.translation import get_language, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from assessment.actions import OutcomeEntry
from assessment.forms import plain_helper
from assessment.models import Outcome
from assessment.outcomes import MEASURES, measure_helps, measure_names, numbers_of, said
from assessment.periods import period_label
from assessment.sentences import format_score
from manifesto.definitions import Framework, Initiative
from reports.adoption import ItemEntry
from reports.briefing.audiences import AUDIENCES, CONSULTANT, EXECUTIVE, LEAD
from reports.document import DocumentError, check_picture
from reports.initiatives import InitiativeEntry
from reports.models import LONGEST_FINDING, LONGEST_SENTENCE, Finding, Logo, PlanItem, Scenario, TeamInitiative
from reports.pictures import MOST_BYTES, NotAPicture, Picture, cleaned
from reports.plan_sentences import wish_sentence
from reports.plans import Choices
from reports.roadmap.targets import subjects
from reports.roadmap.wishes import MAX_PER_QUARTER, QUARTERS, WishFault

HOLD = "hold"
READERS = {
    LEAD: _("Team lead: where the team stands and what to do next, at most 8 pages"),
    EXECUTIVE: _("Executive: one page with the decisions that are wanted"),
    CONSULTANT: _("Consultant: everything, with every answer, weight and formula and all that was typed"),
}
LEVELS = [Fraction(half, 2) for half in range(3, 11)]
MOST_PERSON_WEEKS = 9999


class Amount(forms.DecimalField):
    """A number from `least` to `most` with a decimal comma or point, whatever the language; it may be empty."""

    widget = forms.TextInput

    def __init__(self, least: Fraction | int = 0, *, most: int, decimal_places: int = 2, **options):
        least = Decimal(least.numerator) / least.denominator
        super().__init__(required=False, min_value=least, max_value=most, decimal_places=decimal_places, **options)
        self.widget.attrs.update({"inputmode": "decimal", "autocomplete": "off"})

    def to_python(self, value):
        return super().to_python(value.strip().replace(",", ".") if isinstance(value, str) else value)

    def prepare_value(self, value):
        if isinstance(value, Fraction):
            return _decimal(value, get_language() or "en")
        return value


class PersonWeeks(Amount):
    """Person-weeks, or another amount of a plan; empty means the proposal."""

    def __init__(self, least: Fraction | int = 0, most: int = MOST_PERSON_WEEKS, **options):
        super().__init__(least, most=most, **options)


def _decimal(value: Fraction, language: str) -> str:
    """As short as it is exact: "12.6", in Portuguese "12,6"."""
    return format_score(
        value, next(digits for digits in (0, 1, 2) if digits == 2 or value * 10**digits % 1 == 0), language
    )


MUST, WONT = "must", "wont"
LONGEST_REASON = 300
MOST_NAMED, LONGEST_NAMED = 5, 40
"""How many ids that there aren't are named, and with how many characters."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is said about one initiative: `wish` is MUST, WONT or nothing, `first` the first quarter ("2"), or nothing.

    `error` says what is wrong with it.
    """

    id: str
    name: str
    wish: str
    reason: str
    first: str
    error: str = ""

    @property
    def is_said(self) -> bool:
        return bool(self.wish or self.reason or self.first or self.error)


class RoadmapForm(forms.Form):
    """The choices of a plan: what was sent as `data`, or `choices` to begin with.

    What the form doesn't ask for stays as it is in `choices`. The fields wish_I01, reason_I01 and first_I01 of each
    initiative are read here rather than as fields of the form, since there are two hundred of them. Choices that are
    only tried (`is_trial`) need no reason for what the team won't do.
    """

    preset = forms.ChoiceField(
        label=_("Targets"), choices=Scenario.Preset, widget=forms.RadioSelect(attrs={"class": "form-check-input"})
    )
    people = forms.IntegerField(label=_("People in the team"), min_value=1, max_value=500)
    factor = PersonWeeks(label=_("Factor for efforts"), least=Fraction(1, 10), most=10)
    max_per_quarter = forms.IntegerField(
        label=_("Most initiatives begun in a quarter"), required=False, min_value=1, max_value=20
    )
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(
        self, data=None, *, framework: Framework, quarters: tuple[str, ...], choices: Choices, is_trial: bool = True
    ):
        super().__init__(data, initial=_initial(choices))
        self.framework, self.standing, self.is_trial = framework, choices, is_trial
        self.quarter_labels = quarters
        self.helper = plain_helper()
        self.quarters = range(1, QUARTERS + 1)
        self.subjects = subjects(framework)
        for number, label in zip(self.quarters, quarters, strict=True):
            self.fields[f"capacity_{number}"] = PersonWeeks(label=label)
        for subject, name in _names(framework).items():
            self.fields[f"target_{subject}"] = forms.ChoiceField(label=name, required=False, choices=_target_choices())
            self.fields[f"mandatory_{subject}"] = forms.BooleanField(label=name, required=False)

    def clean(self):
        """Wishes that no plan can grant are named, every one, and what is said about something that there isn't."""
        cleaned = super().clean()
        for wish in self.wishes:
            if wish.error:
                self.add_error(None, f"{wish.id} {wish.name}: {wish.error}")
        faults = self._unknown()[:MOST_NAMED]
        if not (faults or self.errors):
            faults = list(self.choices.faults(self.framework))
        for fault in faults:
            self.add_error(None, wish_sentence(fault, self.framework, get_language() or "en"))
        return cleaned

    def _unknown(self) -> list[WishFault]:
        """What is said about initiatives, principles and pillars that there aren't, beyond what stands: an initiative
        of the team's own may have been removed since it was saved.
        """
        before, initiatives = values_of(self.standing), {item.id for item in self.framework.initiatives}
        new = [name.partition("_") for name, said in self.data.items() if said and said != before.get(name)]
        wished = {key for part, _sep, key in new if part in ("wish", "reason", "first")}
        aimed = {key for part, _sep, key in new if part in ("target", "mandatory")}
        found = [WishFault("unknown", key[:LONGEST_NAMED]) for key in sorted(wished - initiatives)]
        return found + [WishFault("no_subject", key[:LONGEST_NAMED]) for key in sorted(aimed - set(self.subjects))]

    def as_sent(self) -> dict[str, str]:
        """What was sent, but for the version, for an address that tries it. Empty amounts and targets count, too.

        Of what there is a lot, what is empty now as before is left out.
        """
        sent = {name: self.data.get(name, "") for name in self.fields if name != "version"}
        sent |= {
            f"{part}_{wish.id}": getattr(wish, part) for wish in self.wishes for part in ("wish", "reason", "first")
        }
        before = values_of(self.standing)
        many = ("mandatory_", "wish_", "reason_", "first_")
        return {name: said for name, said in sent.items() if said or name in before or not name.startswith(many)}

    @cached_property
    def wishes(self) -> list[Wish]:
        """What is said about each initiative, in the framework's order."""
        said = self.data if self.is_bound else self.initial
        return [self._wish(item, said) for item in self.framework.initiatives]

    def _wish(self, item: Initiative, said) -> Wish:
        wish, reason, first = (str(said.get(f"{part}_{item.id}") or "").strip() for part in ("wish", "reason", "first"))
        error = ""
        if wish not in ("", MUST, WONT) or first not in ("", *map(str, self.later_quarters)):
            error = _("Choose one of the offered answers.")
        elif len(reason) > LONGEST_REASON:
            error = _("Write at most %(count)d characters.") % {"count": LONGEST_REASON}
        elif wish == WONT and not reason and self.is_bound and not self.is_trial:
            error = _("Say why the team won't do it.")
        return Wish(item.id, item.name.in_language(get_language() or "en"), wish, reason, first, error)

    @property
    def later_quarters(self) -> dict[str, str]:
        """The quarters before which an initiative can be held back, by number."""
        return {str(number): label for number, label in enumerate(self.quarter_labels, start=1) if number > 1}

    @property
    def wish_rows(self) -> list[Wish]:
        """What is said about initiatives before those about which nothing is said."""
        return sorted(self.wishes, key=lambda wish: not wish.is_said)

    @property
    def has_wishes(self) -> bool:
        return any(wish.is_said for wish in self.wishes)

    @property
    def capacity_fields(self) -> list[forms.BoundField]:
        return [self[f"capacity_{number}"] for number in self.quarters]

    @property
    def target_fields(self) -> list[forms.BoundField]:
        return [self[f"target_{subject}"] for subject in self.subjects]

    @property
    def mandatory_fields(self) -> list[forms.BoundField]:
        return [self[f"mandatory_{subject}"] for subject in self.subjects]

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
            factor=_fraction(data["factor"]),
            max_per_quarter=data["max_per_quarter"] or MAX_PER_QUARTER,
            must_do=frozenset(wish.id for wish in self.wishes if wish.wish == MUST),
            excluded={wish.id: wish.reason for wish in self.wishes if wish.wish == WONT},
            release={wish.id: int(wish.first) for wish in self.wishes if wish.first},
            mandatory=frozenset(subject for subject in self.subjects if data[f"mandatory_{subject}"]),
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
    initial |= {"factor": choices.factor, "max_per_quarter": choices.max_per_quarter}
    initial |= {f"target_{subject}": _level(level) for subject, level in choices.targets.items()}
    initial |= {f"mandatory_{subject}": True for subject in choices.mandatory}
    initial |= {f"wish_{key}": MUST for key in choices.must_do} | {f"wish_{key}": WONT for key in choices.excluded}
    initial |= {f"reason_{key}": reason for key, reason in choices.excluded.items() if reason}
    return initial | {f"first_{key}": str(quarter) for key, quarter in choices.release.items()}


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
    """For whom and in which language the document is built; `audiences` are those that the person may ask for."""

    audience = forms.ChoiceField(
        label=_("Reader"), widget=forms.RadioSelect(attrs={"class": "form-check-input"}), required=False
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)

    def __init__(self, *args, audiences: Sequence[str] = AUDIENCES, **options):
        super().__init__(*args, **options)
        self.fields["audience"].choices = [(name, words) for name, words in READERS.items() if name in audiences]

    def clean_audience(self) -> str:
        """The lead's unless another one was chosen."""
        return self.cleaned_data["audience"] or LEAD


class OrganizationReportForm(forms.Form):
    """Of which quarter, and in which language, the report about all teams is built."""

    period = forms.ChoiceField(label=_("Quarter"))
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)

    def __init__(self, data=None, *, periods: Sequence[str], language: str):
        super().__init__(data, initial={"language": language})
        self.helper = plain_helper()
        self.fields["period"].choices = [(period, period_label(period, language)) for period in periods]


class FindingForm(forms.Form):
    """A finding in both languages: what was sent as `data`, or the stored one to begin with."""

    text_en = forms.CharField(label=_("In English"), required=False, widget=forms.Textarea(attrs={"rows": 5}))
    text_pt_br = forms.CharField(
        label=_("In Brazilian Portuguese"), required=False, widget=forms.Textarea(attrs={"rows": 5, "lang": "pt-BR"})
    )
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, data=None, *, finding: Finding | None, subject: str):
        names = ("text_en", "text_pt_br", "version")
        super().__init__(data, initial={name: getattr(finding, name) for name in names} if finding else {"version": 0})
        self.helper = plain_helper()
        for name in names[:2]:
            field, most = self.fields[name], LONGEST_FINDING if subject else LONGEST_SENTENCE
            field.max_length = most
            field.validators.append(MaxLengthValidator(most))
            field.widget.attrs["maxlength"] = most

    def _text(self, name: str) -> str:
        return self.cleaned_data[name].replace("\r\n", "\n")

    def clean_text_en(self) -> str:
        return self._text("text_en")

    def clean_text_pt_br(self) -> str:
        return self._text("text_pt_br")


PICTURE_FAULTS = {
    "too_large": _("The file is larger than 300 KB."),
    "kind": _("Only PNG and JPEG (in colour or grey) can be taken."),
    "damaged": _("The file is damaged, or isn't what its name says."),
    "size": _("A logo has at most 2000 pixels on each side, and isn't more than 20 times as wide as high."),
}


class LogoForm(forms.Form):
    """A logo: a file, and what it says to people who don't see it."""

    picture = forms.FileField(
        label=_("Picture (PNG or JPEG, at most 300 KB)"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".png,.jpg,.jpeg"}),
    )
    alt = forms.CharField(
        label=_("Alternative text"),
        max_length=120,
        help_text=_("What the logo says to people who don't see it, such as the name of the company."),
    )
    place = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args, place: str, logo: Logo | None):
        initial = {"place": place, "alt": logo.alt if logo else ""}
        super().__init__(*args, initial=initial, auto_id=f"id_{place}_%s")
        self.helper = plain_helper()
        self.is_new = logo is None

    def clean_picture(self) -> Picture | None:
        """What is kept of the upload, None where only the text changes."""
        upload = self.cleaned_data["picture"]
        if upload is None:
            if self.is_new:
                raise forms.ValidationError(_("Choose a file."))
            return None
        try:
            picture = cleaned(upload.read(MOST_BYTES + 1))
            check_picture(picture.content, picture.media_type)
        except NotAPicture as fault:
            raise forms.ValidationError(PICTURE_FAULTS[fault.reason]) from fault
        except DocumentError as fault:
            raise forms.ValidationError(PICTURE_FAULTS["damaged"]) from fault
        return picture


class ScenarioForm(forms.Form):
    """The name of a scenario, and from which one it starts; without one from the proposal."""

    name = forms.CharField(label=_("Name"), max_length=60)
    start_from = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)


class ItemForm(forms.Form):
    """Where the work on an item of a plan stands. `quarters` are those that it can be moved to, with their names."""

    status = forms.ChoiceField(label=_("Status"), choices=PlanItem.Status)
    owner = forms.CharField(label=pgettext_lazy("of an initiative", "Owner"), max_length=120, required=False)
    quarter = forms.ChoiceField(label=_("Quarter"))
    evidence = forms.CharField(
        label=_("Evidence: a link, or where to find it"),
        max_length=1000,
        required=False,
        help_text=_("Needed to mark it done: what shows that “done when” holds."),
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=500, required=False, help_text=_("Needed for what the team won't do.")
    )
    notes = forms.CharField(label=_("Notes"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 4}))
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, data=None, *, initial, quarters: list[tuple[str, str]]):
        super().__init__(data, initial=initial)
        self.helper = plain_helper()
        self.fields["quarter"].choices = quarters

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("status") == PlanItem.Status.DONE and "evidence" in cleaned and not cleaned["evidence"]:
            self.add_error("evidence", _("Say what shows that it is done."))
        if cleaned.get("status") == PlanItem.Status.WONT_DO and "reason" in cleaned and not cleaned["reason"]:
            self.add_error("reason", _("Say why the team won't do it."))
        return cleaned

    @property
    def entry(self) -> ItemEntry:
        """What a valid form says."""
        return ItemEntry(**{name: self.cleaned_data[name] for name in ItemEntry.__slots__})


LIFT_ROWS = 6
LIFTS = [Fraction(half, 2) for half in range(1, 9)]


def _select(label: str, choices: list[tuple[str, str]]) -> forms.ChoiceField:
    """An optional choice that the template places itself."""
    look = forms.Select(attrs={"class": "form-select"})
    return forms.ChoiceField(label=label, required=False, choices=choices, widget=look)


class OwnInitiativeForm(forms.Form):
    """An initiative of the team's own: what was sent as `data`, or `row` to begin with.

    The lifts are rows of a question and a number of levels; empty rows don't count.
    """

    name = forms.CharField(label=_("Name"), max_length=160)
    done_when = forms.CharField(
        label=_("Done when"), max_length=500, help_text=_("What somebody can see then, without asking you.")
    )
    first_step = forms.CharField(label=_("First step"), max_length=500, required=False)
    effort = PersonWeeks(label=_("Effort in person-weeks"), most=99)
    cap = forms.ChoiceField(label=_("Highest level that it can bring a question to"))
    prerequisites = forms.CharField(
        label=_("Needs"), max_length=300, required=False, help_text=_("Ids of initiatives, such as I01, T2.")
    )
    version = forms.IntegerField(min_value=0, required=False, widget=forms.HiddenInput)

    def __init__(self, data=None, *, framework: Framework, row: TeamInitiative | None = None):
        super().__init__(data, initial=_initial_of(row) if row else {"cap": "4", "version": 0})
        self.helper = plain_helper()
        self.framework, self.row = framework, row
        self.fields["effort"].required = True
        language = get_language() or "en"
        self.fields["cap"].choices = [(str(level), str(level)) for level in range(2, 6)]
        questions = [("", "–"), *_questions(framework, language)]
        levels = [("", "–"), *((str(lift), f"+{_decimal(lift, language)}") for lift in LIFTS)]
        for number in self.rows:
            label = _("Question that it lifts, %(number)d") % {"number": number}
            self.fields[f"question_{number}"] = _select(label, questions)
            label = _("Levels, %(number)d") % {"number": number}
            self.fields[f"lift_{number}"] = _select(label, levels)

    @property
    def rows(self) -> range:
        return range(1, max(LIFT_ROWS, len(self.row.lifts) + 2 if self.row else 0) + 1)

    @property
    def lift_fields(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        return [(self[f"question_{number}"], self[f"lift_{number}"]) for number in self.rows]

    def clean(self):
        cleaned = super().clean()
        seen = set()
        for number in self.rows:
            key, lift = cleaned.get(f"question_{number}"), cleaned.get(f"lift_{number}")
            if bool(key) != bool(lift):
                self.add_error(f"lift_{number}", _("Choose both a question and its levels, or neither."))
            elif key in seen:
                self.add_error(f"question_{number}", _("This question is listed above already."))
            elif key:
                seen.add(key)
        return cleaned

    @property
    def entry(self) -> InitiativeEntry:
        """What a valid form says."""
        data = self.cleaned_data
        pairs = ((data[f"question_{number}"], data[f"lift_{number}"]) for number in self.rows)
        return InitiativeEntry(
            name=data["name"],
            first_step=data["first_step"],
            done_when=data["done_when"],
            effort=data["effort"],
            cap=Decimal(data["cap"]),
            lifts={key: lift for key, lift in sorted(pairs) if key},
            prerequisites=sorted(set(re.findall(r"[^\s,;]+", data["prerequisites"].upper()))),
        )


def _initial_of(row: TeamInitiative) -> dict:
    names = ("name", "done_when", "first_step", "version")
    initial = {name: getattr(row, name) for name in names}
    initial |= {"effort": Fraction(row.effort), "cap": str(int(row.cap)), "prerequisites": ", ".join(row.prerequisites)}
    for number, (key, lift) in enumerate(row.lifts.items(), start=1):
        initial |= {f"question_{number}": key, f"lift_{number}": lift}
    return initial


def _questions(framework: Framework, language: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """The core questions to choose from, in groups by principle and pillar."""
    names, groups = _names(framework), {}
    for question in framework.core_questions:
        words = f"{question.key} {question.stem.in_language(language)}"
        groups.setdefault(names[question.subject], []).append((question.key, words))
    return list(groups.items())


class OutcomeForm(forms.Form):
    """The four numbers of a team's quarter: what was sent as `data`, or `outcome` to begin with. Each may be empty."""

    lead_time = Amount(most=9999, decimal_places=1)
    failed_share = Amount(most=100, decimal_places=1)
    customer_errors = Amount(most=999_999, decimal_places=0)
    rescue_hours = Amount(most=99_999, decimal_places=1)
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, data=None, *, outcome: Outcome | None = None):
        numbers = zip(MEASURES, numbers_of(outcome), strict=True)
        initial = {name: None if number is None else Fraction(number) for name, number in numbers}
        super().__init__(data, initial=initial | {"version": outcome.version if outcome else 0})
        self.helper = plain_helper()
        names, helps = measure_names(), measure_helps()
        for measure in MEASURES:
            self.fields[measure].label, self.fields[measure].help_text = names[measure], helps[measure]
            self.fields[measure].error_messages |= _number_faults(self.fields[measure])

    def clean(self):
        cleaned = super().clean()
        if not self.errors and not cleaned["version"] and self.entry == OutcomeEntry():
            self.add_error(None, _("Enter at least one of the four numbers."))
        return cleaned

    @property
    def entry(self) -> OutcomeEntry:
        """What a valid form says."""
        data = self.cleaned_data
        errors = data["customer_errors"]
        return OutcomeEntry(
            lead_time=data["lead_time"],
            failed_share=data["failed_share"],
            customer_errors=None if errors is None else int(errors),
            rescue_hours=data["rescue_hours"],
        )


def _number_faults(field: Amount) -> dict[str, str]:
    """What is wrong with a number, said with its limits."""
    places, example = field.decimal_places or 0, Decimal("4.5") if field.decimal_places else Decimal(4)
    limits = _("Write a number from 0 to %(most)s.") % {"most": field.max_value}
    decimals = ngettext(
        "Write at most %(count)d decimal, and no mark between thousands.",
        "Write at most %(count)d decimals, and no mark between thousands.",
        places,
    ) % {"count": places}
    return {
        "invalid": _("Write a number, such as %(example)s.") % {"example": said(example, get_language() or "en")},
        "min_value": limits,
        "max_value": limits,
        "max_decimal_places": decimals if places else _("Write a whole number, without decimals."),
    }
