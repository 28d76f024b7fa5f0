"""The made-up past is a market: it ends where the present begins, and no bar is impossible."""

from datetime import date, timedelta
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from marketdata import interface
from marketdata.contracts import FeedKind, HistoryKind
from marketdata.domain import series
from marketdata.domain.plausible import possible_rows
from marketdata.domain.timeframes import midnight_ns
from marketdata.feeds.simulated_past import made_up_days, made_up_minutes
from marketdata.models import DailyBar, Instrument, MinuteBar
from marketdata.operations import begin_market, make_up_past
from marketdata.operations.load_security_master import instrument_id
from marketdata.store import bars, closes, instruments
from tests.marketdata.build import MINUTE_NS, T0, bar
from trading.infra.transactions import transaction
from trading.kernel.clock import from_ns, new_york_date

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
    monkeypatch.setattr(make_up_past, "DAYS", 5)
    monkeypatch.setattr(make_up_past, "DAYS_OF_MINUTES", 0)


@pytest.mark.usefixtures("master", "small")
def test_a_new_market_gets_a_past_that_ends_at_its_reference_prices():
    written = make_up_past.make_up_past(now=NOW)
    active = Instrument.objects.filter(status="active")
    assert written == MinuteBar.objects.count() + DailyBar.objects.count()
    minutes_of_today = (T0 - midnight_ns(new_york_date(NOW))) // MINUTE_NS
    assert MinuteBar.objects.count() == minutes_of_today * active.count()
    assert DailyBar.objects.count() == 5 * active.count()
    for table in (MinuteBar, DailyBar):
        assert set(table.objects.values_list("source", flat=True)) == {"simulated"}
    last = closes.last_minutes(before=NOW)
    assert last["IBM"] == pytest.approx(active.get(symbol="IBM").reference_price, abs=0.01)


@pytest.mark.usefixtures("master", "small")
@pytest.mark.parametrize("kind", list(HistoryKind)[:2])
def test_a_market_that_has_a_past_keeps_it(kind):
    """Also one that has only what a provider told: nothing made up takes its place."""
    with transaction():
        bars.write_columns(
            instrument_id=instrument_id(symbol="IBM"),
            kind=kind,
            bars=series.from_bars([bar(ts_start=midnight_ns(date(2023, 11, 1)))]),
            source="alpaca",
        )
    assert make_up_past.make_up_past(now=NOW) == 0
    assert MinuteBar.objects.count() + DailyBar.objects.count() == 1


@settings(max_examples=30)
@given(
    end_px=st.floats(min_value=0.02, max_value=800_000.0),
    count=st.integers(min_value=0, max_value=800),
)
def test_every_day_is_possible_and_the_last_closes_at_the_end(end_px, count):
    past = made_up_days(symbol="IBM", end_px=end_px, end_date=date(2026, 11, 27), count=count)
    assert len(past) == count
    assert possible_rows(past).all()
    assert np.all(np.diff(past.ts_start) > 0)
    if count:
        assert past.ts_start[-1] == midnight_ns(date(2026, 11, 26))
        assert past.close[-1] == pytest.approx(end_px, abs=0.01 if end_px >= 1 else 0.0001)


@pytest.mark.usefixtures("master")
def test_charts_averages_and_requests_of_weeks_find_it(monkeypatch):
    monkeypatch.setattr(instruments, "reference_prices", lambda: {"IBM": 182.5})
    minutes_begin = midnight_ns(new_york_date(NOW) - timedelta(days=30))
    assert make_up_past.make_up_past(now=NOW) == 700 + (T0 - minutes_begin) // MINUTE_NS
    days = interface.list_bars(
        symbol="IBM", start=NOW - timedelta(days=45), end=NOW, limit=100, timeframe="1Day"
    )
    assert len(days) == 45
    assert all(before.close == pytest.approx(after.open) for before, after in pairwise(days))
    weeks = interface.list_bars(
        symbol="IBM", start=NOW - timedelta(days=728), end=NOW, limit=200, timeframe="1Week"
    )
    assert len(weeks) == 104
    found = interface.read_indicators(
        symbol="IBM", names=["sma200"], timeframe="1Day", limit=500, end=NOW
    )
    assert found is not None
    assert not np.isnan(found.lines["sma200"]).any()
    minutes = interface.list_bars(
        symbol="IBM", start=NOW - timedelta(days=30), end=NOW, limit=50_000
    )
    assert len(minutes) >= 30 * 1_440 - 1


@pytest.mark.usefixtures("master", "small")
def test_a_real_market_has_none_of_it():
    make_up_past.make_up_past(now=NOW)
    begin_market.clear_made_up(feed=SimpleNamespace(kind=FeedKind.LIVE))
    assert not MinuteBar.objects.exists()
    assert not DailyBar.objects.exists()


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
