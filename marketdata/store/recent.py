"""
The newest ticks of each symbol, in this process: what the running session has said.

The event loop's thread adds; any thread may read. A ring is bounded, so a busy day keeps its end.
"""

from collections import deque
from typing import Any, Generic, TypeVar

from marketdata.contracts import Quote, Trade, TradeCancel, TradeCorrection, Update
from marketdata.domain.amendments import Amendment

# About a hundred and twenty megabytes when every ring is full. Half of them are trades.
TICKS_MAX = 300_000
AMENDMENTS_MAX = 20_000
RING_MIN = 200

TickT = TypeVar("TickT", Quote, Trade, Amendment)


class Ring(Generic[TickT]):
    """The newest ticks of one kind, by symbol: the more symbols, the fewer of each."""

    def __init__(self, *, size: int) -> None:
        self._ticks: dict[str, deque[tuple[int, TickT]]] = {}
        self._size_max = self._size = size

    def add(self, seq: int, tick: TickT) -> None:
        """Take the tick that was accepted as number ``seq``."""
        ring = self._ticks.get(tick.symbol)
        if ring is None:
            self._ticks[tick.symbol] = deque(maxlen=self._size)
            self._share()
            ring = self._ticks[tick.symbol]
        ring.append((seq, tick))

    def of(self, symbol: str) -> tuple[tuple[tuple[int, TickT], ...], bool]:
        """Return the symbol's ticks with their numbers, and whether older ones may have gone."""
        ring = self._ticks.get(symbol)
        if ring is None:
            return (), False
        # A copy is one step for other threads; walking the ring itself is not.
        ticks = tuple(ring)
        return ticks, len(ticks) == ring.maxlen

    def _share(self) -> None:
        """Halve the rings each time the number of symbols has doubled."""
        size = max(RING_MIN, self._size_max // (1 << (len(self._ticks) - 1).bit_length()))
        if size < self._size:
            self._size = size
            self._ticks = {symbol: deque(ring, maxlen=size) for symbol, ring in self._ticks.items()}


class RecentTicks:
    """``first`` and ``last`` are the numbers of all that was added, of whatever kind."""

    def __init__(self) -> None:
        self.first = self.last = 0
        self.trades: Ring[Trade] = Ring(size=TICKS_MAX // 2)
        self.quotes: Ring[Quote] = Ring(size=TICKS_MAX // 2)
        self.amendments: Ring[Amendment] = Ring(size=AMENDMENTS_MAX)

    def of(
        self, kind: type[Any], symbol: str
    ) -> tuple[tuple[tuple[int, Any], ...], tuple[int, int] | None]:
        """
        Return what is kept of a symbol in the ring of this kind, each with its number.

        And the numbers from which to which nothing of it is missing, None if there are none.
        """
        last = self.last  # before the ring: it holds all up to there
        rings: dict[Any, Ring[Any]] = {Trade: self.trades, Quote: self.quotes}
        ticks, is_full = rings.get(kind, self.amendments).of(symbol)
        first = ticks[0][0] if is_full else self.first
        return ticks, (first, last) if last else None

    def add(self, seq: int, update: Update) -> None:
        """Take what was accepted as number ``seq``, if it is of a kind that is kept."""
        if isinstance(update, Trade):
            self.trades.add(seq, update)
        elif isinstance(update, Quote):
            self.quotes.add(seq, update)
        elif isinstance(update, TradeCorrection | TradeCancel):
            self.amendments.add(seq, update)
        self.first = self.first or seq
        self.last = seq
