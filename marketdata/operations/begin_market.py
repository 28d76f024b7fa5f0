"""How a real market begins: with nothing made up, and no hole where nobody was here."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from marketdata.contracts import FeedKind, TradingDay
from marketdata.domain.bars import NS_PER_MINUTE
from marketdata.feeds.base import Feed, FillsGaps
from marketdata.store import bars, holes, removals, sessions
from trading.kernel import clock

# Symbols whose holes begin in the same half hour are asked for together.
_TOGETHER_NS = 30 * NS_PER_MINUTE


def clear_made_up(*, feed: Feed) -> None:
    """
    Take away the bars of simulations and replays, unless the feed is one.

    A chart of a real market has no bar that never was, or that was in another year.
    """
    if feed.kind in {FeedKind.LIVE, FeedKind.DELAYED}:
        removals.remove_made_up()


def missed(*, feed: Feed, now: datetime) -> Mapping[int, Sequence[str]]:
    """
    Return the minutes (ns) of today since which symbols of the feed may have missed something.

    All have since the newest minute that is stored, or since trading began: nobody was here then.
    Some have since earlier, where a hole was never filled: one in which the feed took in nothing at
    all, or one of a single symbol in regular hours. Where nobody traded either, the provider says
    so again, which costs little. Earlier days are fetched as history: they are known not to be
    held.
    """
    day = _today(now)
    symbols = list(feed.symbols)
    if not isinstance(feed, FillsGaps) or day is None:
        return {}
    newest = bars.newest_start(since=day.pre_opens_at, until=now)
    if newest is None:
        return {clock.to_ns(day.pre_opens_at): symbols}
    until = clock.from_ns(newest // NS_PER_MINUTE * NS_PER_MINUTE)
    whole = holes.first_of_all(symbols=symbols, since=day.pre_opens_at, until=until)
    since_all = clock.to_ns(until) if whole is None else min(clock.to_ns(until), whole)
    found = {since_all: symbols}
    if until > day.opens_at:
        since_each = holes.first_of_each(symbols=symbols, since=day.opens_at, until=until)
        for symbol, at in since_each.items():
            ts = clock.to_ns(at) // _TOGETHER_NS * _TOGETHER_NS
            if ts < since_all:
                found.setdefault(ts, []).append(symbol)
    return found


def opened_ns(*, now: datetime) -> int | None:
    """Return when today's trading began, extended hours included (ns); None if it has not."""
    day = _today(now)
    return None if day is None else clock.to_ns(day.pre_opens_at)


def _today(now: datetime) -> TradingDay | None:
    """Return today if it trades and its trading has begun."""
    today = clock.new_york_date(now)
    days = sessions.calendar().days_between(first_date=today, last_date=today)
    return None if not days or days[0].pre_opens_at > now else days[0]
