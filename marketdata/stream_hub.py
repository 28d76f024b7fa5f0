"""
The fan-out to API clients: every message, in order, encoded once for all who follow it.

Nothing is conflated here, so what waits for a client is bounded instead: one that reads too slowly
is told so and dropped. Everything belongs to the event loop's thread.
"""

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping
from uuid import UUID

import structlog

from marketdata.domain import stream_requests as wire
from marketdata.domain.stream_messages import (
    Channel,
    Data,
    Encoding,
    encode,
    encode_control,
    frame,
)
from marketdata.domain.stream_requests import EVERY_SYMBOL, FOLLOWS_TRADES, StreamError

# Some seconds of a busy market, and a few megabytes at the most.
WAITING_MAX = 16_384
# Keeps a frame below the megabyte that clients accept by default.
FRAME_MESSAGES_MAX = 1_000


log = structlog.get_logger(__name__)


class _Control(bytes):
    """A message that goes in a frame of its own: clients read the first frames one by one."""

    __slots__ = ()


class StreamConnection:
    """
    What one client follows and what waits to be sent to it.

    ``user_id`` is who it is and ``key_id`` by which key, None until it has said so.
    """

    def __init__(self, *, encoding: Encoding) -> None:
        self.encoding = encoding
        self.user_id: UUID | None = None
        self.key_id: str | None = None
        self.following: dict[Channel, set[str]] = {}
        self.is_ending = False
        self.ending = asyncio.Event()
        self._waiting: deque[bytes] = deque()
        self._wake = asyncio.Event()

    @property
    def is_authenticated(self) -> bool:
        return self.user_id is not None

    @property
    def symbols_followed(self) -> int:
        return sum(len(symbols) for symbols in self.following.values())

    async def next_frame(self) -> str | bytes | None:
        """Wait until something is waiting and return it as one frame; None: close now."""
        while not self._waiting:
            if self.is_ending:
                return None
            self._wake.clear()
            await self._wake.wait()
        return frame(messages=self._take(), encoding=self.encoding)

    def put(self, message: bytes) -> None:
        """Let a message wait; if too many do already, tell the client so instead, and end."""
        if self.is_ending:
            return
        if len(self._waiting) >= WAITING_MAX:
            self.end(StreamError.SLOW_CLIENT)
            return
        self._waiting.append(message)
        self._wake.set()

    def say(self, fields: Mapping[str, object]) -> None:
        """Let a message about the dialogue wait; it counts like the others."""
        self.put(_Control(encode_control(fields=fields, encoding=self.encoding)))

    def end(self, error: StreamError) -> None:
        """Say why, then close. A slow client's backlog is forgotten; others get theirs first."""
        if self.is_ending:
            return
        if error is StreamError.SLOW_CLIENT:
            log.warning("a market-data client reads too slowly", user_id=str(self.user_id))
            self._waiting.clear()
        self.say(wire.error(error))
        self.is_ending = True
        self.ending.set()
        self._wake.set()

    def _take(self) -> list[bytes]:
        waiting = self._waiting
        taken = [waiting.popleft()]
        if isinstance(taken[0], _Control):
            return taken
        while waiting and len(taken) < FRAME_MESSAGES_MAX:
            if isinstance(waiting[0], _Control):
                break
            taken.append(waiting.popleft())
        return taken


class StreamHub:
    """Who follows what."""

    def __init__(self) -> None:
        self.connections: set[StreamConnection] = set()
        self._followers: dict[tuple[Channel, str], set[StreamConnection]] = {}

    def open(self, *, encoding: Encoding) -> StreamConnection:
        connection = StreamConnection(encoding=encoding)
        self.connections.add(connection)
        return connection

    def close(self, connection: StreamConnection) -> None:
        for channel, symbols in connection.following.items():
            self._remove(connection, channel, symbols)
        connection.following.clear()
        self.connections.discard(connection)

    def admit(
        self, connection: StreamConnection, *, user_id: UUID, key_id: str, connections_max: int
    ) -> bool:
        """Let the connection be the user's, unless the user has that many already."""
        others = sum(other.user_id == user_id and not other.is_ending for other in self.connections)
        if others >= connections_max:
            return False
        connection.user_id, connection.key_id = user_id, key_id
        return True

    def subscribe(
        self, connection: StreamConnection, symbols: Mapping[Channel, Iterable[str]]
    ) -> None:
        for channel, added in symbols.items():
            following = connection.following.setdefault(channel, set())
            for symbol in added:
                following.add(symbol)
                self._followers.setdefault((channel, symbol), set()).add(connection)

    def unsubscribe(
        self, connection: StreamConnection, symbols: Mapping[Channel, Iterable[str]]
    ) -> None:
        for channel, removed in symbols.items():
            self._remove(connection, channel, removed)
            connection.following.get(channel, set()).difference_update(removed)

    def is_followed(self, channel: Channel) -> bool:
        """Tell whether anybody follows the channel, whatever the symbol."""
        return any(connection.following.get(channel) for connection in self.connections)

    def followed(self, channel: Channel) -> frozenset[str] | None:
        """Return the symbols that somebody follows in the channel; None if it is every symbol."""
        symbols = frozenset(symbol for asked, symbol in self._followers if asked is channel)
        return None if EVERY_SYMBOL in symbols else symbols

    def wanted(self) -> frozenset[str]:
        """Return the symbols that somebody follows by name in any channel."""
        return frozenset(symbol for _, symbol in self._followers) - {EVERY_SYMBOL}

    def publish(self, channel: Channel, data: Data) -> None:
        """Send ``data`` to who follows its symbol in the channel, or every symbol, once each."""
        asked = Channel.TRADES if channel in FOLLOWS_TRADES else channel
        followers = self._followers.get((asked, data.symbol))
        everything = self._followers.get((asked, EVERY_SYMBOL))
        if everything:
            followers = everything | followers if followers else everything
        if not followers:
            return
        encoded: dict[Encoding, bytes] = {}
        for connection in followers:
            encoding = connection.encoding
            if encoding not in encoded:
                encoded[encoding] = encode(channel=channel, data=data, encoding=encoding)
            connection.put(encoded[encoding])

    def _remove(
        self, connection: StreamConnection, channel: Channel, symbols: Iterable[str]
    ) -> None:
        for symbol in symbols:
            followers = self._followers.get((channel, symbol))
            if followers is not None:
                followers.discard(connection)
                if not followers:
                    del self._followers[channel, symbol]
