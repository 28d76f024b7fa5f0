"""
Bars on the market-data stream.

At the end of each minute come its bars and the day's so far; half a minute later, those that late
trades or corrections have changed.

They are read from where the REST API reads them, so both always say the same.
"""

import asyncio

import structlog

from marketdata.contracts import Bar
from marketdata.domain.bars import NS_PER_MINUTE
from marketdata.domain.stream_messages import Channel
from marketdata.operations import read_days
from marketdata.store import bars
from marketdata.stream_hub import StreamHub
from trading.infra.database import in_thread
from trading.kernel import clock

# After the end of a minute: the pipeline closes it a second later, and then flushes.
CLOSE_DELAY_NS = 1_200_000_000
UPDATE_DELAY_NS = 30 * clock.NS_PER_SECOND

log = structlog.get_logger(__name__)


async def run(hub: StreamHub) -> None:
    """Publish bars for as long as the task lives. A round that fails is reported and passed."""
    published: dict[str, Bar] = {}
    while True:
        due, is_update = next_due(now_ns=clock.now_ns())
        await asyncio.sleep((due - clock.now_ns()) / clock.NS_PER_SECOND)
        ts_start = due // NS_PER_MINUTE * NS_PER_MINUTE - NS_PER_MINUTE
        try:
            if is_update:
                await publish_updates(hub, ts_start=ts_start, published=published)
            else:
                published = await publish_minute(hub, ts_start=ts_start)
        except Exception:
            log.exception("a minute's bars could not be streamed")


def next_due(*, now_ns: int) -> tuple[int, bool]:
    """Return when the next round is due, and whether it is one of updates."""
    minute = now_ns // NS_PER_MINUTE * NS_PER_MINUTE
    rounds = [
        (minute + CLOSE_DELAY_NS, False),
        (minute + UPDATE_DELAY_NS, True),
        (minute + NS_PER_MINUTE + CLOSE_DELAY_NS, False),
    ]
    return next(due for due in rounds if due[0] > now_ns)


async def publish_minute(hub: StreamHub, *, ts_start: int) -> dict[str, Bar]:
    """Publish the bars of the minute that began at ``ts_start``; return them by symbol."""
    closed: dict[str, Bar] = {}
    if hub.is_followed(Channel.BARS) or hub.is_followed(Channel.UPDATED_BARS):
        closed = await in_thread(read_minute, ts_start=ts_start)
        for symbol in sorted(closed):
            hub.publish(Channel.BARS, closed[symbol])
    if hub.is_followed(Channel.DAILY_BARS):
        trade_date = clock.new_york_date(clock.from_ns(ts_start))
        days = await in_thread(read_days.read_day, symbols=None, trade_date=trade_date)
        for symbol in sorted(days):
            hub.publish(Channel.DAILY_BARS, days[symbol])
    return closed


async def publish_updates(hub: StreamHub, *, ts_start: int, published: dict[str, Bar]) -> None:
    """Publish those bars of the minute that are no longer as they were published."""
    if not hub.is_followed(Channel.UPDATED_BARS):
        return
    now = await in_thread(read_minute, ts_start=ts_start)
    for symbol in sorted(now):
        if symbol in published and now[symbol] != published[symbol]:
            hub.publish(Channel.UPDATED_BARS, now[symbol])


def read_minute(*, ts_start: int) -> dict[str, Bar]:
    """Return every symbol's bar of one minute, the pipeline's where it is newer than the table."""
    # Before the table is read: a bar saved in between is then in both, never in neither.
    fresh = read_days.newest_minutes()
    found = {bar.symbol: bar for bar in bars.read_minute(at=clock.from_ns(ts_start))}
    found.update((bar.symbol, bar) for bar in fresh if bar.ts_start == ts_start)
    return found
