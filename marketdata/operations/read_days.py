"""The bars of one trading day, its newest minutes included."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from marketdata.contracts import Bar, FeedKind
from marketdata.domain.timeframes import midnight_ns
from marketdata.operations import run_feed
from marketdata.store import days, sessions
from trading.kernel import clock


def read_day(*, symbols: Sequence[str] | None, trade_date: date) -> dict[str, Bar]:
    """
    Return the day's bar of each symbol that traded on that New York day, stamped with its midnight.

    It holds the regular session or, of a made-up market, everything. ``symbols`` None means all.
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
    return {symbol: _join(bars, ts_start=midnight_ns(trade_date)) for symbol, bars in parts.items()}


def is_made_up() -> bool:
    """Tell whether the market keeps no hours of the exchange: a simulation, or a replay."""
    return run_feed.market_kind() in {FeedKind.SIMULATED, FeedKind.REPLAY}


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


def _join(parts: list[Bar], *, ts_start: int) -> Bar:
    first, last = min(parts, key=_ts_start), max(parts, key=_ts_start)
    volume = sum(part.volume for part in parts)
    paid = sum(part.vwap * part.volume for part in parts)
    return Bar(
        symbol=first.symbol,
        ts_start=ts_start,
        open=first.open,
        high=max(part.high for part in parts),
        low=min(part.low for part in parts),
        close=last.close,
        volume=volume,
        trade_count=sum(part.trade_count for part in parts),
        vwap=round(paid / volume, 6) if volume else last.close,
    )


def _ts_start(bar: Bar) -> int:
    return bar.ts_start
