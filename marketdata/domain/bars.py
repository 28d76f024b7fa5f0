"""Minute bars out of trades, and out of what is said of trades afterwards."""

from collections import deque
from dataclasses import dataclass

from marketdata.contracts import Bar, Trade
from marketdata.domain.conditions import VOLUME, moves
from marketdata.domain.minute import Minute

NS_PER_MINUTE = 60_000_000_000
# A minute is closed by the clock only this long after its end, so that trades of its last
# milliseconds, still on their way, are not late.
CLOSE_GRACE_NS = 1_000_000_000
# Closed minutes of a symbol whose trades are kept, so that a correction can be worked in.
RECENT_MINUTES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Amended:
    """
    What a correction or cancel did to a bar.

    ``bar`` is the bar as it is now, None when no priced trade is left in it. It is unchanged where
    the provider's own bar stands in the place of ours: the provider sends that one again.
    """

    ts_start: int
    bar: Bar | None
    is_open: bool


class BarBuilder:
    """
    One open bar per symbol, grown by each trade, and the last few closed ones.

    A bar closes when a trade of a later minute arrives or when the clock has passed its end. A
    trade for a minute that has closed changes no bar; ``late_trades`` counts it. What a trade moves
    is told by its conditions; a minute in which none moved a price has no bar.
    """

    def __init__(self) -> None:
        self.late_trades = 0
        self._open: dict[str, Minute] = {}
        self._recent: dict[str, deque[Minute]] = {}
        self._closed_through: dict[str, int] = {}

    def add(self, trade: Trade, *, is_priced: bool = True) -> Bar | None:
        """
        Count the trade in; return the bar it closes by being of a later minute, if any.

        A trade that is not ``is_priced`` counts in the volume only, until ``confirm``.
        """
        symbol = trade.symbol
        ts_start = trade.ts_event - trade.ts_event % NS_PER_MINUTE
        moved = moves(trade.conditions) if is_priced else moves(trade.conditions) & VOLUME
        current = self._open.get(symbol)
        if current is not None and ts_start == current.ts_start:
            current.add(trade, moved)
            return None
        if ts_start <= self._closed_through.get(symbol, -1) or (
            current is not None and ts_start < current.ts_start
        ):
            self.late_trades += 1
            return None
        minute = self._open[symbol] = Minute(symbol=symbol, ts_start=ts_start)
        minute.add(trade, moved)
        return None if current is None else self._close(current)

    def close_passed(self, *, now_ns: int) -> list[Bar]:
        """Close every bar whose minute is over; return those that had a priced trade."""
        last_start = now_ns - NS_PER_MINUTE - CLOSE_GRACE_NS
        passed = [bar for bar in self._open.values() if bar.ts_start <= last_start]
        for minute in passed:
            del self._open[minute.symbol]
        closed = [self._close(minute) for minute in passed]
        return [bar for bar in closed if bar is not None]

    def live(self, symbol: str) -> Bar | None:
        """Return the open bar as it stands, or None."""
        minute = self._open.get(symbol)
        return None if minute is None else minute.bar()

    def find(self, symbol: str, ts_start: int) -> Bar | None:
        """Return the bar of that minute as it stands; None if it is not among the recent ones."""
        minute = self._find(symbol, ts_start)
        return None if minute is None else minute.bar()

    def resume(self, bar: Bar) -> None:
        """Take up a bar that was still open when the last process ended."""
        self._open[bar.symbol] = Minute(symbol=bar.symbol, ts_start=bar.ts_start, base=bar)

    def replace(self, bar: Bar) -> Bar | None:
        """
        Take the provider's bar of a minute that is over; return the bar that is news, if it is.

        Ours stays where it says the same. Else it is closed, and trades that still come for that
        minute are late.
        """
        minute = self._find(bar.symbol, bar.ts_start)
        ours = None if minute is None else minute.bar()
        if ours is not None and _says_the_same(ours, bar):
            return None
        if minute is None:
            minute = Minute(symbol=bar.symbol, ts_start=bar.ts_start)
            self._remember(minute)
        elif self._open.get(bar.symbol) is minute:
            del self._open[bar.symbol]
            self._remember(minute)
        minute.theirs = bar
        return bar

    def amend(
        self, *, symbol: str, trade_id: int, exchange: str, replacement: Trade | None
    ) -> Amended | None:
        """
        Take a print back, or put ``replacement`` in its place; return None if it is not known.

        The replacement takes the print's place in time. The bar is worked out anew from all its
        trades, so it equals the bar of a tape that never had the mistake.
        """
        current = self._open.get(symbol)
        for minute in (*((current,) if current else ()), *reversed(self._recent.get(symbol, ()))):
            if minute.amend(trade_id=trade_id, exchange=exchange, replacement=replacement):
                return Amended(
                    ts_start=minute.ts_start, bar=minute.bar(), is_open=minute is current
                )
        return None

    def confirm(self, trade: Trade) -> int | None:
        """
        Let a trade that was added without ``is_priced`` move the prices of its bar after all.

        Return the start of its minute, None if that cannot be mended any more or never had it.
        """
        minute = self._find(trade.symbol, trade.ts_event - trade.ts_event % NS_PER_MINUTE)
        return None if minute is None or not minute.confirm(trade) else minute.ts_start

    def is_open(self, symbol: str, ts_start: int) -> bool:
        """Say whether the symbol's bar of that minute is the one that still grows."""
        current = self._open.get(symbol)
        return current is not None and current.ts_start == ts_start

    def mendable_since(self, symbol: str) -> int:
        """Return when the symbol's oldest minute that can be mended began; 0 if there is none."""
        current = self._open.get(symbol)
        starts = [minute.ts_start for minute in self._recent.get(symbol, ())]
        if current is not None:
            starts.append(current.ts_start)
        return min(starts, default=0)

    def _close(self, minute: Minute) -> Bar | None:
        self._remember(minute)
        return minute.bar()

    def _remember(self, minute: Minute) -> None:
        symbol = minute.symbol
        self._closed_through[symbol] = max(minute.ts_start, self._closed_through.get(symbol, -1))
        recent = self._recent.setdefault(symbol, deque(maxlen=RECENT_MINUTES))
        if not recent or minute.ts_start > recent[0].ts_start or len(recent) < RECENT_MINUTES:
            recent.append(minute)

    def _find(self, symbol: str, ts_start: int) -> Minute | None:
        current = self._open.get(symbol)
        if current is not None and current.ts_start == ts_start:
            return current
        for minute in self._recent.get(symbol, ()):
            if minute.ts_start == ts_start:
                return minute
        return None


def _says_the_same(one: Bar, other: Bar) -> bool:
    return (
        one.open == other.open
        and one.high == other.high
        and one.low == other.low
        and one.close == other.close
        and one.volume == other.volume
    )
