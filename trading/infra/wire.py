"""Errors as the API's clients see them: ``{"code": <8 digits>, "message": "...", ...}``."""

import re
from collections.abc import Iterable
from typing import Any

import structlog
from django.core.exceptions import SuspiciousOperation
from django.http import Http404
from rest_framework import exceptions
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response

from trading.infra.database import CONNECTION_LOST
from trading.kernel.errors import TradingError

log = structlog.get_logger(__name__)

# Whatever lies below a version belongs to the API, and is answered in JSON: /v2, //v2/account,
# /v1beta3/crypto/us/bars ... As URL tables write it, without the first slash.
API_PREFIX = r"^/*[vV][0-9]+[A-Za-z0-9]*(?:/|$)"
_API_PREFIX = re.compile(API_PREFIX)

# HTTP status x 100000 + n, the wire contract's numbering.
MALFORMED_BODY = 40010000
MALFORMED_PARAMETER = 40010001
FORBIDDEN = 40310000
NOT_FOUND = 40410000
METHOD_NOT_ALLOWED = 40500000
RULE = 42210000
SERVER = 50010000
UNAVAILABLE = 50310000


class WireError(TradingError):
    """An error that knows its HTTP status and its number on the wire."""

    code = "WIRE_ERROR"

    def __init__(self, message: str, *, status: int, number: int | None, **extra: object) -> None:
        super().__init__(message, **extra)
        self.status = status
        self.number = number

    @property
    def headers(self) -> dict[str, str]:
        return {}

    def body(self) -> dict[str, object]:
        numbered: dict[str, object] = {} if self.number is None else {"code": self.number}
        return {**numbered, "message": self.message, **self.context}


class TooManyRequests(WireError):
    """Ask again after ``retry_after_s`` seconds."""

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        super().__init__(message, status=429, number=None)
        self.retry_after_s = retry_after_s

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.retry_after_s)}


class MethodNotAllowed(WireError):
    """The address is right, the method is not; ``allowed`` are those that are."""

    def __init__(self, allowed: Iterable[str]) -> None:
        super().__init__("method not allowed", status=405, number=METHOD_NOT_ALLOWED)
        self.allowed = tuple(allowed)

    @property
    def headers(self) -> dict[str, str]:
        return {"Allow": ", ".join(self.allowed)}


def is_api_path(path: str) -> bool:
    """Tell whether an address is the API's, whether or not it leads anywhere."""
    return _API_PREFIX.match(path) is not None


def unauthorized() -> WireError:
    return WireError("unauthorized.", status=401, number=None)


def not_found(message: str, **extra: object) -> WireError:
    return WireError(message, status=404, number=NOT_FOUND, **extra)


def malformed_body(message: str = "request body format is invalid") -> WireError:
    return WireError(message, status=400, number=MALFORMED_BODY)


def malformed_parameter(message: str, **extra: object) -> WireError:
    return WireError(message, status=422, number=MALFORMED_PARAMETER, **extra)


def forbidden(message: str, **extra: object) -> WireError:
    return WireError(message, status=403, number=FORBIDDEN, **extra)


def rule_broken(message: str, **extra: object) -> WireError:
    return WireError(message, status=422, number=RULE, **extra)


def unavailable() -> WireError:
    return WireError("the database is not available; try again", status=503, number=UNAVAILABLE)


def internal_error() -> WireError:
    return WireError("internal server error occurred", status=500, number=SERVER)


class JsonOnly(BaseContentNegotiation):
    """JSON is what there is, whatever a client would like better."""

    def select_parser(self, request: Request, parsers: Iterable[Any]) -> Any:  # noqa: ANN401, ARG002 - REST framework's signature
        return next(iter(parsers))

    def select_renderer(
        self,
        request: Request,  # noqa: ARG002 - REST framework's signature
        renderers: Iterable[Any],
        format_suffix: str | None = None,  # noqa: ARG002
    ) -> tuple[Any, str]:
        renderer = next(iter(renderers))
        return renderer, renderer.media_type


def exception_handler(error: Exception, context: dict[str, Any]) -> Response:
    """Turn whatever REST framework's views raise into the wire's bodies: never a page."""
    answer = _anticipated(error)
    if answer is None:
        request = context.get("request")
        path = "" if request is None else request.path
        log.error("a request failed", path=path, exc_info=error)
        is_database = isinstance(error, CONNECTION_LOST)
        answer = unavailable() if is_database else internal_error()
    return Response(answer.body(), status=answer.status, headers=answer.headers)


def _anticipated(error: Exception) -> WireError | None:
    match error:
        case WireError():
            return error
        case Http404():
            return not_found("endpoint not found.")
        case exceptions.NotAuthenticated() | exceptions.AuthenticationFailed():
            return unauthorized()
        case exceptions.ParseError() | SuspiciousOperation():
            return malformed_body()
        case exceptions.APIException():
            return WireError(
                str(error.detail), status=error.status_code, number=error.status_code * 100_000
            )
    return None
