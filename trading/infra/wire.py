"""Errors as the API's clients see them: ``{"code": <8 digits>, "message": "...", ...}``."""

from typing import Any

from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response

from trading.kernel.errors import TradingError

# HTTP status x 100000 + n, the wire contract's numbering.
MALFORMED_BODY = 40010000
MALFORMED_PARAMETER = 40010001
FORBIDDEN = 40310000
NOT_FOUND = 40410000
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


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn the errors of Django REST framework's views into the wire's bodies."""
    if isinstance(error, WireError):
        return Response(error.body(), status=error.status, headers=error.headers)
    if isinstance(error, Http404):
        return Response({"code": NOT_FOUND, "message": "endpoint not found."}, status=404)
    if isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        return Response({"message": "unauthorized."}, status=401)
    if isinstance(error, exceptions.ParseError):
        return Response(malformed_body().body(), status=400)
    if isinstance(error, exceptions.APIException):
        number = error.status_code * 100_000
        return Response({"code": number, "message": str(error.detail)}, status=error.status_code)
    del context
    return None
