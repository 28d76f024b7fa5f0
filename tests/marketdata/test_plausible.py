"""One rule says which bars a market can have made, for streams and for histories."""

import math

import numpy as np
import pytest
from hypothesis import given, strategies as st

from marketdata.domain import series
from marketdata.domain.plausible import (
    best_of_twins,
    is_placeholder,
    is_possible_bar,
    possible_rows,
)
from tests.marketdata.build import T0, bar

ODD = [
    bar(open_px=125.0, high=120.0, low=126.0, close=122.0),
    bar(high=10.5),  # below the close
    bar(low=10.5),  # above the open
    bar(open_px=0.0, high=0.0, low=0.0, close=0.0),
    bar(low=-1.0),
    bar(volume=-1.0),
    bar(high=math.inf),
    bar(close=math.nan),
    bar(volume=math.nan),
    bar(volume=1e20),
    bar(high=1e300),
]


@pytest.mark.parametrize("odd", ODD)
def test_a_bar_that_no_market_made_is_not_possible(odd):
    assert not is_possible_bar(odd)


@pytest.mark.parametrize(
    "good",
    [
        bar(),
        bar(open_px=5.0, high=5.0, low=5.0, close=5.0, volume=0.75),
        bar(volume=0.0, trade_count=0),
        bar(open_px=728_000.0, high=728_050.0, low=727_000.0, close=728_000.0),
    ],
)
def test_a_bar_of_a_market_is_possible(good):
    assert is_possible_bar(good)


@given(
    numbers=st.lists(
        st.tuples(*[st.sampled_from([0.0, 1.0, 2.0, 3.0, -1.0, math.nan, math.inf])] * 5),
        max_size=20,
    )
)
def test_columns_are_judged_as_single_bars_are(numbers):
    bars = [
        bar(ts_start=T0 + n, open_px=o, high=h, low=lo, close=c, volume=v)
        for n, (o, h, lo, c, v) in enumerate(numbers)
    ]
    judged = possible_rows(series.from_bars(bars)).tolist()
    assert judged == [is_possible_bar(each) for each in bars]


def test_of_twins_the_one_with_a_volume_stands_wherever_it_comes():
    placeholder = bar(open_px=14.7, high=14.7, low=14.7, close=14.7, volume=0.0)
    real = bar(volume=900.0)
    for twins in ([placeholder, real], [real, placeholder]):
        assert best_of_twins(series.from_bars(twins)).volume.tolist() == [900.0]
    assert is_placeholder(placeholder, beside=real)
    assert not is_placeholder(real, beside=placeholder)
    assert not is_placeholder(placeholder, beside=placeholder)


def test_of_equal_twins_the_later_stands_and_others_stay_in_order():
    first, other, later = bar(close=11.1), bar(ts_start=T0 - 60), bar(close=11.2)
    best = best_of_twins(series.from_bars([first, other, later]))
    assert best.ts_start.tolist() == [T0 - 60, T0]
    assert best.close.tolist() == [11.0, 11.2]
    assert len(best_of_twins(series.empty())) == 0
    assert np.all(np.diff(best.ts_start) > 0)
