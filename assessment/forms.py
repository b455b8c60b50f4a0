"""What people may send: one answer, the start of an assessment, its settings."""

from __future__ import annotations

import unicodedata

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout
from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from assessment.actions import Entry, ProjectEntry
from assessment.anonymity import may_be_anonymous
from assessment.models import LONGEST_HOLDER, MOST_HOLDERS, Answer, Assessment, Project
from assessment.periods import period_label, period_of, shifted
from manifesto.definitions import LEVELS, Framework
from organizations.models import Team

CHOICES = ("", *(str(level) for level in LEVELS), "not_applicable", "dont_know")
BEST_DETAILS = _("Level 5 is the highest: “partly there” can't go with it.")


class PlainText(forms.CharField):
    """Text without control characters, which neither databases nor spreadsheets take, and without blanks around it."""

    def to_python(self, value):
        text = super().to_python(value).replace("\r\n", "\n")
        plain = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) != "Cc")
        # Only now: between control characters a blank could stand for a reason that scoring doesn't take for one.
        return plain.strip()


class Holders(PlainText):
    """People by their initials or names, separated by commas; each once, at most MOST_HOLDERS of LONGEST_HOLDER."""

    def to_python(self, value):
        parts = (" ".join(part.split()) for part in super().to_python(value).replace(";", ",").split(","))
        return ", ".join(dict.fromkeys(part for part in parts if part))

    def validate(self, value):
        super().validate(value)
        names = value.split(", ") if value else []
        if len(names) > MOST_HOLDERS:
            raise forms.ValidationError(_("Name at most %(number)d people.") % {"number": MOST_HOLDERS})
        if any(len(name) > LONGEST_HOLDER for name in names):
            raise forms.ValidationError(_("Each name has at most %(number)d characters.") % {"number": LONGEST_HOLDER})


def prefix_of(key: str) -> str:
    """The form prefix of a question: "P09.1" is "P09_1", which needs no escaping in a selector."""
    return key.replace(".", "_")


class AnswerForm(forms.Form):
    """One answer. `last` is last time's answer: ticking "same as last time" without a choice takes it over."""

    choice = forms.ChoiceField(choices=[(choice, choice) for choice in CHOICES], required=False)
    partly = forms.BooleanField(required=False)
    confirmed = forms.BooleanField(required=False)
    flagged = forms.BooleanField(required=False)
    reason = PlainText(required=False, max_length=2000)
    note = PlainText(required=False, max_length=4000)
    holders = Holders(required=False)
    evidence_url = PlainText(required=False, max_length=1000)
    confidence = forms.ChoiceField(choices=[("", ""), *Answer.Confidence.choices], required=False)
    version = forms.IntegerField(min_value=0)
    revision = forms.IntegerField(min_value=1, required=False)
    save_id = forms.RegexField(r"^[0-9a-f-]{0,40}\Z", required=False)
    keep = forms.RegexField(r"^(theirs|[0-9]{1,9})\Z", required=False)
    """What was decided in a conflict: theirs, or mine in place of this version."""

    def __init__(self, *args, key: str, last=None, **options):
        self.last = last
        super().__init__(*args, prefix=prefix_of(key), **options)

    def clean(self):
        data = super().clean()
        choice = data.get("choice", "")
        if data.get("partly") and choice == "5":
            self.add_error("partly", BEST_DETAILS)
        if choice == "not_applicable" and not data.get("reason"):
            self.add_error("reason", _("Say in a few words why this doesn't apply."))
        if data.get("keep", "").isdigit():
            data["version"] = int(data["keep"])
        return data

    @property
    def keeps_theirs(self) -> bool:
        """Whether the person gave their own answer up."""
        return self.data.get(self.add_prefix("keep")) == "theirs"

    @property
    def entry(self) -> Entry:
        """What a valid form says."""
        data = self.cleaned_data
        details = {name: data[name] for name in ("note", "holders", "evidence_url", "confidence", "flagged")}
        if not data["choice"] and data["confirmed"] and self.last:
            return Entry(
                state=self.last.state,
                level=self.last.level,
                partly=self.last.partly,
                reason=data["reason"] or self.last.reason,
                confirmed=True,
                **details | {"holders": data["holders"] or self.last.holders},
            )
        level = int(data["choice"]) if data["choice"].isdigit() else None
        state = "answered" if level else data["choice"] or "open"
        same = bool(self.last) and (state, level, data["partly"]) == (
            self.last.state,
            self.last.level,
            self.last.partly,
        )
        return Entry(
            state=state,
            level=level,
            partly=data["partly"] and level is not None,
            reason=data["reason"] if state == "not_applicable" else "",
            confirmed=data["confirmed"] and (same or self.last is None),
            **details,
        )


RATINGS = [("", ""), *((str(level), str(level)) for level in LEVELS)]


