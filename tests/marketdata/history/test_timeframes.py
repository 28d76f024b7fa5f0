"""Every timeframe is read, and longer bars hold exactly what shorter ones hold."""

from datetime import date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, strategies as st

from marketdata.contracts import BarUnit, Timeframe
from marketdata.domain import series
from marketdata.domain.timeframes import (
    InvalidTimeframe,
    aggregate,
    midnight_ns,
    parse_timeframe,
    slot_of,
    within_regular_hours,
)
from tests.marketdata.build import MINUTE_NS, bar
from tests.marketdata.history import lean
from trading.kernel.clock import NEW_YORK, from_ns, to_ns

EVERY = [
    *(Timeframe(count=n, unit=BarUnit.MINUTE) for n in range(1, 60)),
    *(Timeframe(count=n, unit=BarUnit.HOUR) for n in range(1, 24)),
    Timeframe(count=1, unit=BarUnit.DAY),
    Timeframe(count=1, unit=BarUnit.WEEK),
    *(Timeframe(count=n, unit=BarUnit.MONTH) for n in (1, 2, 3, 4, 6, 12)),
]


def at(*values: int) -> int:
    return to_ns(datetime(*values, tzinfo=NEW_YORK))  # type: ignore[misc, arg-type]


@pytest.mark.parametrize("timeframe", EVERY, ids=str)
def test_a_timeframe_is_read_as_it_is_written(timeframe):
    assert parse_timeframe(text=str(timeframe)) == timeframe
    short = "T" if timeframe.unit is BarUnit.MINUTE else timeframe.unit.value[0]
    assert parse_timeframe(text=f"{timeframe.count}{short}") == timeframe


@pytest.mark.parametrize(
    "text",
    ["", "Min", "0Min", "60Min", "24Hour", "2Day", "2Week", "5Month", "1min", "01Min", "1Min ",
     "-1Min", "1", "1Minute", "bogus", "\u0661Min"],
)  # fmt: skip
def test_anything_else_is_refused_by_name(text):
    with pytest.raises(InvalidTimeframe, match="invalid timeframe"):
        parse_timeframe(text=text)


def starts(text: str, *minutes: int) -> list[str]:
    bars = series.from_bars(bar(ts_start=ts) for ts in minutes)
    joined = aggregate(bars=bars, timeframe=parse_timeframe(text=text))
    return [f"{from_ns(ts).astimezone(NEW_YORK):%m-%d %H:%M}" for ts in joined.ts_start.tolist()]


@pytest.mark.parametrize("month", [1, 7])  # winter and summer
def test_bars_begin_where_the_tape_begins_them(month):
    open_, noon = at(2024, month, 10, 9, 30), at(2024, month, 10, 12, 59)
    day = f"{month:02}-10"
    assert starts("15Min", open_, noon) == [f"{day} 09:30", f"{day} 12:45"]
    assert starts("1Hour", open_, noon) == [f"{day} 09:00", f"{day} 12:00"]
    assert starts("4Hour", at(2024, month, 10, 4), open_, noon) == [
        f"{day} 04:00", f"{day} 08:00", f"{day} 12:00",
    ]  # fmt: skip
    assert starts("1Day", open_, noon) == [f"{day} 00:00"]
    assert starts("1Week", open_) == [f"{month:02}-08 00:00"]
    assert starts("3Month", open_) == [f"{month:02}-01 00:00"]
    assert starts("12Month", open_) == ["01-01 00:00"]


def test_a_week_is_stamped_monday_also_when_monday_was_closed():
    assert starts("1Week", at(2024, 1, 16, 10), at(2024, 1, 19, 10)) == ["01-15 00:00"]


@given(
    offsets=st.sets(st.integers(0, 60 * 24 * 45), min_size=1, max_size=200),
    timeframe=st.sampled_from(EVERY),
)
def test_nothing_is_lost_and_bars_ascend(offsets, timeframe):
    first = at(2024, 2, 20)  # the clocks change within the range
    bars = series.from_bars(
        bar(ts_start=first + n * MINUTE_NS, close=9 + n % 3) for n in sorted(offsets)
    )
    joined = aggregate(bars=bars, timeframe=timeframe)
    assert joined.volume.sum() == bars.volume.sum()
    assert joined.trade_count.sum() == bars.trade_count.sum()
    assert (np.diff(joined.ts_start) > 0).all()
    assert joined.close[-1] == bars.close[-1]
    for ts in joined.ts_start.tolist():
        begins, ends = slot_of(ts=ts, timeframe=timeframe)
        assert begins == ts < ends
        assert slot_of(ts=ends, timeframe=timeframe)[0] == ends


