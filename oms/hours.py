"""
The hours of the paper market.

They are those of the feed's own session and, of a real market, the extended ones of the trading
calendar around it: 04:00 to 09:30 and from the close to 20:00 New York, 17:00 after an early close.
"""

from datetime import datetime

from marketdata import interface as marketdata
from marketdata.contracts import FeedKind, Session, TradingDay
from oms.paper.hours import Phase, TradingHours
from trading.kernel.clock import from_ns, new_york_date, to_ns
from trading.kernel.errors import TradingError

# So long an answer is kept: each tick asks, and the feed may be changed at any time.
_KEPT_NS = 100_000_000
_FAR_NS = 2**62


class MarketHours:
    """Tells the phase of a moment; remembered for a tenth of a second. For one thread."""

    def __init__(self) -> None:
        self._told: TradingHours | None = None
        self._from_ns = self._until_ns = 0

    def at(self, now_ns: int) -> TradingHours:
        """Return the phase at a moment, ns. A market whose hours are not known is closed."""
        if self._told is None or not self._from_ns <= now_ns < self._until_ns:
            self._told = hours_at(now=from_ns(now_ns))
            self._from_ns = now_ns
            self._until_ns = min(now_ns + _KEPT_NS, self._told.until_ns)
        return self._told


def hours_at(*, now: datetime) -> TradingHours:
    """Return the phase that the paper market is in."""
    try:
        session = marketdata.get_session(now=now)
        if session.is_open:
            return _hours(session.kind, Phase.REGULAR, session.opens_at, session.closes_at)
        return _closed(session, _days(session, now), now)
    except TradingError:
        # No calendar reaches so far, or no feed can be played: unknown is not open.
        return TradingHours(
            kind=FeedKind.LIVE, phase=Phase.CLOSED, since_ns=to_ns(now), until_ns=_FAR_NS
        )


def day_order_end(*, session: Session, now: datetime, extended_hours: bool) -> datetime:
    """
    Return when a day order that is placed at ``now`` ends.

    At the close of the session that is open, or the next one; one that asks for extended hours ends
    with those, since it would ask for nothing otherwise.
    """
    if extended_hours:
        for day in _days(session, now):
            if now < day.post_closes_at:
                return day.post_closes_at
    return session.next_close


def _days(session: Session, now: datetime) -> list[TradingDay]:
    """Return the exchange's days from today to the session's; none of a market that is made up."""
    if session.kind not in {FeedKind.LIVE, FeedKind.DELAYED}:
        return []
    days = marketdata.list_trading_days(
        first_date=new_york_date(now), last_date=new_york_date(session.next_close)
    )
    return list(days)


def _closed(session: Session, days: list[TradingDay], now: datetime) -> TradingHours:
    """Return the phase at a moment outside the regular session."""
    for day in days:
        if now < day.pre_opens_at:
            return _hours(session.kind, Phase.CLOSED, now, day.pre_opens_at)
        if now < day.opens_at:
            return _hours(session.kind, Phase.EXTENDED, day.pre_opens_at, day.opens_at)
        if day.closes_at <= now < day.post_closes_at:
            return _hours(session.kind, Phase.EXTENDED, day.closes_at, day.post_closes_at)
    return _hours(session.kind, Phase.CLOSED, now, session.next_open)


def _hours(kind: FeedKind, phase: Phase, since: datetime, until: datetime) -> TradingHours:
    return TradingHours(kind=kind, phase=phase, since_ns=to_ns(since), until_ns=to_ns(until))
