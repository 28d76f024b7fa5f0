"""Browser sessions: Django's own in the database, which looks for no key that cannot be one."""

from django.contrib.sessions.backends import db


class SessionStore(db.SessionStore):
    def _validate_session_key(self, key: str | None) -> bool:
        """Take a key as Django makes them: a cookie may hold anything, a NUL character too."""
        looks_right = bool(key and key.isascii() and key.isalnum())
        return looks_right and bool(super()._validate_session_key(key))  # type: ignore[misc]  # the stubs lack it
