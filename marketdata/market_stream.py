"""The market-data stream of API clients: ``/v2/{feed}``, in Alpaca's protocol."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from marketdata import interface
from marketdata.stream_hub import StreamConnection
from trading.identity.authentication import KEY_HEADER, SECRET_HEADER

# All are served from the platform's own market; clients insist on naming one.
FEEDS = frozenset({"iex", "sip", "delayed_sip", "test"})
# How long a client that is dropped may take to read why.
FAREWELL_SECONDS_MAX = 30.0
POLICY_VIOLATION = 1008

_NOT_FOUND = b'{"code":40410000,"message":"endpoint not found."}'

Scope = Mapping[str, Any]
Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


async def market_stream(scope: Scope, receive: Receive, send: Send) -> None:
    """
    Serve one client.

    One task does all sending, so at most one frame is on its way; another all receiving, so a
    client that does not read is still heard, and noticed when it goes.
    """
    await receive()
    if scope["url_route"]["kwargs"]["feed"] not in FEEDS:
        await _refuse(scope, send)
        return
    await send({"type": "websocket.accept"})
    headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
    stream = interface.open_market_stream(content_type=headers.get("content-type", ""))
    sending = asyncio.create_task(_send_frames(stream, send))
    receiving = asyncio.create_task(_receive_messages(stream, headers, receive))
    ending = asyncio.create_task(stream.ending.wait())
    try:
        await asyncio.wait((sending, receiving, ending), return_when=asyncio.FIRST_COMPLETED)
        if ending.done():
            await asyncio.wait((sending,), timeout=FAREWELL_SECONDS_MAX)
    finally:
        interface.close_market_stream(connection=stream)
        tasks = (sending, receiving, ending)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def refuse_unknown_stream(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer the handshake with an address of the API that has no stream."""
    await receive()
    await _refuse(scope, send)


async def _refuse(scope: Scope, send: Send) -> None:
    """Answer the handshake like any address that does not exist."""
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close"})
        return
    headers = [(b"content-type", b"application/json")]
    await send({"type": "websocket.http.response.start", "status": 404, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": _NOT_FOUND})


async def _send_frames(stream: StreamConnection, send: Send) -> None:
    while (frame := await stream.next_frame()) is not None:
        kind = "text" if isinstance(frame, str) else "bytes"
        await send({"type": "websocket.send", kind: frame})
    await send({"type": "websocket.close", "code": POLICY_VIOLATION})


async def _receive_messages(
    stream: StreamConnection, headers: Mapping[str, str], receive: Receive
) -> None:
    """Return when the client has gone."""
    key_id = headers.get(KEY_HEADER.lower())
    if key_id is not None:
        await interface.authenticate_market_stream(
            connection=stream, key_id=key_id, secret=headers.get(SECRET_HEADER.lower(), "")
        )
    while (message := await receive())["type"] != "websocket.disconnect":
        text = message.get("text")
        await interface.answer_market_stream(
            connection=stream, data=text if text is not None else message.get("bytes") or b""
        )
