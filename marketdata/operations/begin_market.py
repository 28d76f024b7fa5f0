"""How a real market begins: with nothing made up, and no hole where nobody was here."""

from datetime import datetime

from marketdata.contracts import FeedKind
from marketdata.domain.bars import NS_PER_MINUTE
from marketdata.feeds.base import Feed, FillsGaps
from marketdata.store import bars, removals, sessions
from trading.kernel import clock


def clear_made_up(*, feed: Feed) -> None:
    """
    Take away the minutes of simulations and replays, unless the feed is one.

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
    today = clock.new_york_date(now)
    days = sessions.calendar().days_between(first_date=today, last_date=today)
    if not isinstance(feed, FillsGaps) or not days or days[0].pre_opens_at > now:
        return None
    opens = clock.to_ns(days[0].pre_opens_at)
    newest = bars.newest_start(since=days[0].pre_opens_at, until=now)
    return opens if newest is None else newest // NS_PER_MINUTE * NS_PER_MINUTE
