"""What people choose about delivery: how long a link lives, and what is built after each closing."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assessment.forms import plain_helper
from organizations.models import Membership, Team, User
from reports.models import Report, Schedule

DAYS = [
    (1, gettext_lazy("1 day")),
    (7, gettext_lazy("7 days")),
    (30, gettext_lazy("30 days")),
    (90, gettext_lazy("90 days")),
]
SHORTEST_PASSWORD = 8


class ShareForm(forms.Form):
    """A new link to a report."""

    days = forms.TypedChoiceField(label=gettext_lazy("It works for"), coerce=int, choices=DAYS, initial=30)
    password = forms.CharField(
        label=gettext_lazy("Password (optional)"),
        required=False,
        strip=False,
        min_length=SHORTEST_PASSWORD,
        max_length=200,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        help_text=gettext_lazy("At least 8 characters. Tell it to the readers on another way than the link."),
    )
    note = forms.CharField(
        label=gettext_lazy("For whom (only you and your colleagues see it)"), required=False, max_length=120
    )

    def __init__(self, *args, **options):
        super().__init__(*args, label_suffix="", **options)
        self.helper = plain_helper()


class PasswordForm(forms.Form):
    """The password of a link that has one."""

    password = forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput({"autocomplete": "off", "autofocus": True}),
    )

    def __init__(self, *args, **options):
        super().__init__(*args, label_suffix="", **options)
        self.helper = plain_helper()
        self.fields["password"].error_messages["required"] = _("The password is missing.")


class PeopleField(forms.ModelMultipleChoiceField):
    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, user: User) -> str:
        return f"{user.name} ({user.email})" if user.name else user.email


class ScheduleForm(forms.Form):
    """Which reports are built after each closing, and who gets a letter. Nothing chosen means that nothing is built."""

    audiences = forms.MultipleChoiceField(
        label=gettext_lazy("Reports"), required=False, choices=Report.Audience, widget=forms.CheckboxSelectMultiple
    )
    languages = forms.MultipleChoiceField(
        label=gettext_lazy("Languages"), required=False, choices=settings.LANGUAGES, widget=forms.CheckboxSelectMultiple
    )
    recipients = PeopleField(label=gettext_lazy("Who gets a letter"), required=False, queryset=User.objects.none())
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, data=None, *, team: Team, schedule: Schedule | None):
        super().__init__(data, initial=_initial(schedule), label_suffix="")
        self.helper = plain_helper()
        people = User.objects.filter(pk__in=Membership.objects.seeing(team).values("user"))
        self.fields["recipients"].queryset = people.order_by("name", "email", "pk")

    def clean(self):
        """A report is built for a reader in a language: one without the other would be a schedule that does nothing."""
        data = super().clean()
        if data.get("audiences") and not data.get("languages") and "languages" not in self.errors:
            self.add_error("languages", _("Choose at least one language."))
        if data.get("languages") and not data.get("audiences") and "audiences" not in self.errors:
            self.add_error("audiences", _("Choose at least one report."))
        return data


def _initial(schedule: Schedule | None) -> dict:
    if schedule is None:
        return {"version": 0}
    return {
        "audiences": schedule.audiences,
        "languages": schedule.languages,
        "recipients": list(schedule.recipients.values_list("user", flat=True)),
        "version": schedule.version,
    }
