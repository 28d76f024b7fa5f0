"""Bars are written by COPY, once per minute and instrument, and read back as they were."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from marketdata import interface
from marketdata.contracts import Bar
from marketdata.models import MinuteBar
from marketdata.store import bars, closes
from tests.marketdata.build import MINUTE_NS, T0, bar, quote, trade
from tests.marketdata.fakes import SilentFeed
from trading.kernel.clock import from_ns

pytestmark = pytest.mark.usefixtures("master")

START = from_ns(T0)
DAY = timedelta(days=1)


def read(
    *,
    symbol: str = "IBM",
    start: datetime = START,
    end: datetime = START + DAY,
    limit: int = 1000,
    newest_first: bool = False,
) -> list[Bar]:
    return bars.read(symbol=symbol, start=start, end=end, limit=limit, newest_first=newest_first)


def series(count: int, *, symbol: str = "IBM") -> list[Bar]:
    return [
        bar(symbol=symbol, ts_start=T0 + n * MINUTE_NS, close=9.5 + n / 100) for n in range(count)
    ]


def test_what_is_written_is_read_back():
    written = series(5)
    bars.write(bars=[*written, bar(symbol="BAC")])
    assert read() == written
    assert read(symbol="BAC") == [bar(symbol="BAC")]
    assert read(symbol="KO") == []


def test_a_bar_that_is_there_takes_the_new_values():
    bars.write(bars=[bar(volume=100.0)])
    bars.write(bars=[bar(volume=250.0, high=14.0), bar(ts_start=T0 + MINUTE_NS)])
    assert [each.volume for each in read()] == [250.0, 300.0]
    assert MinuteBar.objects.count() == 2


def test_nothing_to_write_asks_nothing_of_the_database(django_assert_num_queries):
    with django_assert_num_queries(0):
        bars.write(bars=[])


def test_a_bar_of_an_instrument_that_is_gone_is_left_out():
    bars.write(bars=[bar(symbol="GONE"), bar()])
    assert MinuteBar.objects.count() == 1


def test_a_range_includes_both_ends_and_stops_at_its_limit():
    bars.write(bars=series(10))
    minute = timedelta(minutes=1)
    assert [b.ts_start for b in read(start=START + 2 * minute, end=START + 4 * minute)] == [
        T0 + n * MINUTE_NS for n in (2, 3, 4)
    ]
    assert read(limit=3) == series(10)[:3]
    assert read(limit=3, newest_first=True) == series(10)[:-4:-1]


def test_the_last_close_before_a_moment_is_the_last_bars():
    bars.write(bars=[*series(3), *series(2, symbol="BAC")])
    assert closes.last_minutes(before=START + DAY) == {"IBM": 9.52, "BAC": 9.51}
    assert closes.last_minutes(before=START + timedelta(minutes=2)) == {"IBM": 9.51, "BAC": 9.51}
    assert closes.last_minutes(before=START) == {}


def test_the_bars_of_one_minute_are_found():
    bars.write(bars=[*series(3), bar(symbol="BAC")])
    found = bars.read_minute(at=START)
    assert sorted(each.symbol for each in found) == ["BAC", "IBM"]


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    batches=st.lists(
        st.dictionaries(st.integers(0, 20), st.floats(0.01, 1e6), max_size=20), max_size=5
    )
)
def test_after_any_batches_each_minute_holds_what_was_written_last(batches):
    MinuteBar.objects.all().delete()
    expected: dict[int, float] = {}
    for batch in batches:
        bars.write(
            bars=[bar(ts_start=T0 + n * MINUTE_NS, close=close) for n, close in batch.items()]
        )
        expected.update(batch)
    assert {(b.ts_start - T0) // MINUTE_NS: b.close for b in read()} == expected


def test_a_chart_holds_stored_unsaved_and_live_bars_together():
    bars.write(bars=[bar()])
    interface.start_feed(feed=SilentFeed())
    minute_two, minute_three = T0 + MINUTE_NS, T0 + 2 * MINUTE_NS
    interface.accept_ticks(
        ticks=[
            trade(px=11.0, ts_event=minute_two),
            trade(px=12.0, ts_event=minute_three, trade_id=2),
            quote(ts_event=minute_three),
        ]
    )

    def closes(**changed: Any) -> list[float]:
        asked: dict[str, Any] = {
            "symbol": "IBM",
            "start": START,
            "end": START + DAY,
            "limit": 100,
            **changed,
        }
        return [each.close for each in interface.list_bars(**asked)]

    assert closes() == [11.0, 11.0, 12.0]
    assert closes(newest_first=True, limit=2) == [12.0, 11.0]
    assert closes(start=START - 3 * timedelta(hours=1), timeframe="1Hour") == [12.0]
    assert [b.close for b in read()] == [11.0]  # only the first is stored
    interface.stop_feed()
    assert [b.close for b in read()] == [11.0, 11.0, 12.0]
    assert closes() == [11.0, 11.0, 12.0]


def test_a_bar_that_was_running_when_the_process_ended_goes_on(monkeypatch):
    monkeypatch.setattr("trading.kernel.clock.utc_now", lambda: from_ns(T0 + 10**10))
    interface.start_feed(feed=SilentFeed())
    interface.accept_ticks(ticks=[trade(px=10.0, size=100, ts_event=T0 + 1)])
    interface.stop_feed()
    interface.start_feed(feed=SilentFeed())
    interface.accept_ticks(ticks=[trade(px=12.0, size=300, ts_event=T0 + 2)])
    interface.stop_feed()
    (found,) = read()
    assert (found.open, found.close, found.volume, found.trade_count) == (10.0, 12.0, 400.0, 2)
    assert found.vwap == 11.5
