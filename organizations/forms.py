"""What people type about organizations, teams, people and themselves: parsing only, actions check the facts."""

from __future__ import annotations

import zoneinfo
from functools import cache

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from organizations.models import LANGUAGES, Organization, Role, Team, User
from organizations.permissions import roles_that_user_can_give


@cache
def time_zones() -> list[tuple[str, str]]:
    """All IANA time zones in order of their names, as choices."""
    return [(name, name.replace("_", " ")) for name in sorted(zoneinfo.available_timezones())]


class PlainForm(forms.Form):
    """A form whose errors name their field, so that they read the same in the summary and beside the field."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, label_suffix="", **kwargs)
        for field in self.fields.values():
            field.error_messages["required"] = _("%(field)s is missing.") % {"field": field.label}


class OrganizationForm(PlainForm):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    language = forms.ChoiceField(label=gettext_lazy("Language of reports"), choices=LANGUAGES)
    time_zone = forms.ChoiceField(label=gettext_lazy("Time zone of dates"), choices=time_zones)


class TeamForm(PlainForm):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    people = forms.IntegerField(label=gettext_lazy("People in the team"), min_value=1, max_value=500, initial=7)


class RoleForm(PlainForm):
    """A role that the person may give, and its place: to be chosen, or the `team` that is given.

    The choices follow from who asks: owners alone make owners, and a lead makes members and viewers of one team.
    """

    role = forms.ChoiceField(label=gettext_lazy("Role"), initial=Role.MEMBER)
    team = forms.ModelChoiceField(label=gettext_lazy("Team"), queryset=Team.objects.none(), required=False)

    def __init__(self, *args, organization: Organization, user: User, team: Team | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        self.given_team = team
        roles = roles_that_user_can_give(user, team or organization)
        self.fields["role"].choices = [(role.value, role.label) for role in roles]
        self.fields["team"].queryset = organization.teams.active().by_name()
        self.fields["team"].empty_label = _("The whole organization")
        if team:
            del self.fields["team"]

    def clean(self):
        """Add the team that is given, if one is."""
        return super().clean() | ({"team": self.given_team} if self.given_team else {})


class InvitationForm(RoleForm):
    email = forms.EmailField(label=gettext_lazy("E-mail address"), max_length=254)
    field_order = ["email", "role", "team"]


class NewPersonForm(PlainForm):
    """Name and password of somebody who accepts an invitation; the e-mail address is the invitation's."""

    name = forms.CharField(
        label=gettext_lazy("Your name"), max_length=120, widget=forms.TextInput({"autocomplete": "name"})
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        help_text=gettext_lazy("At least 10 characters, and not one that many people use."),
    )

    def __init__(self, *args, email: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.email = email

    def clean(self):
        """Refuse passwords that are common, short, or like the person's name or address."""
        person = User(email=self.email, name=self.cleaned_data.get("name", ""))
        try:
            validate_password(self.cleaned_data.get("password", ""), person)
        except forms.ValidationError as error:
            if "password" in self.cleaned_data:
                self.add_error("password", error)


class AccountForm(PlainForm):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120, widget=forms.TextInput({"autocomplete": "name"}))
    language = forms.ChoiceField(
        label=gettext_lazy("Language"), required=False, choices=[("", gettext_lazy("As in the browser")), *LANGUAGES]
    )
    time_zone = forms.ChoiceField(label=gettext_lazy("Time zone"), choices=time_zones)
    shortcuts = forms.BooleanField(
        label=gettext_lazy("Keyboard shortcuts on question pages (1 to 5 choose a level)"), required=False
    )
