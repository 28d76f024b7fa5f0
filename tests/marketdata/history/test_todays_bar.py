"""Today's daily bar is its provider's, and grows with what has traded since it was told."""

from datetime import datetime

import pytest

from marketdata import interface
from marketdata.contracts import FeedKind, ProviderDailyBar
from marketdata.domain import todays_bar
from marketdata.domain.timeframes import midnight_ns
from marketdata.operations import read_days, run_feed
from marketdata.store import bars
from tests.marketdata.build import MINUTE_NS, bar, changed
from tests.marketdata.fakes import SilentFeed
from trading.kernel.clock import NEW_YORK, new_york_date, to_ns

NOW = datetime(2024, 2, 6, 10, 31, tzinfo=NEW_YORK)  # a Tuesday
TODAY = new_york_date(NOW)
OPENS = to_ns(datetime(2024, 2, 6, 9, 30, tzinfo=NEW_YORK))
TOLD = ProviderDailyBar(
    bar=bar(
        ts_start=midnight_ns(TODAY), open_px=9.5, high=13.0, low=8.0, close=11.0,
        volume=9_000.0, trade_count=90, vwap=10.0,
    ),
    ts_init=OPENS + 60 * MINUTE_NS + 400_000_000,
    source="alpaca",
)  # fmt: skip


def minute(n: int, **values):
    return changed(bar(ts_start=OPENS + n * MINUTE_NS, volume=100.0, trade_count=1), **values)


def test_what_has_come_since_is_added_and_what_it_holds_already_is_not():
    found = todays_bar.of_provider(
        TOLD, minutes=[minute(59, high=20.0), minute(60, high=14.0, close=13.5, vwap=13.0)]
    )
    assert (found.open, found.high, found.low, found.close) == (9.5, 14.0, 8.0, 13.5)
    assert (found.volume, found.trade_count) == (9_100.0, 91)
    assert found.vwap == pytest.approx((9_000 * 10 + 100 * 13) / 9_100, abs=1e-6)
    assert todays_bar.of_provider(TOLD, minutes=[]) == TOLD.bar


def test_a_part_that_is_not_told_leaves_the_whole_unknown():
    found = todays_bar.of_provider(TOLD, minutes=[minute(60, vwap=None, trade_count=None)])
    assert (found.vwap, found.trade_count, found.volume) == (None, None, 9_100.0)


class LiveFeed(SilentFeed):
    kind = FeedKind.LIVE


@pytest.fixture
def told(master):
    """Two minutes of our own, and a provider that has told of the day."""
    interface.start_feed(feed=LiveFeed())
    bars.write(bars=[minute(0), minute(1)], source="stream:alpaca")
    pipeline = run_feed.running()
    assert pipeline is not None
    pipeline.latest.daily_bars["IBM"] = TOLD
    return pipeline


def day_of(**wanted):
    return interface.list_bars(
        symbol="IBM",
        start=datetime(2024, 2, 5, tzinfo=NEW_YORK),
        end=NOW,
        limit=10,
        **{"timeframe": "1Day", **wanted},
    )


def test_every_reader_gets_the_providers(told):
    assert day_of() == [TOLD.bar]
    assert read_days.read_day(symbols=["IBM"], trade_date=TODAY) == {"IBM": TOLD.bar}
    assert read_days.read_day(symbols=None, trade_date=TODAY) == {"IBM": TOLD.bar}
    assert read_days.read_day(symbols=["KO"], trade_date=TODAY) == {}
    (week,) = day_of(timeframe="1Week")
    assert week.volume == 9_000.0


def test_a_provider_that_has_gone_silent_is_made_up_for_by_minutes_that_are_stored(told):
    bars.write(bars=[minute(60, close=12.0), minute(61, close=12.5)], source="stream:alpaca")
    told.bars.newest["IBM"] = minute(62, close=12.8, high=12.9)
    (day,) = day_of()
    assert (day.close, day.volume) == (12.8, 9_300.0)


def test_the_bar_of_another_day_is_not_todays(told):
    told.latest.daily_bars["IBM"] = changed(
        TOLD, bar=changed(TOLD.bar, ts_start=TOLD.bar.ts_start - 24 * 60 * MINUTE_NS)
    )
    assert read_days.read_day(symbols=["IBM"], trade_date=TODAY)["IBM"].volume == 200.0


# --- What a source does not tell ------------------------------------------------------------------
@pytest.fixture
def untold(master):
    interface.start_feed(feed=LiveFeed())
    given = [minute(0), minute(1, vwap=None, trade_count=None)]
    bars.write(bars=given, source="tiingo")
    return given


def test_what_is_not_told_is_kept_as_unknown_and_leaves_sums_unknown(untold):
    assert day_of(timeframe="1Min") == untold
    (day,) = day_of()
    assert (day.volume, day.vwap, day.trade_count) == (200.0, None, None)
    assert read_days.read_day(symbols=None, trade_date=TODAY)["IBM"] == day


def test_the_wire_says_null(untold, client, django_user_model):
    client.force_login(django_user_model.objects.create(username="alice"))
    query = {"start": "2024-02-06", "end": "2024-02-07", "wait": "false"}
    told = client.get("/v2/stocks/IBM/bars", {"timeframe": "1Min", **query}).json()["bars"]
    assert [(row["vw"], row["n"]) for row in told] == [(10.5, 1), (None, None)]
    (day,) = client.get("/v2/stocks/IBM/bars", {"timeframe": "1Day", **query}).json()["bars"]
    assert (day["vw"], day["n"], day["v"]) == (None, None, 200)
    shown = client.get(
        "/v2/stocks/IBM/indicators",
        {"names": "vwap", "timeframe": "1Min", "end": "2024-02-06T15:00:00Z", "limit": "2"},
    )
    if shown.status_code == 200:
        assert shown.json()["indicators"]["vwap"] == [10.5, None]
