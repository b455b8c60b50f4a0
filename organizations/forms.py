"""What people type about organizations, teams, people and themselves: parsing only, actions check the facts."""

from __future__ import annotations

import zoneinfo
from decimal import Decimal
from functools import cache

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from organizations.models import LANGUAGES, Organization, Role, Team, User
from organizations.permissions import roles_that_user_can_give

CURRENCY_CODES = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF
CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL
HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD
MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG
QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD
TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG
"""
CURRENCIES = tuple(CURRENCY_CODES.split())
"""Codes of currencies in use (ISO 4217)."""
MOST_CHOICES = 200
"""Of more teams one is chosen by typing its name."""


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


class Rate(forms.DecimalField):
    """An amount of money with a decimal comma or point, whatever the language."""

    widget = forms.TextInput

    def to_python(self, value):
        return super().to_python(value.strip().replace(",", ".") if isinstance(value, str) else value)

    def prepare_value(self, value):
        if not isinstance(value, Decimal):
            return value
        text = f"{value:f}".removesuffix(".00")
        return text.replace(".", ",") if (get_language() or "").startswith("pt") else text


class OrganizationSettingsForm(OrganizationForm):
    """With what a week of one person costs, so that plans are shown in money; both or neither."""

    currency = forms.ChoiceField(
        label=gettext_lazy("Currency"),
        required=False,
        choices=[("", "–"), *((code, code) for code in CURRENCIES)],
        help_text=gettext_lazy("With a currency and a rate, plans are shown in money too."),
    )
    person_week_rate = Rate(
        label=gettext_lazy("What a week of one person costs"),
        required=False,
        max_value=99_999_999,
        decimal_places=2,
        help_text=gettext_lazy("An average of the people who do the work, with all costs. No mark between thousands."),
    )

    def clean(self):
        cleaned = super().clean()
        if not {"currency", "person_week_rate"} <= cleaned.keys():
            return cleaned
        currency, rate = cleaned["currency"], cleaned["person_week_rate"]
        if rate is not None and rate <= 0:
            self.add_error("person_week_rate", _("A week costs more than 0."))
        elif rate is None and currency:
            self.add_error("person_week_rate", _("Say what a week costs, or choose no currency."))
        elif rate is not None and not currency:
            self.add_error("currency", _("Choose the currency of the rate."))
        return cleaned


class TeamForm(PlainForm):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    people = forms.IntegerField(label=gettext_lazy("People in the team"), min_value=1, max_value=500, initial=7)


class TeamByName(forms.CharField):
    """A team of the queryset by its name, for organizations with more teams than a list of choices should have."""

    def __init__(self, *, queryset, **kwargs):
        super().__init__(required=False, max_length=80, **kwargs)
        self.queryset = queryset

    def prepare_value(self, value):
        if not isinstance(value, int):
            return value
        return self.queryset.filter(pk=value).values_list("name", flat=True).first() or ""

    def clean(self, value) -> Team | None:
        name = super().clean(value)
        team = self.queryset.filter(name__iexact=name).first() if name else None
        if name and team is None:
            raise forms.ValidationError(_("There is no team “%(name)s”."), params={"name": name})
        return team


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
        if team:
            del self.fields["team"]
            return
        teams = organization.teams.active()
        if teams.has_more_than(MOST_CHOICES):
            help_text = _("The team's name; leave it empty for the whole organization.")
            self.fields["team"] = TeamByName(queryset=teams, label=_("Team"), help_text=help_text)
            return
        self.fields["team"].queryset = teams.by_name()
        self.fields["team"].empty_label = _("The whole organization")

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
