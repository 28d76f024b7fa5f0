"""A recorded day is played as it was, at the times of now, again and again."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from marketdata.contracts import FeedKind, Quote, Update
from marketdata.feeds.recording import RecordingCorrupt
from marketdata.feeds.replay import schedule as replay_schedule
from marketdata.feeds.replay.feed import ReplayFeed
from marketdata.feeds.replay.opening import open_recording
from marketdata.feeds.replay.schedule import BREAK_NS, Schedule
from tests.marketdata.build import T0
from tests.marketdata.recordings import (
    NINE_THIRTY_MS,
    TRADES,
    trade_rows,
    write_recording,
    write_zip,
)
from trading.kernel.clock import NEW_YORK, from_ns, to_ns

START_US = NINE_THIRTY_MS * 1000
MINUTE_US = 60_000_000


class Hands:
    """A clock that moves only when somebody waits for it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = T0
        self._really_sleep = asyncio.sleep
        monkeypatch.setattr("marketdata.feeds.replay.feed.asyncio.sleep", self._sleep)

    def now_ns(self) -> int:
        return self.now

    async def _sleep(self, seconds: float) -> None:
        self.now += round(seconds * 1e9)
        await self._really_sleep(0)


@pytest.fixture
def hands(monkeypatch):
    return Hands(monkeypatch)


async def played(feed: ReplayFeed, hands: Hands, *, until_ns: int) -> list[tuple[int, Any]]:
    """Run the feed until the clock reaches ``until_ns``; return (clock, tick) as handed over."""
    heard: list[tuple[int, Any]] = []

    def emit(ticks: Sequence[Update]) -> None:
        heard.extend((hands.now, tick) for tick in ticks)
        if hands.now >= until_ns:
            feed.stop()

    await feed.run(emit)
    return heard


def the_feed(root: Path, hands: Hands, *, speed: float = 1.0) -> ReplayFeed:
    recording = open_recording(str(write_recording(root)))
    return ReplayFeed(recording=recording, start_us=START_US, now_ns=hands.now_ns, speed=speed)


async def test_prices_sizes_and_order_are_kept_and_times_are_moved_to_now(tmp_path, hands):
    heard = await played(the_feed(tmp_path, hands), hands, until_ns=T0 + 10**9)
    told = [
        (
            (tick.ts_event - T0) // 1_000_000,
            *(
                (tick.bid_px, tick.bid_size, tick.ask_px, tick.ask_size)
                if isinstance(tick, Quote)
                else (tick.px, tick.size, tick.conditions)
            ),
        )
        for _, tick in heard
    ]
    assert told == [
        (0, 181.69, 200, 181.9, 700),  # the market that prevailed at 09:30
        (100, 181.85, 200, 182.06, 100),
        (200, 182.06, 100, ("@",)),
        (300, 181.86, 400, 182.06, 100),
        (400, 181.86, 300, ("F",)),
    ]
    assert {tick.symbol for _, tick in heard} == {"IBM"}
    assert all(tick.ts_event <= now for now, tick in heard)


