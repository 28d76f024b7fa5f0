"""
A provider on this machine: one free port that speaks its stream and its REST, and fails on demand.

``LoopbackServer`` owns the sockets, the faults and a small market; a subclass knows the vendor's
words: ``converse`` (greet, authenticate, subscribe), ``encode`` (our updates as one vendor frame)
and ``respond`` (REST).
"""

import asyncio
import contextlib
import http
import json
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import TypeVar
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from marketdata.contracts import Bar, CorporateAction, Listing, Quote, Trade, Update

Row = TypeVar("Row")


@unique
class Fault(StrEnum):
    """What a provider may say instead of a welcome, or in the middle of the stream."""

    AUTHENTICATION = "AUTHENTICATION"
    CONNECTION_LIMIT = "CONNECTION_LIMIT"
    SYMBOL_LIMIT = "SYMBOL_LIMIT"
    NOT_ENTITLED = "NOT_ENTITLED"
    SLOW_CLIENT = "SLOW_CLIENT"


@dataclass(frozen=True, slots=True, kw_only=True)
class RestRequest:
    path: str
    query: Mapping[str, str]  # the last value of each
    headers: Mapping[str, str]  # names in lower case


@dataclass(frozen=True, slots=True, kw_only=True)
class RestReply:
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b"{}"
    cut: bool = False  # close without a word

    @classmethod
    def of(cls, value: object, *, status: int = 200, **headers: str) -> "RestReply":
        """Answer with JSON; ``Retry_After="1"`` becomes the header ``Retry-After``."""
        names = {name.replace("_", "-"): text for name, text in headers.items()}
        return cls(
            status=status,
            headers={"Content-Type": "application/json", **names},
            body=json.dumps(value).encode(),
        )


class Refused(Exception):
    """Raised by ``converse`` after it has told the client why: the connection is then closed."""


