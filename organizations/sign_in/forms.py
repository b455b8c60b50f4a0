"""allauth's forms in our words. A code is taken once, and a refused one is recorded."""

from __future__ import annotations

from allauth.account.forms import LoginForm, ResetPasswordForm, UserTokenForm
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from organizations.forms import PlainForm
from organizations.models import User
from organizations.sign_in import actions, letters
from organizations.sign_in.adapters import note_locked

CODE = {"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}


class InOurWords:
    """Labels and errors as in our own forms, without placeholders that say the label again."""

    labels: dict = {}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        for name, label in self.labels.items():
            self.fields[name].label = label
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
            field.error_messages["required"] = _("%(field)s is missing.") % {"field": field.label}
        if "code" in self.fields:
            self.fields["code"].widget = forms.TextInput(CODE)


class SignInForm(InOurWords, LoginForm):
    labels = {"login": gettext_lazy("E-mail address")}


class ForgottenPasswordForm(InOurWords, ResetPasswordForm):
    """Leaves the letter to a worker, whether anybody has the address or not."""

    labels = {"email": gettext_lazy("E-mail address")}

    def save(self, request, **rest) -> str:
        user, language = next(iter(self.users), None), translation.get_language()
        letters.ask_for_new_password(user=user, language=language, now=timezone.now())
        return self.cleaned_data["email"]


class LinkToNewPassword(UserTokenForm):
    """The link in that letter. For an account that is switched off it opens nothing."""

    def _get_user(self, uidb36: str) -> User | None:
        user = super()._get_user(uidb36)
        return user if user and user.is_active else None


class CodeOnce(InOurWords):
    labels = {"code": gettext_lazy("Code from the app, or a recovery code")}

    def clean_code(self) -> str:
        now = timezone.now()
        try:
            code = super().clean_code()
            if self.authenticator.type == Authenticator.Type.TOTP and not actions.spend_code(
                authenticator=self.authenticator, code=code, now=now
            ):
                raise get_adapter().validation_error("used_code")
        except forms.ValidationError as error:
            if error.code == "too_many_login_attempts":
                note_locked(self.user)
            else:
                actions.record(user=self.user, action=gettext_noop("second factor refused"), now=now)
            raise
        return code


class CodeForm(CodeOnce, AuthenticateForm):
    pass


class CodeAgainForm(CodeOnce, ReauthenticateForm):
    pass


class NewAuthenticatorForm(InOurWords, ActivateTOTPForm):
    labels = {"code": gettext_lazy("Code from the app")}


class Unbelieving:
    """What a browser says about a passkey may be made up: whatever can't be read is refused, and breaks nothing.

    allauth and fido2 expect objects with the keys of the standard and raise what they happen to raise for others.
    """

    UNREADABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)

    def clean_credential(self):
        try:
            return super().clean_credential()
        except self.UNREADABLE as error:
            raise get_adapter().validation_error("incorrect_code") from error


class PasskeyForm(Unbelieving, AuthenticateWebAuthnForm):
    pass


class PasskeyAgainForm(Unbelieving, ReauthenticateWebAuthnForm):
    pass


class PasskeyAloneForm(Unbelieving, LoginWebAuthnForm):
    pass


class NewPasskeyForm(InOurWords, AddWebAuthnForm):
    labels = {
        "name": gettext_lazy("A name, to know it again"),
        "passwordless": gettext_lazy("Sign in with it alone, without a password"),
    }
    name = forms.CharField(max_length=60, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["passwordless"].help_text = _("It then asks for your finger, face or PIN each time.")
        self.fields["passwordless"].initial = True

    def clean(self):
        try:
            return super().clean()
        except Unbelieving.UNREADABLE as error:
            raise get_adapter().validation_error("incorrect_code") from error


class PasskeyNameForm(InOurWords, EditWebAuthnForm):
    labels = {"name": gettext_lazy("Name")}
    name = forms.CharField(max_length=60)


class SecondFactorPolicyForm(PlainForm):
    required = forms.BooleanField(
        label=gettext_lazy("Everybody in this organization needs a second factor"), required=False
    )
