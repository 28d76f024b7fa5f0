"""The ticks of the running session, kept as they come."""

from datetime import datetime
from typing import TypeVar

from marketdata.contracts import Quote, Trade
from marketdata.operations import run_feed
from marketdata.store.recent import RecentTicks, Ring
from trading.kernel import clock

TickT = TypeVar("TickT", Quote, Trade)

_recent = RecentTicks()


def follow() -> None:
    """Keep the ticks of the feed that starts now, and none of the one before."""
    global _recent  # noqa: PLW0603 - like the feed, one per process
    _recent = RecentTicks()
    if _keep not in run_feed.listeners:
        run_feed.listeners.append(_keep)


def list_trades(*, symbol: str, start: datetime, end: datetime) -> list[Trade]:
    """Return the trades within [start, end], oldest first."""
    return _within(_recent.trades, symbol, start, end)


def list_quotes(*, symbol: str, start: datetime, end: datetime) -> list[Quote]:
    """Return the quotes within [start, end], oldest first."""
    return _within(_recent.quotes, symbol, start, end)


def _keep(tick: object) -> None:
    _recent.add(tick)


def _within(ring: Ring[TickT], symbol: str, start: datetime, end: datetime) -> list[TickT]:
    found = ring.within(symbol=symbol, ts_from=clock.to_ns(start), ts_to=clock.to_ns(end))
    # A late trade was accepted after a younger one; the answer is in the order of time.
    return sorted(found, key=lambda tick: tick.ts_event)
