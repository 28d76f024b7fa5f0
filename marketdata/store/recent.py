"""
The newest ticks of each symbol, in this process: what the running session has said.

The event loop's thread adds; any thread may read. A ring is bounded, so a busy day keeps its end.
"""

from collections import deque
from typing import Generic, TypeVar

from marketdata.contracts import Quote, Trade

# About a hundred megabytes when every ring is full. Half of them are trades.
TICKS_MAX = 300_000
RING_MIN = 200

TickT = TypeVar("TickT", Quote, Trade)


class Ring(Generic[TickT]):
    """The newest ticks of one kind, by symbol: the more symbols, the fewer of each."""

    def __init__(self) -> None:
        self._ticks: dict[str, deque[TickT]] = {}
        self._size = TICKS_MAX // 2

    def add(self, tick: TickT) -> None:
        ring = self._ticks.get(tick.symbol)
        if ring is None:
            self._ticks[tick.symbol] = deque(maxlen=self._size)
            self._share()
            ring = self._ticks[tick.symbol]
        ring.append(tick)

    def within(self, *, symbol: str, ts_from: int, ts_to: int) -> list[TickT]:
        """Return the ticks that happened within [ts_from, ts_to], as they were accepted."""
        # A copy is one step for other threads; walking the ring itself is not.
        ticks = tuple(self._ticks.get(symbol, ()))
        return [tick for tick in ticks if ts_from <= tick.ts_event <= ts_to]

    def _share(self) -> None:
        """Halve the rings each time the number of symbols has doubled."""
        size = max(RING_MIN, TICKS_MAX // 2 // (1 << (len(self._ticks) - 1).bit_length()))
        if size < self._size:
            self._size = size
            self._ticks = {symbol: deque(ring, maxlen=size) for symbol, ring in self._ticks.items()}


class RecentTicks:
    def __init__(self) -> None:
        self.trades: Ring[Trade] = Ring()
        self.quotes: Ring[Quote] = Ring()

    def add(self, tick: object) -> None:
        if isinstance(tick, Trade):
            self.trades.add(tick)
        elif isinstance(tick, Quote):
            self.quotes.add(tick)
