"""Any range of bars in any timeframe, raw or adjusted, and what of it is not held."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from marketdata.contracts import (
    BarColumns,
    CorporateActionKind,
    DateRange,
    History,
    HistoryKind,
    Instrument,
    Timeframe,
    TradingDay,
)
from marketdata.domain import adjustments, gaps, series
from marketdata.domain.adjustments import Factors
from marketdata.domain.timeframes import (
    ONE_DAY,
    ONE_MINUTE,
    aggregate,
    is_intraday,
    midnight_ns,
    rows_per_bar,
    slot_of,
    within_regular_hours,
)
from marketdata.operations import read_days, run_feed
from marketdata.store import actions, bars, coverage, sessions
from trading.kernel.clock import from_ns, new_york_date

_ANY_NUMBER_OF_DAYS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """
    The bars of ``timeframe`` that start within [ts_from, ts_to].

    ``limit`` keeps the first of them or, with ``newest_first``, the last; they ascend either way.
    Without ``extended_hours`` only the regular session's minutes count.
    """

    timeframe: Timeframe
    ts_from: int
    ts_to: int
    extended_hours: bool
    limit: int | None = None
    newest_first: bool = False


def read_bars(*, instrument: Instrument, wanted: Range, by: Factors | None = None) -> BarColumns:
    """
    Return the bars that are stored, and the live ones, adjusted by ``by``.

    Days, weeks and months are made of the daily bars that are stored; today's, of what its provider
    tells of it; and where there is neither, of that day's minutes.
    """
    if is_intraday(wanted.timeframe):
        parts = _minutes(instrument, wanted, *_slots(wanted), limit=_rows_needed(wanted))
    else:
        parts = _days(instrument, wanted)
    if by is not None:
        parts = adjustments.adjust(bars=parts, by=by)
    if wanted.timeframe != ONE_MINUTE:
        parts = aggregate(bars=parts, timeframe=wanted.timeframe)
    found = series.within(parts, ts_from=wanted.ts_from, ts_to=wanted.ts_to)
    return _limited(found, limit=wanted.limit, newest_first=wanted.newest_first)


def read_history(
    *,
    instrument: Instrument,
    wanted: Range,
    kinds: Collection[CorporateActionKind],
    now: datetime,
) -> History:
    """Return the bars, adjusted for these kinds of corporate actions, and what is missing."""
    by = factors_of(instrument=instrument, kinds=kinds, now=now)
    found = read_bars(instrument=instrument, wanted=wanted, by=by)
    first = wanted.ts_from
    return History(
        symbol=instrument.symbol,
        timeframe=wanted.timeframe,
        bars=found,
        missing=tuple(missing_days(instrument=instrument, wanted=wanted, now=now)),
        unadjusted=tuple(action for action in by.unresolved if midnight_ns(action.ex_date) > first),
    )


def factors_of(
    *, instrument: Instrument, kinds: Collection[CorporateActionKind], now: datetime
) -> Factors:
    """Return the factors that corporate actions of these kinds give, up to today's."""
    known = (
        actions.list_of(
            instrument_id=instrument.id, symbol=instrument.symbol, last_date=new_york_date(now)
        )
        if kinds
        else []
    )
    dividends = [
        action.ex_date
        for action in known
        if action.kind is CorporateActionKind.CASH_DIVIDEND
        and action.kind in kinds
        and action.factor is None
    ]
    return adjustments.factors(
        actions=known,
        kinds=kinds,
        closes_before=actions.closes_before(instrument_id=instrument.id, ex_dates=dividends),
    )


def missing_days(*, instrument: Instrument, wanted: Range, now: datetime) -> list[DateRange]:
    """Return the finished trading days of the range whose bars nobody has fetched or recorded."""
    kinds = [HistoryKind.MINUTE_BARS]
    if not is_intraday(wanted.timeframe):
        kinds.append(HistoryKind.DAILY_BARS)
    return missing_of(instrument=instrument, kinds=kinds, wanted=wanted, now=now)


def missing_of(
    *, instrument: Instrument, kinds: Iterable[HistoryKind], wanted: Range, now: datetime
) -> list[DateRange]:
    """Return the finished trading days of the range that are held as none of these kinds."""
    days = days_of(wanted)
    held: set[date] = set()
    for kind in kinds if days else ():
        held |= coverage.held_dates(
            instrument_id=instrument.id,
            kind=kind,
            first_date=days[0].trade_date,
            last_date=days[-1].trade_date,
        )
    return gaps.missing_pieces(
        wanted=gaps.finished(days=days, now=now), held=held, max_days=_ANY_NUMBER_OF_DAYS
    )


