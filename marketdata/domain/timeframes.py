"""
Timeframes: spelled as the wire spells them, and longer bars out of shorter ones.

Minutes and hours are counted from midnight New York, so that every session is cut alike, summer and
winter; a daily bar is stamped midnight New York, a weekly one Monday's, a monthly one the first's.
"""

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from marketdata.contracts import UNKNOWN_COUNT, BarColumns, BarUnit, Timeframe
from marketdata.domain import series
from marketdata.domain.calendar import Calendar
from trading.kernel.clock import NEW_YORK, from_ns, new_york_date, to_ns
from trading.kernel.errors import TradingError

NS_PER_MINUTE = 60_000_000_000
ONE_MINUTE = Timeframe(count=1, unit=BarUnit.MINUTE)
ONE_DAY = Timeframe(count=1, unit=BarUnit.DAY)

_SPELLING = re.compile(r"([1-9][0-9]?)(Min|T|Hour|H|Day|D|Week|W|Month|M)")
_UNITS = MappingProxyType(
    {
        "T": BarUnit.MINUTE,
        "H": BarUnit.HOUR,
        "D": BarUnit.DAY,
        "W": BarUnit.WEEK,
        "M": BarUnit.MONTH,
    }
)
_COUNTS = MappingProxyType(
    {
        BarUnit.MINUTE: frozenset(range(1, 60)),
        BarUnit.HOUR: frozenset(range(1, 24)),
        BarUnit.DAY: frozenset({1}),
        BarUnit.WEEK: frozenset({1}),
        BarUnit.MONTH: frozenset({1, 2, 3, 4, 6, 12}),
    }
)
_INTRADAY_MINUTES = MappingProxyType({BarUnit.MINUTE: 1, BarUnit.HOUR: 60})
_MONTHS_PER_YEAR = 12
_SHORTEST_SESSION_MINUTES = 210  # 09:30 to 13:00
_VWAP_PLACES = 6


class InvalidTimeframe(TradingError):
    """Ask for 1-59Min, 1-23Hour, 1Day, 1Week, or 1, 2, 3, 4, 6 or 12Month (or T, H, D, W, M)."""

    code = "INVALID_TIMEFRAME"


def parse_timeframe(*, text: str) -> Timeframe:
    """
    Read ``5Min``, ``5T``, ``4Hour``, ``1D``, ``3Month`` ...

    :raises InvalidTimeframe: if it is none of them
    """
    match = _SPELLING.fullmatch(text)
    if match is not None:
        count, word = int(match[1]), match[2]
        unit = _UNITS[word] if word in _UNITS else BarUnit(word)
        if count in _COUNTS[unit]:
            return Timeframe(count=count, unit=unit)
    raise InvalidTimeframe(f"invalid timeframe: {text}", timeframe=text)


def is_intraday(timeframe: Timeframe) -> bool:
    return timeframe.unit in _INTRADAY_MINUTES


def rows_per_bar(timeframe: Timeframe) -> int:
    """Return how many rows, of minutes or of days, one bar is made of at most."""
    if is_intraday(timeframe):
        return timeframe.count * _INTRADAY_MINUTES[timeframe.unit]
    return timeframe.count * {BarUnit.DAY: 1, BarUnit.WEEK: 7}.get(timeframe.unit, 31)


