"""
A lean way from ASGI to a view, for the endpoints that orders wait for.

Django's own handler gives each request a thread and the whole middleware chain, which costs more
than the work itself. Here a request is resolved in the same URL configuration, given its id, and
answered. Views behind it authenticate for themselves and raise ``WireError``.
"""

from functools import lru_cache
from inspect import isawaitable
from io import BytesIO

import orjson
import structlog
from django.core.exceptions import SuspiciousOperation
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.urls import Resolver404, ResolverMatch, resolve

from trading.infra.bodies import Receive, Scope, Send
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
    """Serve one HTTP request; its whole body is the first message (``BoundedBodies``)."""
    request_id = begin_request()
    body = (await receive())["body"]
    response = await _respond(ASGIRequest(scope, BytesIO(body)))
    response.headers["X-Request-ID"] = request_id
    await _send(response, send, has_body=scope["method"] != "HEAD")


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
