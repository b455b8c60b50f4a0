"""How people come in: django-allauth signs them in, only an invitation or the first owner's link creates them."""

from allauth.account.adapter import DefaultAccountAdapter


class InvitationOnlyAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request) -> bool:
        """Nobody signs up by themselves."""
        return False
