"""
Knows a browser again that somebody signed in from, by a cookie that is good for that user alone.

The cookie is the browser's number, signed for the user and their current password: another user's,
a made-up one and one from before a change of password say nothing. A browser has one such cookie,
of whoever signed in last. It lets nobody in; it only says that wrong passwords from there are
counted by themselves (``trading.identity.attempts``), so whoever steals one has no more guesses
than its owner.
"""

import secrets
from typing import Final

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponseBase

from trading.identity.models import User
from trading.identity.pauses import KNOWN_FOR

COOKIE: Final = "known_browser"


def known_browser(request: HttpRequest, *, username: str) -> str | None:
    """Return the number of the browser that asks, if this user signed in from it before."""
    cookie = request.COOKIES.get(COOKIE)
    if cookie is None:
        return None
    user = User.objects.filter(username=username).only("id", "password").first()
    if user is None:
        return None
    try:
        return _signer(user).unsign(cookie, max_age=KNOWN_FOR)
    except BadSignature:
        return None


def remember_browser(request: HttpRequest, response: HttpResponseBase, *, user: User) -> None:
    """
    Let the browser be known as this user's from now on.

    Call it only when the user has just proved or set the password: each new number is counted from
    zero. A browser that is known already keeps its own.
    """
    number = known_browser(request, username=user.username) or secrets.token_hex(8)
    response.set_cookie(
        COOKIE,
        _signer(user).sign(number),
        max_age=KNOWN_FOR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _signer(user: User) -> TimestampSigner:
    """Sign for this user and this password: Django's own digest of it changes with it."""
    return TimestampSigner(salt=f"openbell known browser {user.pk} {user.get_session_auth_hash()}")
