"""The bars of one trading day, its newest minutes included."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta

from marketdata.contracts import Bar, ProviderDailyBar
from marketdata.domain import todays_bar
from marketdata.domain.timeframes import NS_PER_MINUTE, midnight_ns
from marketdata.feeds import registry
from marketdata.operations import configured_providers, run_feed
from marketdata.store import days, sessions
from trading.kernel import clock


def read_day(*, symbols: Sequence[str] | None, trade_date: date) -> dict[str, Bar]:
    """
    Return the day's bar of each symbol that traded on that New York day, stamped with its midnight.

    It holds the regular session or, of a made-up market, everything. The provider's own bar of the
    day counts where it tells one; see ``domain.todays_bar``. ``symbols`` None means all.
    """
    opens_at, closes_at = _hours(trade_date)
    start, end = clock.to_ns(opens_at), clock.to_ns(closes_at)
    newer = [
        bar
        for bar in newest_minutes()
        if start <= bar.ts_start < end and (symbols is None or bar.symbol in symbols)
    ]
    found = days.read(start=opens_at, end=closes_at, symbols=symbols, newer=newer)
    parts: dict[str, list[Bar]] = defaultdict(list)
    for bar in [*found.values(), *newer]:
        parts[bar.symbol].append(bar)
    ts_start = midnight_ns(trade_date)
    made = {
        symbol: todays_bar.of_minutes(bars, ts_start=ts_start) for symbol, bars in parts.items()
    }
    for symbol, told in told_days(trade_date=trade_date).items():
        if symbols is None or symbol in symbols:
            ours = [bar for bar in newer if bar.symbol == symbol]
            since = [*_stored_since(told, newer=ours, ends_at=closes_at), *ours]
            made[symbol] = todays_bar.of_provider(told, minutes=since)
    return made


def told_days(*, trade_date: date) -> Mapping[str, ProviderDailyBar]:
    """Return the bars of this day that the running feed's provider has told so far, by symbol."""
    pipeline = run_feed.running()
    if pipeline is None:
        return {}
    ts_start = midnight_ns(trade_date)
    # A copy first: the loop's thread adds to it.
    told = dict(pipeline.latest.daily_bars)
    return {symbol: each for symbol, each in told.items() if each.bar.ts_start == ts_start}


def _stored_since(told: ProviderDailyBar, *, newer: Sequence[Bar], ends_at: datetime) -> list[Bar]:
    """Return what is stored of the minutes since a daily bar was told, unless that is just now."""
    begins = todays_bar.minute_told(told)
    if max((bar.ts_start for bar in newer), default=0) <= begins + NS_PER_MINUTE:
        return []
    start = clock.from_ns(begins)
    return list(days.read(start=start, end=ends_at, symbols=[told.symbol], newer=newer).values())


def is_made_up() -> bool:
    """Tell whether the market keeps no hours of the exchange: a simulation, or a replay."""
    pipeline = run_feed.running()
    if pipeline is not None:
        return pipeline.feed.kind.is_made_up
    return registry.is_made_up(spec=configured_providers.feed_spec())


def newest_minutes() -> list[Bar]:
    """Return every bar that is newer than the table's, each once. Any thread may ask."""
    pipeline = run_feed.running()
    if pipeline is None:
        return []
    newest = [*list(pipeline.unsaved.values()), *list(pipeline.newest_bars.values())]
    return list({(bar.symbol, bar.ts_start): bar for bar in newest}.values())


def _hours(trade_date: date) -> tuple[datetime, datetime]:
    """Return between which moments a day's trades count, the second excluded."""
    midnight = datetime.combine(trade_date, time(), tzinfo=clock.NEW_YORK)
    if is_made_up():
        return midnight, midnight + timedelta(days=1)
    day = sessions.calendar().find_day(on=trade_date)
    return (midnight, midnight) if day is None else (day.opens_at, day.closes_at)