class LoopbackServer:
    """
    Start it, use ``stream_url`` and ``rest_url``, stop it.

    ``said`` holds what clients sent, ``asked`` every REST request. ``fault`` is what the next
    connections hear instead of a welcome. ``replies`` are REST answers that go before the true
    ones. ``refusing`` answers handshakes with ``refusing_status``. ``converse`` leaves in
    ``subscribed`` the symbols that the newest client follows; ``bars``, ``trades``... are the
    history.
    """

    def __init__(self) -> None:
        self.port = 0
        self.fault: Fault | None = None
        self.refusing = False
        self.refusing_status = 503
        self.said: list[str | bytes] = []
        self.asked: list[RestRequest] = []
        self.replies: deque[RestReply] = deque()
        self.page_size = 1000
        self.connection_count = 0
        self.subscribed: set[str] = set()
        self.bars: dict[str, list[Bar]] = defaultdict(list)
        self.daily_bars: dict[str, list[Bar]] = defaultdict(list)
        self.trades: dict[str, list[Trade]] = defaultdict(list)
        self.quotes: dict[str, list[Quote]] = defaultdict(list)
        self.actions: list[CorporateAction] = []
        self.listings: list[Listing] = []
        self._server: Server | None = None
        self._open: set[ServerConnection] = set()
        self._ready: set[ServerConnection] = set()
        self._stalled: set[ServerConnection] = set()

    # --- The vendor's words -----------------------------------------------------------------------
    async def converse(self, client: ServerConnection) -> None:
        """
        Greet, authenticate and subscribe one client, as the vendor does; return when it is ready.

        Say what ``self.fault`` is, in the vendor's words, and raise ``Refused``.
        """
        raise NotImplementedError

    def encode(self, updates: Sequence[Update]) -> str | bytes:
        """Return one vendor frame that says all of this."""
        raise NotImplementedError

    def encode_fault(self, fault: Fault) -> str | bytes:
        """Return the frame that says this fault in the middle of the stream."""
        raise NotImplementedError

    async def answer(self, client: ServerConnection, frame: str | bytes) -> None:
        """Answer what a client says after it is ready: nothing, unless the vendor does."""

    def respond(self, request: RestRequest) -> RestReply:
        """Answer a REST request from ``bars``, ``trades``..., by pages of ``page_size``."""
        raise NotImplementedError

    def rate_limited(self, *, retry_after_s: float) -> RestReply:
        """Return the vendor's 429 with its headers."""
        raise NotImplementedError

    # --- Life -------------------------------------------------------------------------------------
    @property
    def stream_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    @property
    def rest_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Listen: on a free port, or again on the one it had."""
        self._server = await serve(
            self._serve,
            "127.0.0.1",
            self.port,
            process_request=self._process_request,
            compression=None,
            ping_interval=None,
        )
        self.port = next(iter(self._server.sockets)).getsockname()[1]

    async def stop(self) -> None:
        """Stop listening and cut everybody: the process was killed."""
        server, self._server = self._server, None
        if server is not None:
            # Who is being let in gets in first: asyncio loses sockets of a server that closes then.
            for listening in server.sockets:
                asyncio.get_running_loop().remove_reader(listening.fileno())
            await asyncio.sleep(0)
            self.cut()
            server.close(close_connections=False)
            await server.wait_closed()

    async def restart(self) -> None:
        await self.stop()
        await self.start()

    # --- Faults -----------------------------------------------------------------------------------
    def cut(self) -> None:
        """Break every connection without a closing handshake."""
        for client in list(self._open):
            client.transport.abort()

    def stall(self) -> None:
        """Let the present connections hang: open, and silent from now on."""
        self._stalled |= self._ready
        self._ready.clear()

    async def drop_slow_clients(self) -> None:
        """Say the vendor's word for a slow client, then close."""
        for client in list(self._ready):
            await client.send(self.encode_fault(Fault.SLOW_CLIENT))
            await client.close(1008)

    async def say(self, *updates: Update) -> None:
        """Send all of this to every ready client, in one frame."""
        await self.say_raw(self.encode(updates))

    async def say_raw(self, frame: str | bytes) -> None:
        for client in list(self._ready):
            with contextlib.suppress(ConnectionClosed):
                await client.send(frame)

    async def flood(self, frames: Iterable[str | bytes]) -> None:
        """Send as fast as the client takes it."""
        for frame in frames:
            await self.say_raw(frame)

    @property
    def ready_count(self) -> int:
        """How many clients are subscribed and hear us."""
        return len(self._ready)

    # --- Sockets ----------------------------------------------------------------------------------
    async def _serve(self, client: ServerConnection) -> None:
        self.connection_count += 1
        self._open.add(client)
        try:
            await self.converse(client)
            self._ready.add(client)
            async for frame in client:
                self.said.append(frame)
                await self.answer(client, frame)
        except Refused:
            await client.close(1008)
        except ConnectionClosed:
            pass
        finally:
            self._open.discard(client)
            self._ready.discard(client)
            self._stalled.discard(client)

    async def hear(self, client: ServerConnection) -> str | bytes:
        """Return the client's next frame and remember it."""
        frame = await client.recv()
        self.said.append(frame)
        return frame

    async def _process_request(
        self, connection: ServerConnection, request: Request
    ) -> Response | None:
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return connection.respond(self.refusing_status, "no\n") if self.refusing else None
        parts = urlsplit(request.path)
        asked = RestRequest(
            path=parts.path,
            query={name: values[-1] for name, values in parse_qs(parts.query).items()},
            headers={name.lower(): value for name, value in request.headers.raw_items()},
        )
        self.asked.append(asked)
        reply = self.replies.popleft() if self.replies else self.respond(asked)
        if reply.cut:
            connection.transport.abort()
            return None
        headers = Headers()
        for name, value in reply.headers.items():
            headers[name] = value
        headers["Content-Length"] = str(len(reply.body))
        headers["Connection"] = "close"
        return Response(reply.status, http.HTTPStatus(reply.status).phrase, headers, reply.body)


def page_of(
    rows: Sequence[Row], *, token: str | None, size: int
) -> tuple[Sequence[Row], str | None]:
    """Return the page that ``token`` (the index of its first row) asks for, and the next token."""
    first = int(token or 0)
    return rows[first : first + size], (str(first + size) if first + size < len(rows) else None)