async def test_a_faster_tape_has_the_same_ticks_closer_together(tmp_path, hands):
    heard = await played(the_feed(tmp_path, hands, speed=10), hands, until_ns=T0 + 10**9)
    assert [(tick.ts_event - T0) // 1_000_000 for _, tick in heard] == [0, 10, 20, 30, 40]


async def test_the_day_begins_again_after_its_close(tmp_path, hands):
    feed = the_feed(tmp_path, hands)
    opened = feed.session(now=from_ns(T0))
    assert not opened.is_open
    # The recording ends within its first minute, so the session lasts one minute.
    heard = await played(feed, hands, until_ns=T0 + 3 * 60 * 10**9)
    first_of_each = [tick.ts_event for _, tick in heard if getattr(tick, "ask_size", 0) == 700]
    assert first_of_each[1] - first_of_each[0] == 60 * 10**9 + BREAK_NS
    assert [tick.ts_event for _, tick in heard] == sorted(tick.ts_event for _, tick in heard)


async def test_a_machine_that_slept_finds_the_tape_where_it_stopped(tmp_path, hands):
    feed = the_feed(tmp_path, hands)
    heard: list[Any] = []

    def emit(ticks: Sequence[Update]) -> None:
        for tick in ticks:
            heard.append(tick)
            if len(heard) == 2:
                hands.now += 3_600 * 10**9
        if len(heard) >= 5:
            feed.stop()

    await feed.run(emit)
    gaps = [(b.ts_event - a.ts_event) // 1_000_000 for a, b in pairwise(heard)]
    assert gaps[0] == 100
    assert gaps[1] >= 3_600_000
    assert gaps[2:] == [100, 100]
    assert feed.session(now=from_ns(heard[-1].ts_event)).is_open


async def test_a_bad_row_stops_the_tape_there_and_is_named(tmp_path, hands):
    ticks = write_recording(tmp_path)
    write_zip(
        ticks / "ibm",
        "trade",
        trade_rows(TRADES[:2])
        + f"{NINE_THIRTY_MS + 300},garbage,1,N,1,0\n"
        + trade_rows(TRADES[2:]),
    )
    recording = open_recording(str(ticks))
    feed = ReplayFeed(recording=recording, start_us=START_US, now_ns=hands.now_ns)
    heard: list[Any] = []
    with pytest.raises(RecordingCorrupt, match="row 3"):
        await feed.run(heard.extend)
    # All that was recorded before the damage is played.
    assert [(type(tick).__name__, (tick.ts_event - T0) // 1_000_000) for tick in heard] == [
        ("Quote", 0),
        ("Quote", 100),
        ("Trade", 200),
    ]


async def test_a_quiet_tape_still_gives_signs_of_life(tmp_path, hands):
    feed = the_feed(tmp_path, hands)
    calls: list[tuple[int, int]] = []

    def emit(ticks: Sequence[Update]) -> None:
        calls.append((hands.now, len(ticks)))
        if hands.now > T0 + 30 * 10**9:
            feed.stop()

    await feed.run(emit)
    times = [now for now, _ in calls]
    assert max(b - a for a, b in pairwise(times)) <= 10**9


def schedule(*, first_open_ns: int = T0, speed: float = 1.0) -> Schedule:
    return Schedule(
        first_open_ns=first_open_ns,
        start_us=START_US,
        close_us=START_US + 390 * MINUTE_US,
        speed=speed,
    )


@pytest.mark.parametrize(
    ("after", "is_open", "opens", "closes", "next_open"),
    [
        (timedelta(), True, 0, 390, 390 * 60 + 5),
        (timedelta(minutes=390, microseconds=-1), True, 0, 390, 390 * 60 + 5),
        (timedelta(minutes=390), False, None, None, 390 * 60 + 5),
        (timedelta(minutes=390, seconds=5), True, None, None, 2 * (390 * 60 + 5)),
    ],
)
def test_the_session_is_open_strictly_until_its_close(after, is_open, opens, closes, next_open):
    session = schedule().session(now=from_ns(T0) + after)
    assert session.kind is FeedKind.REPLAY
    assert session.is_open is is_open
    if opens is not None:
        assert session.opens_at == from_ns(T0)
        assert session.closes_at == from_ns(T0) + timedelta(minutes=closes)
    assert session.next_open == from_ns(T0) + timedelta(seconds=next_open)


@given(
    seconds=st.floats(0, 10_000_000),
    speed=st.floats(0.1, 1000),
)
def test_the_next_close_and_the_next_open_are_always_ahead_and_in_the_right_order(seconds, speed):
    now = datetime(2027, 1, 15, tzinfo=UTC) + timedelta(seconds=seconds)
    session = schedule(speed=speed, first_open_ns=to_ns(datetime(2027, 1, 15, tzinfo=UTC))).session(
        now=now
    )
    assert session.next_open > now
    assert session.next_close > now
    assert (session.next_close < session.next_open) is session.is_open
    assert session.is_open is (session.opens_at <= now < session.closes_at)


def test_the_break_is_long_enough_for_orders_to_expire_in():
    assert replay_schedule.BREAK_NS >= 10**9


async def test_a_replay_says_which_recorded_moment_is_played(tmp_path, hands):
    feed = the_feed(tmp_path, hands, speed=2.0)
    assert feed.replayed(now=from_ns(hands.now)) is None
    await played(feed, hands, until_ns=T0 + 10**9)
    found = feed.replayed(now=from_ns(T0 + 10**9))
    assert found is not None
    assert found.opened_at == from_ns(T0)
    assert found.recorded_from.astimezone(NEW_YORK).strftime("%Y%m%d %H:%M") == "20131007 09:30"
    assert (found.recorded_to - found.recorded_from).total_seconds() == 60
    assert found.speed == 2.0
