"""Minute bars out of trades."""

from marketdata.contracts import Bar, Trade

NS_PER_MINUTE = 60_000_000_000
# A minute is closed by the clock only this long after its end, so that trades of its last
# milliseconds, still on their way, are not late.
CLOSE_GRACE_NS = 1_000_000_000


class BarBuilder:
    """
    One open bar per symbol, grown by each trade.

    A bar closes when a trade of a later minute arrives or when the clock has passed its end. A
    trade for a minute that has closed changes no bar; ``late_trades`` counts it.
    """

    def __init__(self) -> None:
        self.late_trades = 0
        self._open: dict[str, _OpenBar] = {}
        self._closed_through: dict[str, int] = {}

    def add(self, trade: Trade) -> Bar | None:
        """Count the trade in; return the bar it closes by being of a later minute, if any."""
        symbol = trade.symbol
        ts_start = trade.ts_event - trade.ts_event % NS_PER_MINUTE
        current = self._open.get(symbol)
        if current is not None and ts_start == current.ts_start:
            current.add(trade)
            return None
        if ts_start <= self._closed_through.get(symbol, -1) or (
            current is not None and ts_start < current.ts_start
        ):
            self.late_trades += 1
            return None
        self._open[symbol] = _OpenBar(trade, ts_start)
        return None if current is None else self._close(current)

    def close_passed(self, *, now_ns: int) -> list[Bar]:
        """Close and return every bar whose minute is over."""
        last_start = now_ns - NS_PER_MINUTE - CLOSE_GRACE_NS
        passed = [bar for bar in self._open.values() if bar.ts_start <= last_start]
        for bar in passed:
            del self._open[bar.symbol]
        return [self._close(bar) for bar in passed]

    def live(self, symbol: str) -> Bar | None:
        """Return the open bar as it stands, or None."""
        bar = self._open.get(symbol)
        return None if bar is None else bar.snapshot()

    def resume(self, bar: Bar) -> None:
        """Take up a bar that was still open when the last process ended."""
        self._open[bar.symbol] = _OpenBar.resumed(bar)

    def _close(self, bar: "_OpenBar") -> Bar:
        self._closed_through[bar.symbol] = bar.ts_start
        return bar.snapshot()


class _OpenBar:
    """The sums of a bar. ``ts_first`` and ``ts_last`` keep open and close right out of order."""

    __slots__ = (
        "close",
        "high",
        "low",
        "notional",
        "open",
        "symbol",
        "trade_count",
        "ts_first",
        "ts_last",
        "ts_start",
        "volume",
    )

    def __init__(self, trade: Trade, ts_start: int) -> None:
        self.symbol = trade.symbol
        self.ts_start = ts_start
        self.open = self.high = self.low = self.close = trade.px
        self.ts_first = self.ts_last = trade.ts_event
        self.volume = float(trade.size)
        self.notional = trade.px * trade.size
        self.trade_count = 1

    @classmethod
    def resumed(cls, bar: Bar) -> "_OpenBar":
        resumed = cls.__new__(cls)
        resumed.symbol, resumed.ts_start = bar.symbol, bar.ts_start
        resumed.open, resumed.high, resumed.low, resumed.close = (
            bar.open,
            bar.high,
            bar.low,
            bar.close,
        )
        resumed.ts_first = resumed.ts_last = bar.ts_start
        resumed.volume, resumed.notional = bar.volume, bar.vwap * bar.volume
        resumed.trade_count = bar.trade_count
        return resumed

    def add(self, trade: Trade) -> None:
        px = trade.px
        self.high = max(self.high, px)
        self.low = min(self.low, px)
        if trade.ts_event >= self.ts_last:
            self.close, self.ts_last = px, trade.ts_event
        elif trade.ts_event < self.ts_first:
            self.open, self.ts_first = px, trade.ts_event
        self.volume += trade.size
        self.notional += px * trade.size
        self.trade_count += 1

    def snapshot(self) -> Bar:
        return Bar(
            symbol=self.symbol,
            ts_start=self.ts_start,
            open=self.open,
            high=self.high,
            low=self.low,
            close=self.close,
            volume=self.volume,
            trade_count=self.trade_count,
            vwap=round(self.notional / self.volume, 6),
        )
