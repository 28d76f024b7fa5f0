"""The archive of a running feed: never in the feed's way, and honest about what it dropped."""

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import HealthCheck, given, settings as hypothesis_settings, strategies as st

from marketdata import interface
from marketdata.contracts import BookSide, FeedKind, PriceLevel, Tick, TradingStatus
from marketdata.domain.archive import chunks_of
from marketdata.feeds.recording import RecordingCorrupt, RecordingNotFound
from marketdata.feeds.registry import build_feed
from marketdata.feeds.replay import open_recording
from marketdata.operations import archive, run_feed
from marketdata.operations.archive import TickArchive
from marketdata.store import ticks
from tests.marketdata.archive.ticks import TICKS, read_all
from tests.marketdata.build import T0, quote, trade
from tests.marketdata.fakes import SilentFeed
from tests.marketdata.waiting import until
from trading.infra.database import in_thread
from trading.kernel import clock

HOUR_NS = 3_600_000_000_000


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def has_settled(kept: TickArchive, count: int) -> bool:
    return kept.written + kept.dropped == count


@pytest.fixture(autouse=True)
def _eager(monkeypatch):
    monkeypatch.setattr(archive, "WRITE_S", 0.01)


@given(taken=st.lists(TICKS, max_size=60))
@hypothesis_settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_everything_taken_is_read_back_in_order(tmp_path_factory, taken):
    kept = TickArchive(tmp_path_factory.mktemp("ticks"))
    kept.start()
    for tick in taken:
        kept.take(tick)
    kept.stop()
    assert read_all(kept.root) == taken
    assert (kept.written, kept.dropped) == (len(taken), 0)


def test_a_later_process_goes_on_where_an_earlier_one_ended(tmp_path):
    for number in range(3):
        kept = TickArchive(tmp_path)
        kept.start()
        kept.take(trade(trade_id=number))
        kept.stop()
    assert [tick.trade_id for tick in read_all(tmp_path)] == [0, 1, 2]


def test_each_new_york_day_has_its_folder(tmp_path):
    kept = TickArchive(tmp_path)
    kept.start()
    for hours in (0, 24, 1):  # the last one came late
        kept.take(trade(trade_id=hours, ts_event=T0 + hours * HOUR_NS))
    kept.stop()
    assert [path.name for path in ticks.days(tmp_path)] == ["20231114", "20231115"]
    assert [tick.trade_id for tick in read_all(tmp_path)] == [0, 1, 24]


def test_a_full_buffer_drops_counts_and_says_so_and_never_waits(tmp_path, caplog):
    kept = TickArchive(tmp_path, capacity=3)
    for number in range(5):
        kept.take(trade(trade_id=number))
    assert (kept.status().waiting, kept.status().dropped) == (3, 2)
    with caplog.at_level(logging.WARNING):
        kept.start()
        kept.stop()
    assert "2 ticks were not archived" in caplog.text
    assert [tick.trade_id for tick in read_all(tmp_path)] == [0, 1, 2]


def test_a_disk_that_refuses_costs_its_ticks_and_the_next_ones_are_kept(tmp_path, monkeypatch):
    really_append = ticks.Spool.append
    refused: list[int] = []

    def append(self, lines):
        if len(refused) < 2:
            refused.append(lines.count(b"\n"))
            raise OSError(28, "No space left on device")
        really_append(self, lines)

    monkeypatch.setattr(ticks.Spool, "append", append)
    kept = TickArchive(tmp_path)
    kept.start()
    for number in range(3):
        kept.take(trade(trade_id=number))
        wait_for(partial(has_settled, kept, number + 1))
    assert kept.status().trouble == ""
    kept.stop()
    assert (kept.written, kept.dropped) == (1, 2)
    assert [tick.trade_id for tick in read_all(tmp_path)] == [2]


