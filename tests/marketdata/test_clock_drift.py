"""A clock that differs from the providers' is told with its seconds; one odd tick is not."""

import pytest

from marketdata.domain.clock_drift import ClockDrift
from tests.marketdata.build import T0

SECOND = 1_000_000_000


def drift_of(*ages_s: float) -> ClockDrift:
    drift = ClockDrift()
    for number, age_s in enumerate(ages_s):
        now_ns = T0 + number * SECOND
        drift.note(source="alpaca", ts_event=now_ns - round(age_s * SECOND), now_ns=now_ns)
    return drift


@pytest.mark.parametrize(
    ("ages_s", "words"),
    [
        (
            [-3.0] * 6,
            "ticks come from the future: this host's clock is 3.0 s behind that of alpaca",
        ),
        ([-3.0, -2.5, 7.0, -2.5, -2.4, 0.0, -2.6], "2.5 s behind"),
        ([8.0] * 6, "this host's clock is 8.0 s ahead of that of alpaca"),
        ([7_200.1] * 5, "7,200.1 s ahead"),
    ],
)
def test_a_clock_that_differs_is_told_with_its_seconds(ages_s, words):
    assert words in drift_of(*ages_s).trouble(now_ns=T0 + 10 * SECOND)


@pytest.mark.parametrize(
    "ages_s",
    [
        [],
        [0.02] * 20,
        [-0.9] * 20,  # clocks differ a little
        [-7_200.0] * 4,  # too few to know
        [0.02, -7_200.0, 0.03, 90.0, 0.02, -7_200.0, 0.03],
        [-3.0] * 15 + [0.01] * 8,  # the clock was set
    ],
)
def test_clocks_that_agree_and_odd_ticks_are_no_trouble(ages_s):
    assert drift_of(*ages_s).trouble(now_ns=T0 + 30 * SECOND) == ""


def test_what_was_long_ago_says_nothing_of_now():
    assert drift_of(*[-3.0] * 6).trouble(now_ns=T0 + 600 * SECOND) == ""


def test_each_source_has_a_clock_of_its_own():
    drift = drift_of(*[0.01] * 6)
    for number in range(6):
        drift.note(source="tiingo", ts_event=T0 + 60 * SECOND, now_ns=T0 + number * SECOND)
    assert "behind that of tiingo" in drift.trouble(now_ns=T0 + 6 * SECOND)
    assert "alpaca" not in drift.trouble(now_ns=T0 + 6 * SECOND)
