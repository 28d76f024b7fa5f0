"""Recorded ticks as history: minute and daily bars at the times at which they were recorded."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from marketdata.contracts import Bar, BarColumns, HistoryKind, Trade, TradingDay
from marketdata.domain import series
from marketdata.domain.bars import BarBuilder
from marketdata.domain.sources import RECORDING as SOURCE
from marketdata.domain.timeframes import ONE_DAY, aggregate, midnight_ns, within_regular_hours
from marketdata.feeds.replay.catalog import find_recording, recorded_days
from marketdata.feeds.replay.rows import RecordedFile, inspect, read_trades
from marketdata.store import bars, coverage, instruments, sessions
from trading.infra.transactions import transaction
from trading.kernel.clock import from_ns, to_ns

_NS_PER_US = 1_000
# A recording that reaches this close to the open and to the close has the whole session.
_SLACK = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedDay:
    """``minutes`` is 0 if the security master does not know the symbol: nothing was loaded."""

    symbol: str
    trade_date: date
    minutes: int
    is_whole: bool


def load_recording(*, spec: str, now: datetime) -> Iterator[LoadedDay]:
    """
    Load every recorded day of ``PATH``, or one of ``PATH@YYYYMMDD``; tell of each as it is done.

    A day takes the place of the minutes that were there. Only a whole session counts as held, and
    only it gives a daily bar.

    :raises RecordingNotFound: if there is no such path or no such day in it
    :raises RecordingCorrupt: if a file is damaged; days before it are loaded, it is not
    """
    for day_spec in recorded_days(spec):
        for file in find_recording(day_spec):
            if file.kind == "trade":
                yield _load(file, now)


def _load(file: RecordedFile, now: datetime) -> LoadedDay:
    trade_date = date.fromisoformat(file.date)
    instrument = instruments.find(symbol=file.symbol)
    if instrument is None:
        return LoadedDay(symbol=file.symbol, trade_date=trade_date, minutes=0, is_whole=False)
    inspect(file)
    built = series.from_bars(_minutes(file, trade_date))
    day = sessions.calendar().find_day(on=trade_date)
    is_whole = day is not None and _is_whole(built, day)
    with transaction():
        _write(instrument_id=instrument.id, trade_date=trade_date, minutes=built)
        if is_whole:
            regular = within_regular_hours(bars=built, calendar=sessions.calendar())
            daily = aggregate(bars=regular, timeframe=ONE_DAY)
            _hold(instrument_id=instrument.id, trade_date=trade_date, daily=daily, now=now)
    return LoadedDay(
        symbol=file.symbol, trade_date=trade_date, minutes=len(built), is_whole=is_whole
    )


def _minutes(file: RecordedFile, trade_date: date) -> list[Bar]:
    midnight = midnight_ns(trade_date)
    builder = BarBuilder()
    built: dict[int, Bar] = {}
    for row in read_trades(file):
        ts_event = midnight + row.us * _NS_PER_US
        closed = builder.add(
            Trade(
                symbol=row.symbol,
                px=row.px,
                size=row.size,
                exchange=row.exchange,
                # Every print counts, as in the recorder's own bars: it has marked what does not.
                conditions=(),
                trade_id=row.number,
                ts_event=ts_event,
                ts_init=ts_event,
                source=SOURCE,
            )
        )
        if closed is not None:
            built[closed.ts_start] = closed
    last = builder.live(file.symbol)
    if last is not None:
        built[last.ts_start] = last
    return [built[ts] for ts in sorted(built)]


def _is_whole(built: BarColumns, day: TradingDay) -> bool:
    if not len(built):
        return False
    first, last = int(built.ts_start[0]), int(built.ts_start[-1])
    return first <= to_ns(day.opens_at + _SLACK) and last >= to_ns(day.closes_at - _SLACK)


def _write(*, instrument_id: UUID, trade_date: date, minutes: BarColumns) -> None:
    bars.delete_other_sources(
        instrument_id=instrument_id,
        kind=HistoryKind.MINUTE_BARS,
        start=from_ns(midnight_ns(trade_date)),
        end=from_ns(midnight_ns(trade_date + timedelta(days=1))),
        source=SOURCE,
    )
    bars.write_columns(
        instrument_id=instrument_id, kind=HistoryKind.MINUTE_BARS, bars=minutes, source=SOURCE
    )
    coverage.let_go(instrument_id=instrument_id, kind=HistoryKind.MINUTE_BARS, dates=[trade_date])


def _hold(*, instrument_id: UUID, trade_date: date, daily: BarColumns, now: datetime) -> None:
    bars.write_columns(
        instrument_id=instrument_id, kind=HistoryKind.DAILY_BARS, bars=daily, source=SOURCE
    )
    for kind in (HistoryKind.MINUTE_BARS, HistoryKind.DAILY_BARS):
        coverage.hold(
            instrument_id=instrument_id, kind=kind, dates=[trade_date], source=SOURCE, held_at=now
        )
