"""A real market begins with nothing made up, and without a hole where nobody was here."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from marketdata import interface
from marketdata.contracts import FeedKind, TradingDay
from marketdata.domain.calendar import Calendar
from marketdata.feeds.alpaca import build as build_alpaca
from marketdata.models import MinuteBar
from marketdata.operations import begin_market, run_feed, save_bars
from marketdata.store import bars, sessions
from tests.marketdata.build import MINUTE_NS, T0, bar, changed
from tests.marketdata.fakes import SilentFeed
from tests.marketdata.providers.alpaca_server import KEY, SECRET, AlpacaServer
from tests.marketdata.providers.contract import always_open
from trading.infra.database import in_thread
from trading.kernel import clock

PRE_OPENS = datetime(2025, 6, 2, 8, 0, tzinfo=UTC)  # a Monday, four in New York
NOON = datetime(2025, 6, 2, 16, 0, 20, tzinfo=UTC)
SOURCES = (
    "simulated",
    "stream:simulated",
    "stream:replay",
    "stream:alpaca",
    "alpaca",
    "recording",
)
CAN_FETCH: Any = SimpleNamespace(fill=lambda **_: None, kind=FeedKind.LIVE, symbols=("BAC", "IBM"))
OPENS = datetime(2025, 6, 2, 13, 30, tzinfo=UTC)


def missed_from(now: datetime, feed: Any = CAN_FETCH) -> datetime | None:
    """Return since when every symbol has missed something."""
    missed = begin_market.missed(feed=feed, now=now)
    return max((clock.from_ns(ts) for ts in missed), default=None)


def stored(symbol: str, *, first: datetime, last: datetime, without: Sequence[int] = ()) -> None:
    """Store the minutes from ``first`` to ``last``, but for those of these numbers."""
    count = (clock.to_ns(last) - clock.to_ns(first)) // MINUTE_NS + 1
    bars.write(
        bars=[
            bar(symbol=symbol, ts_start=clock.to_ns(first) + n * MINUTE_NS)
            for n in range(count)
            if n not in without
        ]
    )


@pytest.mark.usefixtures("master")
def test_a_hole_that_was_never_filled_is_found_at_the_next_start():
    last = NOON - timedelta(minutes=5, seconds=20)
    stored("IBM", first=PRE_OPENS, last=last, without=[400, 401, 402])
    stored("BAC", first=PRE_OPENS, last=last)
    missed = begin_market.missed(feed=CAN_FETCH, now=NOON)
    hole = PRE_OPENS + timedelta(minutes=399)
    assert {clock.from_ns(ts): list(symbols) for ts, symbols in missed.items()} == {
        last: ["BAC", "IBM"],
        hole - timedelta(minutes=hole.minute % 30): ["IBM"],
    }


@pytest.mark.usefixtures("master")
def test_a_hole_of_the_whole_feed_is_found_in_extended_hours_too():
    last = NOON - timedelta(minutes=5, seconds=20)
    for symbol in ("IBM", "BAC"):
        stored(symbol, first=PRE_OPENS, last=last, without=[100, 101])
    assert missed_from(NOON) == PRE_OPENS + timedelta(minutes=99)


@pytest.mark.usefixtures("master")
def test_a_day_without_a_hole_is_missed_since_its_newest_bar_alone():
    last = NOON - timedelta(minutes=5, seconds=20)
    for symbol in ("IBM", "BAC"):
        stored(symbol, first=PRE_OPENS, last=last)
    missed = begin_market.missed(feed=CAN_FETCH, now=NOON)
    assert list(map(clock.from_ns, missed)) == [last]


@pytest.mark.usefixtures("master")
def test_a_symbol_of_which_nothing_is_stored_is_missed_since_the_open():
    last = NOON - timedelta(minutes=5, seconds=20)
    stored("IBM", first=PRE_OPENS, last=last)
    missed = begin_market.missed(feed=CAN_FETCH, now=NOON)
    assert missed[clock.to_ns(OPENS)] == ["BAC"]


@pytest.mark.django_db
@pytest.mark.usefixtures("master")
def test_a_bar_that_the_table_refuses_keeps_no_other_out(caplog):
    good = [bar(ts_start=T0 + n * MINUTE_NS) for n in range(3)]
    bad = bar(ts_start=10**22)
    save_bars._write({"stream:alpaca": [*good[:2], bad, *good[2:]]}, ())
    assert MinuteBar.objects.count() == 3
    assert "cannot be saved" in caplog.text


@pytest.mark.usefixtures("master")
def test_a_day_of_which_nothing_is_stored_is_missed_since_it_began():
    bars.write(bars=[bar(ts_start=clock.to_ns(PRE_OPENS - timedelta(hours=5)))])  # the day before
    assert missed_from(NOON) == PRE_OPENS


@pytest.mark.usefixtures("master")
def test_a_day_is_missed_since_the_newest_bar_of_any_symbol():
    eleven = datetime(2025, 6, 2, 15, 0, tzinfo=UTC)
    bars.write(
        bars=[
            bar(ts_start=clock.to_ns(eleven)),
            bar(symbol="BAC", ts_start=clock.to_ns(eleven) - MINUTE_NS),
        ]
    )
    assert missed_from(NOON) == eleven


@pytest.mark.usefixtures("master")
@pytest.mark.parametrize(
    "now",
    [
        datetime(2025, 6, 1, 16, 0, tzinfo=UTC),  # a Sunday
        datetime(2025, 7, 4, 16, 0, tzinfo=UTC),
        datetime(2025, 6, 2, 7, 59, tzinfo=UTC),  # before it begins
    ],
)
def test_nothing_is_missed_of_a_day_that_does_not_trade_or_has_not_begun(now):
    assert missed_from(now) is None


@pytest.mark.usefixtures("master")
def test_a_made_up_market_misses_nothing():
    assert missed_from(NOON, SilentFeed()) is None


@pytest.mark.usefixtures("master")
@pytest.mark.parametrize(
    ("kind", "left"),
    [
        (FeedKind.LIVE, {"stream:alpaca", "alpaca", "recording"}),
        (FeedKind.DELAYED, {"stream:alpaca", "alpaca", "recording"}),
        (FeedKind.SIMULATED, None),
        (FeedKind.REPLAY, None),
    ],
)
def test_only_a_real_market_lets_go_what_never_was(kind, left):
    for number, source in enumerate(SOURCES):
        bars.write(bars=[bar(ts_start=T0 + number * MINUTE_NS)], source=source)
    begin_market.clear_made_up(feed=SimpleNamespace(kind=kind))
    assert set(MinuteBar.objects.values_list("source", flat=True)) == (left or set(SOURCES))


def every_day() -> Calendar:
    """A calendar on which today trades all day, and ten minutes more, whenever the tests run."""
    today = clock.new_york_date(clock.utc_now())
    midnight = datetime(today.year, today.month, today.day, tzinfo=clock.NEW_YORK)
    return Calendar(
        TradingDay(
            trade_date=clock.new_york_date(start + timedelta(hours=1)),
            pre_opens_at=start,
            opens_at=start,
            closes_at=start + timedelta(hours=23, minutes=59),
            post_closes_at=start + timedelta(hours=23, minutes=59),
        )
        for start in (midnight + timedelta(days=number, minutes=-10) for number in range(-1, 3))
    )


@pytest.mark.django_db(transaction=True)
async def test_minutes_in_which_the_platform_was_down_are_fetched_at_its_start(
    settings, monkeypatch
):
    await in_thread(
        interface.load_security_master,
        path=settings.BASE_DIR / "marketdata/data/security_master.csv",
    )
    monkeypatch.setattr(sessions, "calendar", every_day)
    now = clock.now_ns()
    this_minute = now - now % MINUTE_NS
    before = changed(bar(ts_start=this_minute - 6 * MINUTE_NS), close=182.0)
    await in_thread(bars.write, bars=[before], source="stream:alpaca")
    server = AlpacaServer()
    await server.start()
    server.bars["IBM"] = [
        bar(ts_start=this_minute - ago * MINUTE_NS) for ago in (8, 7, 6, 5, 4, 3, 2)
    ]
    feed, _ = build_alpaca(
        config={
            "key_id": KEY, "secret_key": SECRET, "feed": "sip",
            "stream_url": server.stream_url, "data_url": server.rest_url,
        },
        symbols=["IBM"],
        sessions=always_open,
    )  # fmt: skip
    await in_thread(run_feed.start, feed=feed)
    stopping = asyncio.Event()
    running = asyncio.create_task(run_feed.run(stopping=stopping))

    def minutes_ago() -> list[int]:
        starts = MinuteBar.objects.order_by("ts_start").values_list("ts_start", flat=True)
        return [(this_minute - clock.to_ns(at)) // MINUTE_NS for at in starts]

    async with asyncio.timeout(60):
        while await in_thread(minutes_ago) != [8, 7, 6, 5, 4, 3, 2]:  # noqa: ASYNC110 - no event
            await asyncio.sleep(0.1)
    stopping.set()
    await asyncio.wait_for(running, timeout=60)
    await server.stop()
