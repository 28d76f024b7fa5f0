"""
The newest quote and trade of each symbol, in this process.

One thread writes. Any thread may read without a lock: each value is one immutable object behind one
dictionary lookup, so a reader gets an old or a new value, never half of each.
"""

from marketdata.contracts import Quote, Trade


class LatestValues:
    def __init__(self) -> None:
        self.quotes: dict[str, Quote] = {}
        self.trades: dict[str, Trade] = {}

    def ts_newest(self, symbol: str) -> int | None:
        """Return when the symbol's newest tick happened, or None if there was none."""
        times = [
            tick.ts_event
            for tick in (self.quotes.get(symbol), self.trades.get(symbol))
            if tick is not None
        ]
        return max(times, default=None)
