"""Recorded ticks as history: minute and daily bars at the times at which they were recorded."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from msgspec import structs

from marketdata.contracts import Bar, BarColumns, HistoryKind, Trade, TradingDay
from marketdata.domain import series
from marketdata.domain.bars import BarBuilder
from marketdata.domain.conditions import CLOSING_PRINT
from marketdata.domain.sources import RECORDING as SOURCE
from marketdata.domain.timeframes import ONE_DAY, aggregate, midnight_ns
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
    day = sessions.calendar().find_day(on=trade_date)
    minutes, session = _bars(file, trade_date, day)
    built = series.from_bars(minutes)
    is_whole = day is not None and _is_whole(built, day)
    with transaction():
        _write(instrument_id=instrument.id, trade_date=trade_date, minutes=built)
        if is_whole:
            daily = aggregate(bars=series.from_bars(session), timeframe=ONE_DAY)
            _hold(instrument_id=instrument.id, trade_date=trade_date, daily=daily, now=now)
    return LoadedDay(
        symbol=file.symbol, trade_date=trade_date, minutes=len(built), is_whole=is_whole
    )


def _bars(
    file: RecordedFile, trade_date: date, day: TradingDay | None
) -> tuple[list[Bar], list[Bar]]:
    """
    Return the minutes of the day, and those of its regular session with the auctions in them.

    A closing auction is printed after the close; its prints belong to the session.
    """
    minutes, session = _Minutes(), _Minutes()
    for trade in _trades(file, trade_date):
        minutes.add(trade)
        if day is None or trade.ts_event < to_ns(day.opens_at):
            continue
        closes = to_ns(day.closes_at)
        if trade.ts_event < closes:
            session.add(trade)
        elif CLOSING_PRINT in trade.conditions:
            session.add(structs.replace(trade, ts_event=closes - 1))
    return minutes.end(file.symbol), session.end(file.symbol)


def _trades(file: RecordedFile, trade_date: date) -> Iterator[Trade]:
    """Yield the prints as a stream would: their conditions say what they move."""
    midnight = midnight_ns(trade_date)
    for row in read_trades(file):
        ts_event = midnight + row.us * _NS_PER_US
        yield Trade(
            symbol=row.symbol,
            px=row.px,
            size=row.size,
            exchange=row.exchange,
            conditions=row.conditions,
            trade_id=row.number,
            ts_event=ts_event,
            ts_init=ts_event,
            source=SOURCE,
        )


class _Minutes:
    """Minute bars of one symbol's prints, in order."""

    def __init__(self) -> None:
        self._builder = BarBuilder()
        self._built: dict[int, Bar] = {}

    def add(self, trade: Trade) -> None:
        closed = self._builder.add(trade)
        if closed is not None:
            self._built[closed.ts_start] = closed

    def end(self, symbol: str) -> list[Bar]:
        last = self._builder.live(symbol)
        if last is not None:
            self._built[last.ts_start] = last
        return [self._built[ts] for ts in sorted(self._built)]


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