def trading_days_of(*, timeframe: Timeframe, count: int) -> int:
    """Return how many trading days hold ``count`` bars for certain, by their regular sessions."""
    match timeframe.unit:
        case BarUnit.DAY:
            return count
        case BarUnit.WEEK:
            return 5 * count
        case BarUnit.MONTH:
            return 23 * timeframe.count * count
    minutes = timeframe.count * _INTRADAY_MINUTES[timeframe.unit]
    return -(-count // max(_SHORTEST_SESSION_MINUTES // minutes, 1))


def slot_of(*, ts: int, timeframe: Timeframe) -> tuple[int, int]:
    """Return when the bar that holds the moment ``ts`` starts, and when the next one does."""
    day = new_york_date(from_ns(ts))
    if is_intraday(timeframe):
        midnight, width = midnight_ns(day), rows_per_bar(timeframe) * NS_PER_MINUTE
        start = midnight + (ts - midnight) // width * width
        return start, min(start + width, midnight_ns(day + timedelta(days=1)))
    first = _first_day(timeframe)(day)
    return midnight_ns(first), midnight_ns(_next_first_day(first, timeframe))


def aggregate(*, bars: BarColumns, timeframe: Timeframe) -> BarColumns:
    """
    Join bars, ascending in time, into bars of ``timeframe``.

    The bars must be no longer than the timeframe. Only bars that hold something come out.
    """
    if not len(bars):
        return bars
    starts = _slot_starts(bars.ts_start, timeframe)
    first = np.concatenate([[0], np.flatnonzero(np.diff(starts)) + 1])
    last = np.concatenate([first[1:], [len(bars)]]) - 1
    volume = np.add.reduceat(bars.volume, first)
    # A part without trades needs no average; one that is not told leaves the whole unknown.
    traded = np.add.reduceat(np.where(bars.volume > 0, bars.vwap * bars.volume, 0.0), first)
    is_counted = np.minimum.reduceat(bars.trade_count, first) >= 0
    with np.errstate(invalid="ignore", divide="ignore"):
        vwap = np.round(traded / volume, _VWAP_PLACES)
    return series.make(
        ts_start=starts[first],
        open=bars.open[first],
        high=np.maximum.reduceat(bars.high, first),
        low=np.minimum.reduceat(bars.low, first),
        close=bars.close[last],
        volume=volume,
        trade_count=np.where(is_counted, np.add.reduceat(bars.trade_count, first), UNKNOWN_COUNT),
        vwap=vwap,
    )


def within_regular_hours(*, bars: BarColumns, calendar: Calendar) -> BarColumns:
    """Return the bars that start between the open and the close of a session."""
    opens, closes = calendar.regular_hours
    session = np.searchsorted(opens, bars.ts_start, side="right") - 1
    inside = (session >= 0) & (bars.ts_start < closes[np.maximum(session, 0)])
    return series.take(bars, inside)


@lru_cache(maxsize=65_536)
def midnight_ns(day: date) -> int:
    """Return when a New York day begins, ns."""
    return to_ns(datetime.combine(day, time(), tzinfo=NEW_YORK))


def _slot_starts(ts: NDArray[np.int64], timeframe: Timeframe) -> NDArray[np.int64]:
    first, last = new_york_date(from_ns(int(ts[0]))), new_york_date(from_ns(int(ts[-1])))
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    midnights = np.array([midnight_ns(day) for day in days], dtype=np.int64)
    index = np.searchsorted(midnights, ts, side="right") - 1
    if is_intraday(timeframe):
        width = rows_per_bar(timeframe) * NS_PER_MINUTE
        since_midnight = ts - midnights[index]
        return ts - since_midnight % width
    to_first = _first_day(timeframe)
    firsts = np.array([midnight_ns(to_first(day)) for day in days], dtype=np.int64)
    return firsts[index]


def _first_day(timeframe: Timeframe) -> Callable[[date], date]:
    if timeframe.unit is BarUnit.DAY:
        return lambda day: day
    if timeframe.unit is BarUnit.WEEK:
        return lambda day: day - timedelta(days=day.weekday())
    return lambda day: day.replace(
        month=(day.month - 1) // timeframe.count * timeframe.count + 1, day=1
    )


def _next_first_day(first: date, timeframe: Timeframe) -> date:
    if timeframe.unit is not BarUnit.MONTH:
        return first + timedelta(days=rows_per_bar(timeframe))
    months = first.month - 1 + timeframe.count
    return first.replace(
        year=first.year + months // _MONTHS_PER_YEAR, month=months % _MONTHS_PER_YEAR + 1
    )
