"""Sessions in cache and database. A cookie is what somebody sent: only what we could have made is looked up."""

from __future__ import annotations

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import cached_db

from organizations.sign_in.actions import remember_ended_session


class SessionStore(cached_db.SessionStore):
    """Like Django's, but what has ended stays ended, and a key that was never ours isn't looked up.

    Django removes an ended session from database and cache. A cache that is away keeps its copy, and one that a request
    is just filling gets it afterwards: so the end is also noted on the person, where each request reads it.
    """

    def _validate_session_key(self, key):
        """No characters that PostgreSQL refuses, such as NUL."""
        return super()._validate_session_key(key) and key.isascii() and key.isalnum()

    def delete(self, session_key=None):
        key = session_key or self.session_key
        row = self.model.objects.filter(session_key=key).first() if key else None
        if row and (user_id := self.decode(row.session_data).get(SESSION_KEY)):
            remember_ended_session(user_id=int(user_id), key=key, until=row.expire_date)
        super().delete(session_key)
