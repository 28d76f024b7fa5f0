"""
The bar of a day that is not over.

A provider that tells the day's bar as it grows has the auctions in it, and prints that we do not
see: it makes the bar, and our minutes add only what has come since it was told.
"""

from collections.abc import Sequence

from marketdata.contracts import Bar, ProviderDailyBar
from marketdata.domain import sums
from marketdata.domain.timeframes import NS_PER_MINUTE


def of_minutes(parts: Sequence[Bar], *, ts_start: int) -> Bar:
    """Return what these bars of one symbol come to, ascending or not, stamped with ``ts_start``."""
    ordered = sorted(parts, key=lambda bar: bar.ts_start)
    return Bar(
        symbol=ordered[0].symbol,
        ts_start=ts_start,
        open=ordered[0].open,
        high=max(part.high for part in ordered),
        low=min(part.low for part in ordered),
        close=ordered[-1].close,
        volume=sum(part.volume for part in ordered),
        trade_count=sums.count(ordered),
        vwap=sums.average(ordered),
    )


def of_provider(told: ProviderDailyBar, *, minutes: Sequence[Bar]) -> Bar:
    """Return the provider's bar with those of our ``minutes`` that began after it was told."""
    since = [bar for bar in minutes if bar.ts_start >= minute_told(told)]
    return of_minutes([told.bar, *since], ts_start=told.bar.ts_start)


def minute_told(told: ProviderDailyBar) -> int:
    """Return the start (ns) of the minute in which it was told: it holds all before."""
    return told.ts_init // NS_PER_MINUTE * NS_PER_MINUTE