def test_a_tick_waits_where_it_can_be_found_until_its_spool_has_it(tmp_path, monkeypatch):
    really_append = ticks.Spool.append
    waiting: list[list[int]] = []

    def append(self, lines):
        waiting.append([seq for seq, _ in kept.waiting()])
        really_append(self, lines)

    monkeypatch.setattr(ticks.Spool, "append", append)
    kept = TickArchive(tmp_path)
    numbers = [kept.take(trade(trade_id=number)) for number in range(3)]
    assert [seq for seq, _ in kept.waiting()] == numbers
    kept.start()
    kept.stop()
    assert waiting == [numbers]
    assert kept.waiting() == ()


def test_numbers_go_on_after_a_crash_and_when_the_clock_is_put_back(tmp_path, monkeypatch):
    monkeypatch.setattr(ticks.Spool, "seal", lambda spool: spool._file.close())  # died before it
    died = TickArchive(tmp_path)
    died.start()
    before = [died.take(trade(trade_id=number)) for number in range(3)]
    died.stop()
    monkeypatch.undo()
    monkeypatch.setattr(clock, "now_ns", lambda: 1)
    assert TickArchive(tmp_path).take(trade()) == before[-1] + 1


def test_a_write_that_was_half_done_leaves_no_half_line(tmp_path, monkeypatch):
    spool = ticks.Spool(tmp_path / "20231114", first=1)
    spool.append(b"whole\n")

    class Full:
        def __init__(self, file: BinaryIO) -> None:
            self._file = file

        def write(self, data):
            if len(data) < 6:
                raise OSError(28, "No space left on device")
            return self._file.write(data[:3])

        def __getattr__(self, name):
            return getattr(self._file, name)

    file, full = spool._file, Full(spool._file)
    monkeypatch.setattr(spool, "_file", full)
    with pytest.raises(OSError, match="No space"):
        spool.append(b"another\n")
    file.close()
    assert spool.path.read_bytes() == b"whole\n"


def test_two_processes_never_write_to_one_archive(tmp_path):
    first, second = TickArchive(tmp_path), TickArchive(tmp_path)
    first.start()
    wait_for(lambda: not first.trouble)
    second.start()
    wait_for(lambda: "another process" in second.trouble)
    second.take(trade())
    second.stop()
    first.stop()
    assert second.dropped == 1
    assert read_all(tmp_path) == []


def test_what_a_crash_left_behind_is_there_after_the_next_start(tmp_path, monkeypatch):
    monkeypatch.setattr(ticks.Spool, "seal", lambda spool: spool._file.close())  # died before it
    died = TickArchive(tmp_path)
    died.start()
    died.take(trade(trade_id=1))
    died.stop()
    monkeypatch.undo()
    assert read_all(tmp_path) == []
    later = TickArchive(tmp_path)
    later.start()
    later.stop()
    assert [tick.trade_id for tick in read_all(tmp_path)] == [1]


def test_levels_of_books_are_not_archived(tmp_path):
    kept = TickArchive(tmp_path)
    kept.start()
    kept.take(
        PriceLevel(
            symbol="IBM",
            side=BookSide.BID,
            px=1.0,
            size=1,
            is_complete=True,
            ts_event=T0,
            ts_init=T0,
            source="test",
        )
    )
    kept.stop()
    assert (kept.written, kept.dropped) == (0, 0)


