"""Sessions in cache and database. A cookie is what somebody sent: only what we could have made is looked up."""

from __future__ import annotations

from django.contrib.sessions.backends import cached_db


class SessionStore(cached_db.SessionStore):
    """Like Django's, without asking the database for a key with characters that PostgreSQL refuses, such as NUL."""

    def _validate_session_key(self, key):
        return super()._validate_session_key(key) and key.isascii() and key.isalnum()
