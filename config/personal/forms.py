"""What somebody types who erases a person: the address, so that it isn't done by a slip."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from organizations.forms import PlainForm


class ErasureForm(PlainForm):
    email = forms.CharField(
        label=gettext_lazy("E-mail address of the person, as a confirmation"),
        max_length=254,
        widget=forms.TextInput({"autocomplete": "off", "inputmode": "email"}),
    )

    def __init__(self, *args, wanted: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.wanted = wanted

    def clean_email(self) -> str:
        """The address, which has to be that of the person to be erased."""
        email = self.cleaned_data["email"].strip()
        if email.lower() != self.wanted.lower():
            raise forms.ValidationError(_("This isn't the e-mail address of the person to be erased."))
        return email
