"""Longer bars hold exactly what their minutes hold."""

import pytest
from hypothesis import given, strategies as st

from marketdata.contracts import Bar
from marketdata.domain.aggregate import TIMEFRAMES, InvalidTimeframe, aggregate, minutes_of
from marketdata.domain.ranges import minutes_within, overlay
from tests.marketdata.build import MINUTE_NS, bar

HOUR_NS = 60 * MINUTE_NS
NINE = 500_000 * HOUR_NS


def test_five_minutes_join_into_one_bar():
    minutes = [
        bar(ts_start=NINE + MINUTE_NS, open_px=10, high=12, low=9, close=11, volume=100, vwap=10),
        bar(
            ts_start=NINE + 4 * MINUTE_NS, open_px=11, high=15, low=8, close=14, volume=300, vwap=14
        ),
        bar(ts_start=NINE + 5 * MINUTE_NS, open_px=1, high=1, low=1, close=1, volume=1, vwap=1),
    ]
    first, second = aggregate(bars=minutes, minutes=5)
    assert first == bar(
        ts_start=NINE,
        open_px=10,
        high=15,
        low=8,
        close=14,
        volume=400,
        trade_count=6,
        vwap=13,
    )
    assert (second.ts_start, second.volume) == (NINE + 5 * MINUTE_NS, 1)


@given(
    offsets=st.sets(st.integers(0, 300)), minutes=st.sampled_from(sorted(set(TIMEFRAMES.values())))
)
def test_volume_is_kept_and_bars_start_on_whole_multiples(offsets, minutes):
    parts = [bar(ts_start=NINE + offset * MINUTE_NS) for offset in sorted(offsets)]
    joined = list(aggregate(bars=parts, minutes=minutes))
    assert sum(each.volume for each in joined) == sum(each.volume for each in parts)
    starts = [each.ts_start for each in joined]
    assert starts == sorted(set(starts))
    assert all(start % (minutes * MINUTE_NS) == 0 for start in starts)


@pytest.mark.parametrize("timeframe", ["", "2Min", "1min", "1Day", "Min", "bogus"])
def test_a_timeframe_that_is_not_built_is_named(timeframe):
    with pytest.raises(InvalidTimeframe, match=f"invalid timeframe: {timeframe}"):
        minutes_of(timeframe=timeframe)


@pytest.mark.parametrize(
    ("ts_from", "ts_to", "minutes", "within"),
    [
        (0, 10, 1, (0, 10)),
        (1, 10, 5, (5, 14)),
        (0, 4, 5, (0, 4)),
        (1, 4, 5, (5, 4)),  # none
        (0, 60, 60, (0, 119)),
    ],
)
def test_the_minutes_of_a_range_are_those_of_the_bars_that_start_in_it(
    ts_from, ts_to, minutes, within
):
    first, last = minutes_within(
        ts_from=ts_from * MINUTE_NS, ts_to=ts_to * MINUTE_NS, minutes=minutes
    )
    assert (first // MINUTE_NS, last // MINUTE_NS) == within


@given(
    stored=st.sets(st.integers(0, 30)),
    fresh=st.sets(st.integers(0, 40)),
    limit=st.integers(1, 20),
    newest_first=st.booleans(),
)
def test_fresh_bars_lie_over_the_stored_ones(stored, fresh, limit, newest_first):
    def answered(minutes: set[int], close: float) -> list[Bar]:
        chosen = sorted((m for m in minutes if 5 <= m <= 25), reverse=newest_first)[:limit]
        return [bar(ts_start=m * MINUTE_NS, close=close) for m in chosen]

    found = overlay(
        stored=answered(stored, 1.0),
        fresh=[bar(ts_start=m * MINUTE_NS, close=2.0) for m in fresh],
        ts_from=5 * MINUTE_NS,
        ts_to=25 * MINUTE_NS,
        limit=limit,
        newest_first=newest_first,
    )
    assert [b.ts_start for b in found] == [b.ts_start for b in answered(stored | fresh, 0.0)]
    assert all(b.close == (2.0 if b.ts_start // MINUTE_NS in fresh else 1.0) for b in found)