def days_of(wanted: Range) -> Sequence[TradingDay]:
    """Return the trading days that the range, widened to whole bars, reaches into."""
    span = _dates(*_slots(wanted))
    return sessions.calendar().days_between(first_date=span.first_date, last_date=span.last_date)


def _minutes(
    instrument: Instrument, wanted: Range, ts_from: int, ts_to: int, *, limit: int | None = None
) -> BarColumns:
    pipeline = run_feed.running()
    # Before the table is read: a bar saved in between is then in both, never in neither.
    fresh = [] if pipeline is None else pipeline.fresh_bars(instrument.symbol)
    stored = bars.read_columns(
        instrument_id=instrument.id,
        start=from_ns(ts_from),
        end=from_ns(ts_to),
        limit=limit,
        newest_first=wanted.newest_first,
    )
    live = [bar for bar in fresh if ts_from <= bar.ts_start <= ts_to]
    found = series.merge(stored, series.from_bars(live))
    found = _limited(found, limit=limit, newest_first=wanted.newest_first)
    if wanted.extended_hours:
        return found
    return within_regular_hours(bars=found, calendar=sessions.calendar())


def _days(instrument: Instrument, wanted: Range) -> BarColumns:
    ts_from, ts_to = _slots(wanted)
    daily = bars.read_columns(
        instrument_id=instrument.id,
        kind=HistoryKind.DAILY_BARS,
        start=from_ns(ts_from),
        end=from_ns(ts_to),
    )
    held = [new_york_date(from_ns(ts)) for ts in daily.ts_start.tolist()]
    span = _dates(ts_from, ts_to)
    without = gaps.spans_without(held=held, first_date=span.first_date, last_date=span.last_date)
    for each in _with_trading(without, wanted):
        first = midnight_ns(each.first_date)
        last = midnight_ns(each.last_date + timedelta(days=1)) - 1
        minutes = _minutes(instrument, wanted, first, last)
        daily = series.merge(daily, aggregate(bars=minutes, timeframe=ONE_DAY))
    if wanted.extended_hours:
        return daily
    return series.merge(daily, _told_today(instrument, wanted, held))


def _told_today(instrument: Instrument, wanted: Range, held: Collection[date]) -> BarColumns:
    """Return the day's bar as its provider tells it while it grows, if it is in the range."""
    pipeline = run_feed.running()
    told = None if pipeline is None else pipeline.latest.daily_bars.get(instrument.symbol)
    first, last = _slots(wanted)
    if told is None or not first <= told.bar.ts_start <= last:
        return series.empty()
    trade_date = new_york_date(from_ns(told.bar.ts_start))
    if trade_date in held:
        return series.empty()
    today = read_days.read_day(symbols=[instrument.symbol], trade_date=trade_date)
    return series.from_bars(today.values())


def _with_trading(spans: Iterable[DateRange], wanted: Range) -> list[DateRange]:
    """Leave out weekends and holidays, on which only a made-up market has minutes."""
    calendar = sessions.calendar()
    return [
        span
        for span in spans
        if wanted.extended_hours
        or calendar.days_between(first_date=span.first_date, last_date=span.last_date)
    ]


def _slots(wanted: Range) -> tuple[int, int]:
    """Return the range, widened to whole bars."""
    first, _ = slot_of(ts=wanted.ts_from, timeframe=wanted.timeframe)
    _, following = slot_of(ts=wanted.ts_to, timeframe=wanted.timeframe)
    return first, following - 1


def _dates(ts_from: int, ts_to: int) -> DateRange:
    return DateRange(
        first_date=new_york_date(from_ns(ts_from)), last_date=new_york_date(from_ns(ts_to))
    )


def _rows_needed(wanted: Range) -> int | None:
    """Return how many minutes hold ``limit`` bars; None if that is not known beforehand."""
    if wanted.limit is None or not wanted.extended_hours:
        return None
    # The bar at either end may be cut off in its middle.
    return (wanted.limit + 2) * rows_per_bar(wanted.timeframe)


def _limited(found: BarColumns, *, limit: int | None, newest_first: bool) -> BarColumns:
    if limit is None or len(found) <= limit:
        return found
    return series.take(found, slice(-limit, None) if newest_first else slice(limit))
