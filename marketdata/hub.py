"""
The fan-out of quotes to sockets: each value is encoded once and handed to all who asked for it.

Everything here belongs to the event loop's thread. A connection holds at most the newest value per
symbol, so a client that reads slowly, or not at all, costs no memory and gets the newest values
when it reads again: the last message it gets for a symbol is the last that happened.
"""

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping

from marketdata.domain import frames
from marketdata.domain.conflation import Conflated

MAX_SYMBOLS = 500  # one connection's


class Connection:
    """What waits to be sent to one client."""

    def __init__(self) -> None:
        self.symbols: set[str] = set()
        self._values: Conflated[str, str] = Conflated()
        self.book_symbol: str | None = None
        self._book: str | None = None
        self._feed: str | None = None
        # The oldest go first: a client that keeps making mistakes without reading loses some.
        self._errors: deque[str] = deque(maxlen=MAX_SYMBOLS)
        self._wake = asyncio.Event()

    async def next_frame(self) -> str:
        """Wait until something is waiting and return it as one frame."""
        while True:
            await self._wake.wait()
            frame = self._take()
            if frame is not None:
                return frame
            self._wake.clear()

    def put(self, symbol: str, value: str) -> None:
        self._values.put(symbol, value)
        self._wake.set()

    def put_feed(self, frame: str) -> None:
        self._feed = frame
        self._wake.set()

    def put_book(self, frame: str) -> None:
        self._book = frame
        self._wake.set()

    def drop_book(self) -> None:
        self._book = None

    def put_error(self, frame: str) -> None:
        self._errors.append(frame)
        self._wake.set()

    def drop(self, symbol: str) -> None:
        self._values.drop(symbol)

    def _take(self) -> str | None:
        if self._feed is not None:
            frame, self._feed = self._feed, None
            return frame
        if self._errors:
            return self._errors.popleft()
        if self._values:
            return frames.ticks_frame(values=self._values.take().values())
        book, self._book = self._book, None
        return book


class Hub:
    def __init__(self) -> None:
        self._connections: set[Connection] = set()
        self._by_symbol: dict[str, set[Connection]] = {}
        self._by_book: dict[str, set[Connection]] = {}

    @property
    def connection_count(self) -> int:
        """How many clients are connected. Any thread may ask."""
        return len(self._connections)

    def open(self) -> Connection:
        connection = Connection()
        self._connections.add(connection)
        return connection

    def close(self, connection: Connection) -> None:
        self.unsubscribe(connection, list(connection.symbols))
        self.leave_book(connection)
        self._connections.discard(connection)

    def subscribe(self, connection: Connection, current: Mapping[str, str]) -> None:
        """Send the connection the current value of each symbol, then every newer one."""
        for symbol, value in current.items():
            connection.symbols.add(symbol)
            self._by_symbol.setdefault(symbol, set()).add(connection)
            connection.put(symbol, value)

    def unsubscribe(self, connection: Connection, symbols: Iterable[str]) -> None:
        for symbol in symbols:
            connection.symbols.discard(symbol)
            connection.drop(symbol)
            subscribers = self._by_symbol.get(symbol)
            if subscribers is not None:
                subscribers.discard(connection)
                if not subscribers:
                    del self._by_symbol[symbol]

    def wanted(self) -> frozenset[str]:
        """Return the symbols that somebody follows, by value or by book."""
        return frozenset(self._by_symbol) | frozenset(self._by_book)

    def is_wanted(self, symbol: str) -> bool:
        return symbol in self._by_symbol

    def publish(self, symbol: str, value: str) -> None:
        for connection in self._by_symbol.get(symbol, ()):
            connection.put(symbol, value)

    def follow_book(self, connection: Connection, symbol: str, frame: str) -> None:
        """Send the connection this symbol's current book, then every newer one, and no other's."""
        self.leave_book(connection)
        connection.book_symbol = symbol
        self._by_book.setdefault(symbol, set()).add(connection)
        connection.put_book(frame)

    def leave_book(self, connection: Connection) -> None:
        symbol, connection.book_symbol = connection.book_symbol, None
        connection.drop_book()
        if symbol is not None:
            followers = self._by_book[symbol]
            followers.discard(connection)
            if not followers:
                del self._by_book[symbol]

    def is_book_wanted(self, symbol: str) -> bool:
        return symbol in self._by_book

    def publish_book(self, symbol: str, frame: str) -> None:
        for connection in self._by_book.get(symbol, ()):
            connection.put_book(frame)

    def announce(self, frame: str) -> None:
        """Tell every connection how the feed is."""
        for connection in self._connections:
            connection.put_feed(frame)
