"""
The body of a request, read whole before anything is done for it, and bounded in size and time.

Nobody is authenticated yet while a body comes in, so whoever sends one can take neither the disk
nor a place for as long as they like.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson

from trading.infra.observability import begin_request
from trading.infra.wire import WireError, is_api_path

# No address takes files: forms and orders are far smaller than this.
BODY_BYTES_MAX = 64 * 1024
BODY_SECONDS_MAX = 60.0

Scope = Mapping[str, Any]
Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class _ClientGone(Exception):
    """The client hung up before its request was whole: nothing is done, nobody is answered."""


class BoundedBodies:
    """
    An ASGI application for HTTP that hands ``application`` each request with its whole body.

    The first message that ``application`` receives holds the body, the next one is the client's
    leaving. A body of more than ``bytes_max`` is answered with 413, without waiting for it where
    its length is told; one that is not whole after ``seconds_max`` with 408. Both close the
    connection, since what is still on its way is no request.
    """

    def __init__(
        self,
        application: Application,
        *,
        bytes_max: int = BODY_BYTES_MAX,
        seconds_max: float = BODY_SECONDS_MAX,
    ) -> None:
        self._application = application
        self._bytes_max = bytes_max
        self._seconds_max = seconds_max

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await self._read(scope, receive)
        except _ClientGone:
            return
        except WireError as error:
            await _refuse(scope, send, error)
            return
        is_told = False

        async def receive_whole() -> Message:
            nonlocal is_told
            if is_told:
                return await receive()
            is_told = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._application(scope, receive_whole, send)

    async def _read(self, scope: Scope, receive: Receive) -> bytes:
        if _told_length(scope) > self._bytes_max:
            raise _too_large()
        parts: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(self._seconds_max):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise _ClientGone
                    parts.append(message.get("body", b""))
                    size += len(parts[-1])
                    if size > self._bytes_max:
                        raise _too_large()
                    if not message.get("more_body", False):
                        return b"".join(parts)
        except TimeoutError:
            told = "request body did not arrive in time"
            raise WireError(told, status=408, number=40800000) from None


def _told_length(scope: Scope) -> int:
    """Return the length that the client announces, bytes; 0 where it announces none."""
    return max(
        (int(text) for name, text in scope["headers"] if name == b"content-length"), default=0
    )


def _too_large() -> WireError:
    return WireError("request body is too large", status=413, number=41300000)


async def _refuse(scope: Scope, send: Send, error: WireError) -> None:
    """Answer the API's clients in JSON, everybody else in plain text, and close."""
    if is_api_path(scope["path"]):
        content_type, body = b"application/json", orjson.dumps(error.body())
    else:
        content_type, body = b"text/plain; charset=utf-8", f"{error.message}\n".encode()
    headers = [
        (b"content-type", content_type),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
        (b"x-request-id", begin_request().encode()),
    ]
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
