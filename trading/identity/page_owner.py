"""
A page acts for the user that it was made for: a browser has one session, whoever signed in last.

Each request of a page names that user: scripts in a header, sockets and links in the query.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

from trading.identity.models import User
from trading.identity.session_watch import SESSION_ENDED
from trading.infra.wire import unauthorized

HEADER = "HTTP_X_SIGNED_IN_AS"
PARAMETER = "user"

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


def is_owner(named: str | None, *, user_id: UUID) -> bool:
    """Tell whether a page that names a user (None: it names none) was made for this one."""
    return named is None or named == str(user_id)


def owns_link(request: HttpRequest, *, user_id: UUID) -> bool:
    """Tell whether the page that held this link was made for this user."""
    return is_owner(request.GET.get(PARAMETER), user_id=user_id)


class PageOwnerMiddleware:
    """
    Answer 401, in the API's words, to a script whose page was made for another user.

    It covers every address behind Django's own handler; the others ask ``is_owner`` themselves.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        named = request.META.get(HEADER)
        # Where no user is named the session's is not looked up.
        if named is None or not isinstance(request.user, User):
            return self._get_response(request)
        if is_owner(named, user_id=request.user.user_id):
            return self._get_response(request)
        error = unauthorized()
        return JsonResponse(error.body(), status=error.status)


class PageOwnerSockets:
    """
    Close the sockets that a page opens with the session of another user than its own.

    A page of somebody who has signed out reconnects with the session of whoever came after.
    """

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        query = parse_qs(scope["query_string"].decode("ascii", "replace"), keep_blank_values=True)
        named = query.get(PARAMETER, [None])[0]
        user = scope.get("user")
        if isinstance(user, User) and not is_owner(named, user_id=user.user_id):
            await receive()
            # Accepted first: a browser sees the close code of an open socket only.
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.close", "code": SESSION_ENDED})
        else:
            await self._application(scope, receive, send)
