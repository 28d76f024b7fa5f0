"""
The newest of what is said of each symbol, in this process.

One thread writes. Any thread may read without a lock: each value is one immutable object behind one
dictionary lookup, so a reader gets an old or a new value, never half of each.
"""

from marketdata.contracts import PriceBand, ProviderDailyBar, Quote, Trade, TradingStatus
from trading.kernel.clock import monotonic_ns


class LatestValues:
    def __init__(self) -> None:
        self.quotes: dict[str, Quote] = {}
        self._heard_ns: dict[str, int] = {}
        self.trades: dict[str, Trade] = {}
        self.statuses: dict[str, TradingStatus] = {}  # that say whether there is trading
        self.price_bands: dict[str, PriceBand] = {}
        self.daily_bars: dict[str, ProviderDailyBar] = {}

    def keep_quote(self, quote: Quote, *, heard_ns: int) -> None:
        """Let the quote be its symbol's newest; ``heard_ns`` is when it came, monotonic."""
        self.quotes[quote.symbol] = quote
        self._heard_ns[quote.symbol] = heard_ns

    def quote_heard_ns_ago(self, symbol: str) -> int | None:
        """Return how long ago the newest quote came, ns, whatever was done to the clock."""
        heard_ns = self._heard_ns.get(symbol)
        return None if heard_ns is None else monotonic_ns() - heard_ns

    def ts_newest(self, symbol: str) -> int | None:
        """Return when the symbol's newest tick happened, or None if there was none."""
        times = [
            tick.ts_event
            for tick in (self.quotes.get(symbol), self.trades.get(symbol))
            if tick is not None
        ]
        return max(times, default=None)
