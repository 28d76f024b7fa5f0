"""
The newest of what is said of each symbol, in this process.

One thread writes. Any thread may read without a lock: each value is one immutable object behind one
dictionary lookup, so a reader gets an old or a new value, never half of each.
"""

from marketdata.contracts import PriceBand, ProviderDailyBar, Quote, Trade, TradingStatus


class LatestValues:
    def __init__(self) -> None:
        self.quotes: dict[str, Quote] = {}
        self.trades: dict[str, Trade] = {}
        self.statuses: dict[str, TradingStatus] = {}  # that say whether there is trading
        self.price_bands: dict[str, PriceBand] = {}
        self.daily_bars: dict[str, ProviderDailyBar] = {}

    def ts_newest(self, symbol: str) -> int | None:
        """Return when the symbol's newest tick happened, or None if there was none."""
        times = [
            tick.ts_event
            for tick in (self.quotes.get(symbol), self.trades.get(symbol))
            if tick is not None
        ]
        return max(times, default=None)
