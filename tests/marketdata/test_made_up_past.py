"""The made-up past is a market: it ends where the present begins, and no bar is impossible."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from marketdata import interface
from marketdata.feeds.simulated_past import made_up_minutes
from marketdata.models import Instrument, MinuteBar
from marketdata.operations import make_up_past
from marketdata.store import bars, closes
from tests.marketdata.build import MINUTE_NS, T0, bar
from trading.kernel.clock import from_ns

NOW = from_ns(T0 + 20 * 10**9)


@settings(max_examples=30)
@given(
    end_px=st.floats(min_value=0.02, max_value=800_000.0),
    count=st.integers(min_value=0, max_value=2_000),
)
def test_every_bar_is_possible_and_the_last_closes_at_the_end(end_px, count):
    past = made_up_minutes(symbol="IBM", end_px=end_px, ts_end=T0 + 5, count=count)
    assert past.ts_start.tolist() == [T0 - n * MINUTE_NS for n in range(count, 0, -1)]
    assert np.all(past.low > 0)
    for px in (past.open, past.close, past.vwap):
        assert np.all((past.low <= px + 1e-6) & (px <= past.high + 1e-6))
    assert np.all(past.open[1:] == past.close[:-1])
    assert np.all(past.volume > 0)
    tick = 0.01 if end_px >= 1 else 0.0001
    if count:
        assert past.close[-1] == pytest.approx(end_px, abs=tick)
        assert np.all(np.abs(past.close / tick - np.rint(past.close / tick)) < 1e-3)


def test_it_is_the_same_for_the_same_symbol_and_another_for_another():
    one, same, other = (
        made_up_minutes(symbol=symbol, end_px=100.0, ts_end=T0, count=500)
        for symbol in ("IBM", "IBM", "BAC")
    )
    assert one.close.tolist() == same.close.tolist()
    assert one.close.tolist() != other.close.tolist()


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(make_up_past, "MINUTES", 30)


@pytest.mark.usefixtures("master", "small")
def test_a_new_market_gets_a_past_that_ends_at_its_reference_prices():
    written = make_up_past.make_up_past(now=NOW)
    active = Instrument.objects.filter(status="active")
    assert written == MinuteBar.objects.count() == 30 * active.count()
    assert set(MinuteBar.objects.values_list("source", flat=True)) == {"simulated"}
    last = closes.last_minutes(before=NOW)
    assert last["IBM"] == pytest.approx(active.get(symbol="IBM").reference_price, abs=0.01)


@pytest.mark.usefixtures("master", "small")
def test_a_market_that_has_a_past_keeps_it():
    bars.write(bars=[bar()])
    assert make_up_past.make_up_past(now=NOW) == 0
    assert MinuteBar.objects.count() == 1


@pytest.mark.usefixtures("master", "small")
def test_only_a_made_up_market_gets_a_made_up_past(settings):
    settings.FEED = "replay:/some/day"
    assert make_up_past.make_up_past(now=NOW) == 0
    assert not MinuteBar.objects.exists()


@pytest.mark.usefixtures("master", "small")
def test_it_is_held_by_nobody():
    """A real provider's history is fetched in its place when it is asked for."""
    make_up_past.make_up_past(now=NOW)
    found = interface.history(symbol="IBM", start=from_ns(T0 - 86_400 * 10**9 * 5), end=NOW)
    assert found is not None
    assert found.missing
