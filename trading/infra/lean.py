"""
A lean way from ASGI to a view, for the endpoints that orders wait for.

Django's own handler gives each request a thread and the whole middleware chain, which costs more
than the work itself. Here a request is read, resolved in the same URL configuration, given its id,
and answered. Views behind it authenticate for themselves and raise ``WireError``.
"""

from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from inspect import isawaitable
from io import BytesIO
from typing import Any

import orjson
import structlog
from django.core.exceptions import SuspiciousOperation
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.urls import Resolver404, ResolverMatch, resolve

from trading.infra.database import CONNECTION_LOST
from trading.infra.observability import begin_request
from trading.infra.wire import (
    WireError,
    internal_error,
    malformed_body,
    not_found,
    unavailable,
)

log = structlog.get_logger(__name__)

BODY_BYTES_MAX = 64 * 1024

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]


class ClientGone(Exception):
    """The client hung up before its request was whole: nothing is done, nobody is answered."""


def json_response(body: object, *, status: int = 200) -> HttpResponse:
    """Answer with JSON; UUIDs and datetimes are written as the wire writes them."""
    return HttpResponse(orjson.dumps(body), content_type="application/json", status=status)


def error_response(error: WireError) -> HttpResponse:
    """Answer with an error's body, status and headers."""
    response = json_response(error.body(), status=error.status)
    for name, value in error.headers.items():
        response.headers[name] = value
    return response


async def lean_application(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve one HTTP request."""
    request_id = begin_request()
    try:
        body = await _read_body(receive)
    except ClientGone:
        return
    except WireError as error:
        response = error_response(error)
    else:
        response = await _respond(ASGIRequest(scope, BytesIO(body)))
    response.headers["X-Request-ID"] = request_id
    await _send(response, send, has_body=scope["method"] != "HEAD")


async def _read_body(receive: Receive) -> bytes:
    """
    Return the whole body.

    :raises ClientGone: if the connection closed first
    :raises WireError: if the body is too large
    """
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > BODY_BYTES_MAX:
            raise WireError("request body is too large", status=413, number=41300000)
        if not message.get("more_body", False):
            return b"".join(parts)


@lru_cache(maxsize=1024)
def _resolve(path: str) -> ResolverMatch:
    return resolve(path)


async def _respond(request: ASGIRequest) -> HttpResponse:
    try:
        match = _resolve(request.path_info)
        answer = match.func(request, *match.args, **match.kwargs)
        response: HttpResponse = await answer if isawaitable(answer) else answer
    except Resolver404:
        return error_response(not_found("endpoint not found."))
    except WireError as error:
        return error_response(error)
    except (SuspiciousOperation, MultiPartParserError):
        return error_response(malformed_body())
    except CONNECTION_LOST:
        log.warning("a request met no database", path=request.path)
        return error_response(unavailable())
    except Exception:
        log.exception("a request failed", path=request.path)
        return error_response(internal_error())
    return response


async def _send(response: HttpResponse, send: Send, *, has_body: bool) -> None:
    headers = [(name.lower().encode(), value.encode()) for name, value in response.items()]
    headers.append((b"content-length", str(len(response.content)).encode()))
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": response.content if has_body else b""})
