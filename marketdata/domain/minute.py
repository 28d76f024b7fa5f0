"""One symbol's minute: its trades, and the bar they make."""

import math

from marketdata.contracts import Bar, Trade
from marketdata.domain.conditions import (
    HIGH_LOW,
    LAST,
    LAST_IF_FIRST,
    LAST_RESORT,
    VOLUME,
    moves,
)

# What a bar needs of a trade: its time, price, size, and what it moves.
_Print = tuple[int, float, float, int]
_PLACES = 9  # of fractions of a share: sums of float64 have more


class Minute:
    """
    The prints of a minute in the order they came, and the sums of them.

    ``base`` is what an earlier process had summed up. ``theirs`` is the provider's own bar; it
    stands in the place of ours.

    Trades that set the last price make open and close; only where there are none does the first of
    those that set it if no other has, and only where there are none of these either, prices that
    may stray from the market. Times decide, so a trade that comes out of order changes what
    it would have changed in order.
    """

    __slots__ = (
        "_base", "_close", "_high", "_if_first", "_index", "_is_counted", "_is_stale", "_low",
        "_notional", "_open", "_priced", "_prints", "_trade_count", "_volume", "symbol", "theirs",
        "ts_start",
    )  # fmt: skip

    def __init__(self, *, symbol: str, ts_start: int, base: Bar | None = None) -> None:
        self.symbol = symbol
        self.ts_start = ts_start
        self.theirs: Bar | None = None
        self._base = base
        self._prints: list[_Print | None] = []
        self._index: dict[tuple[int, str], int] = {}
        self._is_stale = False  # prints have changed since they were summed up
        self._reset()

    def add(self, trade: Trade, moved: int) -> None:
        entry = (trade.ts_event, trade.px, trade.size, moved)
        self._index[trade.trade_id, trade.exchange] = len(self._prints)
        self._prints.append(entry)
        self._count(entry)

    def amend(self, *, trade_id: int, exchange: str, replacement: Trade | None) -> bool:
        """Take a print back, or put another in its place; return whether it was here."""
        position = self._index.pop((trade_id, exchange), None)
        if position is None:
            return False
        old = self._prints[position]
        if replacement is None or old is None:
            self._prints[position] = None
        else:
            self._index[replacement.trade_id, replacement.exchange] = position
            self._prints[position] = (
                old[0],
                replacement.px,
                replacement.size,
                moves(replacement.conditions),
            )
        self._is_stale = True
        return True

    def confirm(self, trade: Trade) -> bool:
        """Let a print that counted in the volume only move prices too; say whether it was here."""
        moved = moves(trade.conditions)
        try:
            # By what it says: not every source gives each print an id of its own.
            position = self._prints.index((trade.ts_event, trade.px, trade.size, moved & VOLUME))
        except ValueError:
            return False
        self._prints[position] = (trade.ts_event, trade.px, trade.size, moved)
        self._is_stale = True
        return True

    def bar(self) -> Bar | None:
        """Return the bar as it stands, None if no trade gives it a price."""
        if self.theirs is not None:
            return self.theirs
        if self._is_stale:
            self._count_again()
        opened, closed = self._open or self._if_first, self._close or self._if_first
        if opened is None or closed is None:
            return self._bar_of_last_resort()
        return Bar(
            symbol=self.symbol,
            ts_start=self.ts_start,
            open=opened[1],
            high=self._high,
            low=self._low,
            close=closed[1],
            volume=round(self._volume, _PLACES),
            trade_count=self._trade_count if self._is_counted else None,
            vwap=self._average(),
        )

    def _average(self) -> float | None:
        """Return the average price of the prints that have one of the market's; None if unknown."""
        if not self._priced or math.isnan(self._notional):
            return None
        return round(self._notional / self._priced, 6)

    def _bar_of_last_resort(self) -> Bar | None:
        """Return a bar of prices that may stray from the market: there are no others."""
        prints = [entry for entry in self._prints if entry and entry[3] & LAST_RESORT]
        if not prints:
            return None
        ordered = sorted(prints, key=lambda entry: entry[0])  # stable: as they came
        prices = [px for _, px, _, _ in ordered]
        shares = sum(size for _, _, size, _ in ordered)
        return Bar(
            symbol=self.symbol,
            ts_start=self.ts_start,
            open=prices[0],
            high=max(prices),
            low=min(prices),
            close=prices[-1],
            volume=round(self._volume, _PLACES),
            trade_count=self._trade_count if self._is_counted else None,
            vwap=round(sum(px * size for _, px, size, _ in ordered) / shares, 6),
        )

    def _count_again(self) -> None:
        """Sum up from the start; when the bar is asked for, not for each of many changes."""
        self._is_stale = False
        self._reset()
        for entry in self._prints:
            if entry is not None:
                self._count(entry)

    def _reset(self) -> None:
        base = self._base
        # Times and prices; None while there is none.
        self._open: tuple[int, float] | None = None
        self._close: tuple[int, float] | None = None
        self._if_first: tuple[int, float] | None = None
        self._high, self._low = float("-inf"), float("inf")
        self._volume = self._priced = self._notional = 0.0
        self._trade_count = 0
        self._is_counted = True
        if base is not None:
            self._open, self._close = (base.ts_start, base.open), (base.ts_start, base.close)
            self._high, self._low = base.high, base.low
            self._volume = self._priced = base.volume
            # Of a base that is not told, what is added to it does not make the whole known.
            self._notional = math.nan if base.vwap is None else base.vwap * base.volume
            self._trade_count = base.trade_count or 0
            self._is_counted = base.trade_count is not None

    def _count(self, entry: _Print) -> None:
        ts, px, size, moved = entry
        if moved & HIGH_LOW:
            self._high = max(self._high, px)
            self._low = min(self._low, px)
        if moved & VOLUME:
            self._volume += size
            self._trade_count += 1
            if moved & HIGH_LOW:
                self._priced += size
                self._notional += px * size
        if moved & LAST:
            if self._open is None or ts < self._open[0]:
                self._open = (ts, px)
            if self._close is None or ts >= self._close[0]:
                self._close = (ts, px)
        elif moved & LAST_IF_FIRST and (self._if_first is None or ts < self._if_first[0]):
            self._if_first = (ts, px)
