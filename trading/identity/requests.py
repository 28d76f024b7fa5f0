"""Who sends a request to the lean endpoints: an API key in two headers, or a browser's session."""

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware

from trading.identity.authentication import KEY_HEADER, SECRET_HEADER
from trading.identity.interface import Principal, authenticate_api_key, find_cached_principal
from trading.identity.models import User
from trading.identity.page_owner import HEADER, is_owner
from trading.identity.roles import Role
from trading.identity.sessions import SessionStore
from trading.infra.database import in_thread
from trading.infra.wire import forbidden, unauthorized

_KEY = f"HTTP_{KEY_HEADER.replace('-', '_')}"
_SECRET = f"HTTP_{SECRET_HEADER.replace('-', '_')}"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class _CsrfCheck(CsrfViewMiddleware):
    """Django's own check, asked for its reason instead of a page."""

    def _reject(self, request: HttpRequest, reason: str) -> str:
        del request
        return reason


def _no_response(_request: HttpRequest) -> HttpResponse:
    return HttpResponse()


async def authenticate(request: HttpRequest) -> Principal:
    """
    Return who is asking.

    :raises WireError: 401 if nobody we know, or if the page that asks was made for somebody else
        than whoever is signed in now; 403 if a browser's write lacks its CSRF token
    """
    # Not ``request.headers``: that one rewrites all of them to look for two.
    key_id = request.META.get(_KEY)
    if key_id is not None:
        secret = request.META.get(_SECRET, "")
        principal = find_cached_principal(key_id=key_id, secret=secret)
        if principal is None:
            principal = await in_thread(authenticate_api_key, key_id=key_id, secret=secret)
        if principal is None:
            raise unauthorized()
        return principal
    session_key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    if session_key is None:
        raise unauthorized()
    principal = await in_thread(_session_principal, request, session_key)
    if principal is None or not is_owner(request.META.get(HEADER), user_id=principal.user_id):
        raise unauthorized()
    if request.method not in SAFE_METHODS:
        _require_csrf_token(request)
    return principal


def _session_principal(request: HttpRequest, session_key: str) -> Principal | None:
    request.session = SessionStore(session_key)
    user = get_user(request)
    if not isinstance(user, User) or not user.is_active:
        return None
    return Principal(user_id=user.id, username=user.username, role=Role(user.role))


def _require_csrf_token(request: HttpRequest) -> None:
    check = _CsrfCheck(_no_response)
    check.process_request(request)
    reason = check.process_view(request, _no_response, (), {})
    if reason:
        raise forbidden(f"CSRF check failed: {reason}")