class ProjectForm(forms.Form):
    """A candidate project: a field for each criterion of the framework, its prefix as name; empty is not rated yet."""

    name = PlainText(label=_("Name"), max_length=120)
    note = PlainText(label=_("Note"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 3}))
    complexity = forms.ChoiceField(label=_("Complexity"), choices=RATINGS, required=False)
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    keep = forms.RegexField(r"^[0-9]{1,9}\Z", required=False)
    """What was decided in a conflict: mine in place of this version."""

    def __init__(self, data=None, *, framework: Framework, project: Project | None = None):
        self.keys = [question.key for question in framework.project_questions]
        initial = {"version": 0}
        if project:
            ratings = {prefix_of(key): str(level) for key, level in project.ratings.items()}
            kept = {name: getattr(project, name) for name in ("name", "note", "complexity", "version")}
            initial = {**ratings, **kept, "complexity": str(project.complexity or "")}
        super().__init__(data, initial=initial)
        for key in self.keys:
            self.fields[prefix_of(key)] = forms.ChoiceField(label=key, choices=RATINGS, required=False)

    def clean_name(self):
        return " ".join(self.cleaned_data["name"].split())

    def clean(self):
        data = super().clean()
        if data.get("keep"):
            data["version"] = int(data["keep"])
        return data

    @property
    def entry(self) -> ProjectEntry:
        """What a valid form says."""
        data = self.cleaned_data
        ratings = {key: int(data[prefix_of(key)]) for key in self.keys if data[prefix_of(key)]}
        complexity = int(data["complexity"]) if data["complexity"] else None
        return ProjectEntry(data["name"], ratings, complexity, data["note"])


class RemovalForm(forms.Form):
    """Which version of a project was on the page that asked."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


def plain_helper() -> FormHelper:
    """Fields only: the page brings the form element, the token and the buttons."""
    helper = FormHelper()
    helper.form_tag = helper.disable_csrf = False
    return helper


def period_choices(today, including: str = "") -> list[tuple[str, str]]:
    """Eight quarters up to the one after next, newest first, and the one that is chosen already."""
    now = period_of(today)
    periods = {shifted(now, offset) for offset in range(-6, 2)} | ({including} if including else set())
    return [(period, period_label(period, get_language() or "en")) for period in sorted(periods, reverse=True)]


class AssessmentForm(forms.ModelForm):
    """The settings that can change until closing."""

    scope = PlainText(
        label=_("Scope"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_(
            "Which pipelines and products you answer for, and which of them are critical. "
            "It is printed on results and reports."
        ),
    )
    period = forms.ChoiceField(label=_("Period"))
    modules = forms.MultipleChoiceField(label=_("Modules"), required=False)

    class Meta:
        model = Assessment
        fields = ["scope", "period", "closes_on", "modules"]
        widgets = {"closes_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}

    def __init__(self, *args, framework: Framework, **options):
        super().__init__(*args, **options)
        self.fields["modules"].choices = [(module.key, module.key) for module in framework.modules]
        self.fields["scope"].error_messages["required"] = gettext("%(field)s is missing.") % {"field": _("Scope")}
        self.helper = plain_helper()
        # The page places the modules itself: texts of a framework never pass through a layout.
        self.helper.layout = Layout(*(name for name in self.fields if name != "modules"))
        self.fields["period"].choices = period_choices(timezone.localdate(), self.instance.period)


class StartForm(AssessmentForm):
    """Everything that is chosen before question 1; mode and form don't change once people answer."""

    class Meta(AssessmentForm.Meta):
        fields = ["scope", "period", "form", "mode", "closes_on", "modules"]
        widgets = {
            **AssessmentForm.Meta.widgets,
            "mode": forms.RadioSelect,
            "form": forms.RadioSelect,
        }

    def __init__(self, *args, team: Team, **options):
        super().__init__(*args, **options)
        mode, threshold = self.fields["mode"], settings.ANONYMITY_THRESHOLD
        mode.help_text = _("How people answer can't be changed once the assessment is open.")
        if not may_be_anonymous(team.people, threshold):
            why = too_few_people(team.people, threshold)
            mode.choices = [choice for choice in mode.choices if choice[0] != Assessment.Mode.ANONYMOUS]
            mode.help_text = f"{mode.help_text} {why}"
            mode.error_messages["invalid_choice"] = why
            if self.initial.get("mode") == Assessment.Mode.ANONYMOUS:
                self.initial["mode"] = Assessment.Mode.NAMED


def too_few_people(people: int, threshold: int) -> str:
    """Why a team of this size can't answer anonymously, and what it can do instead."""
    return gettext(
        "Anonymous answers need a team of at least %(threshold)d people, and this team has %(people)d: with fewer, it "
        "could be guessed who said what. Answer under your names, or agree on each answer."
    ) % {"threshold": threshold, "people": people}
