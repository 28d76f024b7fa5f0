"""How a real market begins: with nothing made up, and no hole where nobody was here."""

from datetime import datetime

from marketdata.contracts import FeedKind
from marketdata.domain.bars import NS_PER_MINUTE
from marketdata.feeds.base import Feed, FillsGaps
from marketdata.store import bars, removals, sessions
from trading.kernel import clock


def clear_made_up(*, feed: Feed) -> None:
    """
    Take away the bars of simulations and replays, unless the feed is one.

    A chart of a real market has no bar that never was, or that was in another year.
    """
    if feed.kind in {FeedKind.LIVE, FeedKind.DELAYED}:
        removals.remove_made_up()


def missed_from(*, feed: Feed, now: datetime) -> int | None:
    """
    Return the minute (ns) since which nobody took in the market of today, None for not at all.

    It is the newest that is stored, which may not be whole, or when trading began. Earlier days
    are fetched as history: they are known not to be held.
    """
    opened = opened_ns(now=now)
    if not isinstance(feed, FillsGaps) or opened is None:
        return None
    newest = bars.newest_start(since=clock.from_ns(opened), until=now)
    return opened if newest is None else newest // NS_PER_MINUTE * NS_PER_MINUTE


def opened_ns(*, now: datetime) -> int | None:
    """Return when today's trading began, extended hours included (ns); None if it has not."""
    today = clock.new_york_date(now)
    days = sessions.calendar().days_between(first_date=today, last_date=today)
    return None if not days or days[0].pre_opens_at > now else clock.to_ns(days[0].pre_opens_at)