@pytest.mark.django_db(transaction=True)
async def test_a_running_feed_is_archived_and_can_be_played_again(settings, tmp_path):
    settings.VAR = tmp_path
    settings.TICK_ARCHIVE = True
    settings.FEED = "simulated"
    await in_thread(
        interface.load_security_master,
        path=settings.BASE_DIR / "marketdata/data/security_master.csv",
    )
    await in_thread(interface.start_feed, feed=SilentFeed())
    stopping = asyncio.Event()
    running = asyncio.create_task(interface.run_market_data(stopping=stopping))
    await until(lambda: interface.tick_archive_status().is_on)
    now = clock.now_ns()
    told: list[Tick] = [quote(ts_event=now), trade(ts_event=now), trade(symbol="BAC", ts_event=now)]
    interface.accept_ticks(ticks=[*told, trade(symbol="NOPE", ts_event=now)])
    await until(lambda: interface.tick_archive_status().written == 3)
    assert interface.tick_archive_status().trouble == ""
    stopping.set()
    await asyncio.wait_for(running, timeout=20)
    assert not interface.tick_archive_status().is_on
    assert read_all(tmp_path / "ticks") == told
    day = f"{clock.new_york_date(clock.from_ns(now)):%Y%m%d}"
    recording = open_recording(f"{tmp_path}/ticks@{day}")
    assert recording.symbols == ["BAC", "IBM"]
    interface.keep_tick_archive(now=clock.utc_now() + timedelta(days=1))
    assert [chunk.is_folder for chunk in chunks_of([p.name for p in recording.path.iterdir()])] == [
        True
    ]
    assert [row.symbol for row in recording.rows()] == ["IBM", "IBM", "BAC"]
    settings.TICK_ARCHIVE_DAYS = 1
    interface.keep_tick_archive(now=clock.utc_now() + timedelta(days=3))
    assert read_all(tmp_path / "ticks") == []


@pytest.mark.parametrize(
    ("failures", "pause_s"), [(0, 1.0), (1, 2.0), (5, 32.0), (6, 60.0), (1024, 60.0), (10**9, 60.0)]
)
def test_however_often_it_fails_it_is_tried_again_after_a_minute_at_most(
    monkeypatch, failures, pause_s
):
    monkeypatch.setattr(archive, "WRITE_S", 1.0)
    assert archive.retry_pause_s(failures=failures) == pause_s


def test_after_a_good_run_pauses_are_short_again(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "WRITE_S", 1.0)
    kept = TickArchive(tmp_path)
    pauses: list[float] = []

    def failing(_root) -> None:
        if len(pauses) != 3:
            raise OSError("no disk")

    def crashing(archive_: TickArchive) -> None:
        if len(pauses) == 3:
            raise RuntimeError("after a round that wrote")

    def wait(seconds: float) -> bool:
        if seconds != archive.WRITE_S or kept.status().trouble:
            pauses.append(seconds)
        return len(pauses) == 5

    monkeypatch.setattr("marketdata.store.ticks.recover", failing)
    monkeypatch.setattr(TickArchive, "_say_dropped", crashing)
    monkeypatch.setattr(kept._stopping, "wait", wait)
    kept._run()
    assert pauses == [1.0, 2.0, 4.0, 1.0, 2.0]


@pytest.mark.parametrize(("is_on", "feed"), [(False, "simulated"), (True, "replay:/somewhere")])
async def test_a_replay_and_who_does_not_want_it_leave_no_archive(settings, tmp_path, is_on, feed):
    settings.VAR, settings.TICK_ARCHIVE, settings.FEED = tmp_path, is_on, feed
    async with archive.recording():
        assert run_feed.listeners == []
        assert not interface.tick_archive_status().is_on
    assert list(tmp_path.iterdir()) == []


def archived(root: Path, *, day: int, closes: list[float]) -> None:
    """Archive one trade an hour from 09:30 New York at these prices."""
    kept = TickArchive(root)
    kept.start()
    opens_ns = clock.to_ns(datetime(2023, 11, day, 14, 30, tzinfo=UTC))
    for number, px in enumerate(closes):
        ts = opens_ns + number * HOUR_NS
        kept.take(trade(px=px, trade_id=number, ts_event=ts))
    kept.stop()


def test_an_archived_day_is_a_feed_that_knows_the_day_before(tmp_path):
    archived(tmp_path, day=14, closes=[180.0, 181.5])
    archived(tmp_path, day=15, closes=[182.0, 183.0])
    feed = build_feed(
        spec=f"replay:{tmp_path}@20231115", speed=1.0, replay_start="09:30", simulated=()
    )
    assert (feed.kind, list(feed.symbols)) == (FeedKind.REPLAY, ["IBM"])
    assert feed.previous_closes == {"IBM": 181.5}
    assert open_recording(str(tmp_path)).path.name == "20231114"