def test_a_bar_holds_first_last_highest_lowest_and_the_weighted_mean():
    bars = series.from_bars(
        [
            bar(ts_start=at(2024, 1, 10, 9, 31), open_px=10, high=12, low=9, close=11, volume=100,
                vwap=10),
            bar(ts_start=at(2024, 1, 10, 9, 34), open_px=11, high=15, low=8, close=14, volume=300,
                vwap=14),
        ]
    )  # fmt: skip
    (joined,) = series.to_bars(
        aggregate(bars=bars, timeframe=parse_timeframe(text="5Min")), symbol="IBM"
    )
    assert joined == bar(
        ts_start=at(2024, 1, 10, 9, 30), open_px=10, high=15, low=8, close=14, volume=400,
        trade_count=6, vwap=13,
    )  # fmt: skip


def test_nothing_makes_nothing():
    assert len(aggregate(bars=series.empty(), timeframe=EVERY[5])) == 0


def test_regular_hours_end_early_on_a_short_day(calendar):
    bars = series.from_bars(
        bar(ts_start=at(2013, 11, 29, hour, minute))
        for hour, minute in ((9, 29), (9, 30), (12, 59), (13, 0), (15, 0))
    )
    kept = within_regular_hours(bars=bars, calendar=calendar)
    assert kept.ts_start.tolist() == [at(2013, 11, 29, 9, 30), at(2013, 11, 29, 12, 59)]


@pytest.mark.parametrize("symbol", ["aapl", "spy", "ibm", "bac"])
def test_hours_make_the_recorded_days(market_data_pack, symbol):
    days = lean.dated(market_data_pack, "daily", symbol)
    built = aggregate(
        bars=lean.dated(market_data_pack, "hour", symbol), timeframe=parse_timeframe(text="1Day")
    )
    assert len(built) == len(days) == 5_849
    for name in ("ts_start", "open", "high", "low", "close", "volume"):
        assert (getattr(built, name) == getattr(days, name)).all(), name


# Days on which the vendor's own daily bar is not the sum of its minutes: it counts prints of the
# closing auction that were reported after the close, and leaves out outliers that its minutes hold.
CLOSING_PRINTS_AFTER_CLOSE = {
    ("ibm", date(2013, 10, 4)), ("ibm", date(2013, 10, 7)), ("ibm", date(2013, 10, 8)),
    ("ibm", date(2013, 10, 10)), ("ibm", date(2013, 10, 11)), ("goog", date(2015, 12, 24)),
}  # fmt: skip
OUTLIERS_IN_MINUTES = {
    ("ibm", date(2013, 10, 4)), ("ibm", date(2013, 10, 8)), ("aapl", date(2014, 6, 5)),
    ("goog", date(2015, 12, 24)),
}  # fmt: skip
CENT = 0.010001
RECORDED_DAYS = [
    *((symbol, date(2013, 10, 4) + timedelta(days=n))
      for symbol in ("spy", "ibm", "bac") for n in (0, 3, 4, 5, 6, 7)),
    *(("aapl", date(2014, 6, n)) for n in (5, 6, 9)),
    *(("goog", date(2015, 12, n)) for n in (23, 24, 28)),
]  # fmt: skip


@pytest.mark.parametrize(("symbol", "day"), RECORDED_DAYS)
def test_regular_minutes_make_the_recorded_day(market_data_pack, calendar, symbol, day):
    minutes = lean.minutes(market_data_pack, symbol, day)
    regular = within_regular_hours(bars=minutes, calendar=calendar)
    (built,) = series.to_bars(
        aggregate(bars=regular, timeframe=parse_timeframe(text="1Day")), symbol=symbol
    )
    days = lean.dated(market_data_pack, "daily", symbol)
    (recorded,) = series.to_bars(
        series.within(days, ts_from=midnight_ns(day), ts_to=midnight_ns(day)), symbol=symbol
    )
    assert built.ts_start == recorded.ts_start == midnight_ns(day)
    assert abs(built.open - recorded.open) < CENT
    assert abs(built.close - recorded.close) < CENT
    assert built.low <= recorded.low <= recorded.high <= built.high
    if (symbol, day) not in OUTLIERS_IN_MINUTES:
        assert built.high - recorded.high < CENT
        assert recorded.low - built.low < CENT
    if (symbol, day) in CLOSING_PRINTS_AFTER_CLOSE:
        assert built.volume < recorded.volume <= minutes.volume.sum()
    else:
        assert built.volume == recorded.volume
