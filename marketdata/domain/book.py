"""
The books of price levels, one a symbol: what each side shows at each price.

Several levels may change in one event. They are taken together, at the event's end, so nobody ever
sees half of it.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable
from dataclasses import replace

from marketdata.contracts import BookSide, BookView, PriceLevel

DEPTH = 10


class Ladder:
    """One side of a book: sizes by price, the prices in ascending order."""

    def __init__(self) -> None:
        self.prices: list[float] = []
        self.sizes: dict[float, int] = {}

    def put(self, px: float, size: int) -> None:
        """Show ``size`` shares at ``px``; none takes the level away."""
        if size > 0:
            if px not in self.sizes:
                insort(self.prices, px)
            self.sizes[px] = size
        elif self.sizes.pop(px, None) is not None:
            del self.prices[bisect_left(self.prices, px)]

    def levels(self, prices: Iterable[float]) -> tuple[tuple[float, int], ...]:
        return tuple((px, self.sizes[px]) for px in prices)


class Book:
    """The book of one symbol. ``ts_event`` is when it last changed, in ns; 0 before that."""

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol
        self.ts_event = 0
        self._bids = Ladder()
        self._asks = Ladder()
        self._waiting: list[tuple[BookSide, float, int]] = []

    def apply(self, *, side: BookSide, px: float, size: int, is_complete: bool, ts: int) -> bool:
        """Take one change; return whether an event is complete and the book therefore new."""
        self._waiting.append((side, px, size))
        if not is_complete:
            return False
        for each, level_px, level_size in self._waiting:
            (self._bids if each is BookSide.BID else self._asks).put(level_px, level_size)
        self._waiting.clear()
        self.ts_event = ts
        return True

    def best(self) -> tuple[tuple[float, int] | None, tuple[float, int] | None]:
        """Return the best bid and the best offer as (dollars, shares); None for an empty side."""
        bids, asks = self._bids, self._asks
        bid = (bids.prices[-1], bids.sizes[bids.prices[-1]]) if bids.prices else None
        ask = (asks.prices[0], asks.sizes[asks.prices[0]]) if asks.prices else None
        return bid, ask

    def is_crossed(self) -> bool:
        """Say whether the bid is above the offer: some change was lost, so the book is not true."""
        bid, ask = self.best()
        return bid is not None and ask is not None and bid[0] > ask[0]

    def view(self, *, depth: int = DEPTH) -> BookView | None:
        """Return the best ``depth`` levels of each side; None while it is crossed."""
        if self.is_crossed():
            return None
        return BookView(
            symbol=self.symbol,
            bids=self._bids.levels(self._bids.prices[: -depth - 1 : -1]),
            asks=self._asks.levels(self._asks.prices[:depth]),
            ts_event=self.ts_event,
        )

    def levels(self) -> list[tuple[BookSide, float]]:
        """Return every level that was told, as (side, dollars), half an event's included."""
        told = [
            *((BookSide.BID, px) for px in self._bids.prices),
            *((BookSide.ASK, px) for px in self._asks.prices),
            *((side, px) for side, px, _ in self._waiting),
        ]
        return list(dict.fromkeys(told))


class Books:
    """
    The books of a feed's symbols. One thread changes and renews them; any thread may read a view.

    A view is one immutable object behind one dictionary lookup, so a reader gets the book of an old
    or of a new moment, never half of each.
    """

    def __init__(self) -> None:
        self._books: dict[str, Book] = {}
        self._changed: set[str] = set()
        self._views: dict[str, BookView] = {}

    def apply(self, level: PriceLevel) -> None:
        book = self._books.get(level.symbol)
        if book is None:
            book = self._books[level.symbol] = Book(level.symbol)
        if book.apply(
            side=level.side,
            px=level.px,
            size=level.size,
            is_complete=level.is_complete,
            ts=level.ts_event,
        ):
            self._changed.add(level.symbol)

    def renew(self) -> set[str]:
        """Make the views of what has changed new; return those symbols. A crossed book has none."""
        changed, self._changed = self._changed, set()
        for symbol in changed:
            view = self._books[symbol].view()
            if view is None:
                self._views.pop(symbol, None)
            else:
                self._views[symbol] = view
        return changed

    def view(self, symbol: str, *, depth: int = DEPTH) -> BookView | None:
        """
        Return the symbol's best levels as of the last renewal, ``depth`` or at most ten a side.

        None if its book was never told, or is crossed.
        """
        view = self._views.get(symbol)
        if view is None or depth >= DEPTH:
            return view
        return replace(view, bids=view.bids[:depth], asks=view.asks[:depth])
