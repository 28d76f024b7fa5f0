"""Indicators of a symbol's bars, warmed up by the bars before them."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import numpy as np

from marketdata.contracts import (
    BarColumns,
    CorporateActionKind,
    IndicatorLines,
    Instrument,
    Timeframe,
)
from marketdata.domain import indicators, series
from marketdata.domain.adjustments import Factors
from marketdata.domain.indicators import Indicator
from marketdata.domain.timeframes import is_intraday, midnight_ns, trading_days_of
from marketdata.operations import fetch_when_asked, read_days, read_history
from marketdata.operations.read_history import Range
from marketdata.store import sessions
from trading.infra.few_at_a_time import few_at_a_time
from trading.kernel import clock
from trading.kernel.clock import from_ns, new_york_date

# How far back bars are looked for. Enough for the longest warm-up of daily bars.
_LOOK_BACK = timedelta(days=365 * 60)
_INTRADAY_LOOK_BACK = timedelta(days=365 * 3)
# How many are computed at once; whoever comes later waits, so that orders do not.
_AT_ONCE = 2
# Further back no calendar reaches, whatever number of months is asked for.
_DAYS_MAX = 365 * 200


def read_indicators(
    *,
    instrument: Instrument,
    names: Sequence[str],
    timeframe: Timeframe,
    kinds: Collection[CorporateActionKind],
    limit: int,
    end: datetime,
    now: datetime,
    patience_s: float,
) -> IndicatorLines:
    """
    Return the indicators of the last ``limit`` bars up to ``end``, adjusted for these actions.

    Bars before them are read so that no value depends on where the reading began. On-balance
    volume has no such place: it counts from the first bar of the answer. What is missing of a real
    market is fetched; see ``fetch_when_asked``.

    :raises InvalidIndicator: naming the one that is none
    :raises HistoryOnItsWay, TooMuchHistory: as fetching does
    """
    wanted = [indicators.parse(name=name) for name in names]
    count = limit + max((indicator.warm_up for indicator in wanted), default=0)
    fetch_when_asked.fetch(
        instruments=[instrument],
        wanted=_held_by_days(timeframe, count, end),
        kinds=kinds,
        now=now,
        patience_s=patience_s,
    )
    return _compute(
        instrument, wanted, timeframe, kinds, limit=limit, count=count, end=end, now=now
    )


@few_at_a_time(_AT_ONCE)
def _compute(
    instrument: Instrument,
    wanted: Sequence[Indicator],
    timeframe: Timeframe,
    kinds: Collection[CorporateActionKind],
    *,
    limit: int,
    count: int,
    end: datetime,
    now: datetime,
) -> IndicatorLines:
    """Read ``count`` bars and compute the lines of the last ``limit``."""
    by = read_history.factors_of(instrument=instrument, kinds=kinds, now=now)
    bars = _read(instrument, timeframe, by, count=count, end=end)
    begin = max(len(bars) - limit, 0)
    if len(bars) and any(indicator.needs_whole_session for indicator in wanted):
        bars, begin = _with_session(instrument, timeframe, by, bars=bars, begin=begin, end=end)
    lines: dict[str, np.ndarray] = {}
    for indicator in wanted:
        first = begin if indicator.counts_from_first else 0
        for line, values in indicator.lines(_inputs(bars, first, timeframe)).items():
            lines[line] = values[begin - first :]
    return IndicatorLines(ts_start=bars.ts_start[begin:], lines=lines)


def _held_by_days(timeframe: Timeframe, count: int, end: datetime) -> Range:
    """Return the range of whole days that holds the bars, were each minute traded."""
    days = trading_days_of(timeframe=timeframe, count=count) + 1
    # Two days of seven are weekends, and a few more are holidays.
    first = new_york_date(end) - timedelta(days=min(days * 3 // 2 + 10, _DAYS_MAX))
    known = sessions.calendar().days_between(first_date=first, last_date=new_york_date(end))
    return Range(
        timeframe=timeframe,
        ts_from=midnight_ns(known[-days:][0].trade_date if known else first),
        ts_to=clock.to_ns(end),
        extended_hours=is_intraday(timeframe),
    )


def _read(
    instrument: Instrument, timeframe: Timeframe, by: Factors, *, count: int, end: datetime
) -> BarColumns:
    back = _INTRADAY_LOOK_BACK if is_intraday(timeframe) else _LOOK_BACK
    wanted = Range(
        timeframe=timeframe,
        ts_from=clock.to_ns(end - back),
        ts_to=clock.to_ns(end),
        extended_hours=is_intraday(timeframe) or read_days.is_made_up(),
        limit=count,
        newest_first=True,
    )
    return read_history.read_bars(instrument=instrument, wanted=wanted, by=by)


def _with_session(
    instrument: Instrument,
    timeframe: Timeframe,
    by: Factors,
    *,
    bars: BarColumns,
    begin: int,
    end: datetime,
) -> tuple[BarColumns, int]:
    """Return the bars with the beginning of their first shown session, and where it is now."""
    shown = int(bars.ts_start[begin])
    midnight = midnight_ns(new_york_date(from_ns(shown)))
    if bars.ts_start[0] <= midnight or not is_intraday(timeframe):
        return bars, begin
    wanted = Range(
        timeframe=timeframe,
        ts_from=midnight,
        ts_to=clock.to_ns(end),
        extended_hours=True,
    )
    whole = read_history.read_bars(instrument=instrument, wanted=wanted, by=by)
    joined = series.merge(bars, whole)
    return joined, int(np.searchsorted(joined.ts_start, shown))


def _inputs(bars: BarColumns, first: int, timeframe: Timeframe) -> indicators.Bars:
    rows = slice(first, None)
    if is_intraday(timeframe):
        days = [new_york_date(from_ns(ts)).toordinal() for ts in bars.ts_start[rows].tolist()]
        sessions = np.array(days, dtype=np.int64)
    else:
        sessions = np.arange(len(bars.ts_start[rows]), dtype=np.int64)  # each bar is a session
    return indicators.Bars(
        high=bars.high[rows],
        low=bars.low[rows],
        close=bars.close[rows],
        volume=bars.volume[rows],
        vwap=bars.vwap[rows],
        sessions=sessions,
    )