def test_a_day_that_was_not_archived_is_refused_by_name(tmp_path):
    archived(tmp_path, day=14, closes=[180.0])
    with pytest.raises(RecordingNotFound, match="recorded days: 20231114"):
        open_recording(f"{tmp_path}@20231116")


def test_a_damaged_archive_refuses_to_start(tmp_path):
    archived(tmp_path, day=14, closes=[180.0])
    (chunk,) = (tmp_path / "20231114").glob("*.parquet")
    chunk.write_bytes(chunk.read_bytes()[:-20])
    with pytest.raises(RecordingCorrupt, match=r"\.parquet"):
        open_recording(str(tmp_path))


def status_at(ts_event: int) -> TradingStatus:
    return TradingStatus(
        symbol="IBM",
        status_code="H",
        status_message="Trading Halt",
        reason_code="T1",
        reason_message="",
        ts_event=ts_event,
        ts_init=T0,
        source="test",
    )


@pytest.mark.parametrize(
    "odd",
    [
        status_at(-62_135_596_800 * 10**9),  # Go's zero time, 0001-01-01
        status_at(1_601_316_485_722_000 * 10**6),  # microseconds read as milliseconds
        status_at(2**64),
        trade(trade_id=2**64),
        trade(conditions=(object(),)),  # type: ignore[arg-type]
    ],
)
def test_no_tick_ends_the_writer_or_keeps_others_out(tmp_path, odd):
    kept = TickArchive(tmp_path)
    kept.start()
    for tick in (trade(trade_id=1), odd, trade(trade_id=2)):
        kept.take(tick)
    wait_for(partial(has_settled, kept, 3))
    kept.take(trade(trade_id=3))
    kept.stop()
    assert [tick.trade_id for tick in read_all(tmp_path)] == [1, 2, 3]
    assert (kept.written, kept.dropped) == (3, 1)
    assert "1 ticks could not be written" in kept.status().trouble


def test_a_writer_that_failed_begins_again_and_loses_nothing(tmp_path, monkeypatch):
    really_write = TickArchive._write
    failed: list[int] = []

    def write(self, count):
        if count and len(failed) < 2:
            failed.append(count)
            raise RuntimeError("a mistake")
        really_write(self, count)

    monkeypatch.setattr(TickArchive, "_write", write)
    kept = TickArchive(tmp_path)
    kept.start()
    for number in range(3):
        kept.take(trade(trade_id=number))
    wait_for(lambda: kept.written == 3)
    assert kept.status().trouble == ""
    kept.stop()
    assert [tick.trade_id for tick in read_all(tmp_path)] == [0, 1, 2]
    assert len(failed) == 2


def test_a_writer_that_ended_is_started_again(tmp_path, monkeypatch):
    really_run = TickArchive._run
    monkeypatch.setattr(TickArchive, "_run", lambda _archive: None)  # as if it had died
    kept = TickArchive(tmp_path)
    kept.start()
    kept._thread.join()
    monkeypatch.setattr(TickArchive, "_run", really_run)
    kept.take(trade(trade_id=1))
    kept.revive()
    wait_for(lambda: kept.written == 1)
    kept.stop()
    assert [tick.trade_id for tick in read_all(tmp_path)] == [1]


def test_an_archive_that_another_process_held_is_taken_up_when_that_ends(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "WRITE_S", 0.01)
    first, second = TickArchive(tmp_path), TickArchive(tmp_path)
    first.start()
    wait_for(lambda: not first.trouble)
    second.start()
    wait_for(lambda: "another process" in second.trouble)
    second.take(trade(trade_id=7))
    first.stop()
    wait_for(lambda: second.written == 1)
    second.stop()
    assert [tick.trade_id for tick in read_all(tmp_path)] == [7]
