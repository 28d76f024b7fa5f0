"""Bars go in by COPY and come out as columns, exactly."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from marketdata.contracts import BarColumns, HistoryKind
from marketdata.domain import series
from marketdata.domain.timeframes import midnight_ns
from marketdata.models import DailyBar, MinuteBar
from marketdata.store import bars
from tests.marketdata.build import MINUTE_NS, T0, bar
from trading.infra.transactions import transaction
from trading.kernel.clock import from_ns

MINUTES, DAYS = HistoryKind.MINUTE_BARS, HistoryKind.DAILY_BARS


def minutes(*offsets: int, close: float = 11.0) -> BarColumns:
    return series.from_bars(bar(ts_start=T0 + n * MINUTE_NS, close=close) for n in sorted(offsets))


def days(*numbers: int) -> BarColumns:
    first = date(2024, 3, 1)  # the clocks change on the 10th
    return series.from_bars(
        bar(ts_start=midnight_ns(first + timedelta(days=n)), close=10 + n) for n in numbers
    )


def write(instrument_id, columns, *, kind=MINUTES, source="test"):
    with transaction():
        bars.write_columns(instrument_id=instrument_id, kind=kind, bars=columns, source=source)


def read(instrument_id, *, kind=MINUTES, ts_from=0, ts_to=2**62, **limits):
    return bars.read_columns(
        instrument_id=instrument_id, kind=kind, start=from_ns(ts_from), end=from_ns(ts_to), **limits
    )


def same(left: BarColumns, right: BarColumns) -> bool:
    return all(
        np.array_equal(getattr(left, name), getattr(right, name), equal_nan=True)
        for name in series.NAMES
    )


@pytest.mark.parametrize(("kind", "written"), [(MINUTES, minutes(0, 1, 5)), (DAYS, days(0, 9, 11))])
def test_what_is_written_is_read_back_exactly(ibm, kind, written):
    write(ibm, written, kind=kind)
    found = read(ibm, kind=kind)
    assert same(found, written)
    assert found.ts_start.dtype == found.trade_count.dtype == np.int64
    assert found.close.dtype == np.float64


def test_a_vwap_that_nobody_told_stays_unknown(ibm):
    write(ibm, series.from_bars([bar(vwap=float("nan"))]))
    assert np.isnan(read(ibm).vwap).all()


def test_the_ends_of_a_range_belong_to_it(ibm):
    write(ibm, minutes(*range(10)))
    found = read(ibm, ts_from=T0 + 2 * MINUTE_NS, ts_to=T0 + 4 * MINUTE_NS)
    assert same(found, minutes(2, 3, 4))


def test_a_day_belongs_to_a_range_that_holds_its_midnight(ibm):
    write(ibm, days(0, 1, 2), kind=DAYS)
    first = midnight_ns(date(2024, 3, 1))
    assert len(read(ibm, kind=DAYS, ts_from=first, ts_to=first)) == 1
    later = read(ibm, kind=DAYS, ts_from=first + 1_000, ts_to=midnight_ns(date(2024, 3, 3)))
    assert later.close.tolist() == [11, 12]


def test_a_limit_keeps_either_end_and_the_order(ibm):
    write(ibm, minutes(*range(10)))
    assert same(read(ibm, limit=3), minutes(0, 1, 2))
    assert same(read(ibm, limit=3, newest_first=True), minutes(7, 8, 9))
    assert len(read(ibm, ts_from=T0 + 10**15)) == 0


def test_a_bar_that_is_there_takes_the_new_values_and_its_source(ibm):
    write(ibm, minutes(0, 1, 2), source="first")
    write(ibm, minutes(2, 3, close=12.0), source="second")
    assert read(ibm).close.tolist() == [11, 11, 12, 12]
    sources = MinuteBar.objects.order_by("ts_start").values_list("source", flat=True)
    assert list(sources) == ["first", "first", "second", "second"]


def test_what_the_feed_wrote_carries_its_source(ibm):
    bars.write(bars=[bar()], source="simulated")
    assert MinuteBar.objects.get().source == "simulated"


def test_other_sources_are_taken_away_within_the_range_only(ibm):
    write(ibm, minutes(0, 1, 2, 3), source="other")
    write(ibm, minutes(1), source="kept")
    with transaction():
        bars.delete_other_sources(
            instrument_id=ibm,
            kind=MINUTES,
            start=from_ns(T0 + MINUTE_NS),
            end=from_ns(T0 + 3 * MINUTE_NS),
            source="kept",
        )
    assert same(read(ibm), minutes(0, 1, 3))


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    batches=st.lists(
        st.dictionaries(st.integers(0, 30), st.floats(0.01, 1e6), min_size=1, max_size=20),
        max_size=5,
    ),
    kind=st.sampled_from([MINUTES, DAYS]),
)
def test_after_any_batches_each_bar_is_the_one_written_last(ibm, batches, kind):
    MinuteBar.objects.all().delete()
    DailyBar.objects.all().delete()
    starts = {
        n: T0 + n * MINUTE_NS if kind is MINUTES else midnight_ns(date(2024, 3, 1 + n))
        for n in range(31)
    }
    expected: dict[int, float] = {}
    for batch in batches:
        write(
            ibm,
            series.from_bars(bar(ts_start=starts[n], close=batch[n]) for n in sorted(batch)),
            kind=kind,
        )
        expected.update(batch)
    found = read(ibm, kind=kind)
    assert found.ts_start.tolist() == [starts[n] for n in sorted(expected)]
    assert found.close.tolist() == [expected[n] for n in sorted(expected)]


@given(older=st.sets(st.integers(0, 20)), newer=st.sets(st.integers(0, 20)))
def test_newer_bars_lie_over_older_ones(older, newer):
    merged = series.merge(minutes(*older, close=1.0), minutes(*newer, close=2.0))
    assert merged.ts_start.tolist() == [T0 + n * MINUTE_NS for n in sorted(older | newer)]
    assert merged.close.tolist() == [2.0 if n in newer else 1.0 for n in sorted(older | newer)]
