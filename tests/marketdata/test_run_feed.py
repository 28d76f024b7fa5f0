"""The feed of the process starts, survives its own trouble, and leaves everything saved."""

import asyncio
import logging

import pytest

from marketdata import interface
from marketdata.contracts import FeedKind, Tick, TradingStatus
from marketdata.feeds.registry import UnknownFeed, build_feed
from marketdata.feeds.replay import RecordingCorrupt, RecordingNotFound
from marketdata.feeds.simulated import SimulatedFeed
from marketdata.hub import Connection, Hub
from marketdata.models import MinuteBar
from marketdata.operations import run_feed
from marketdata.pipeline import Pipeline
from marketdata.store import bars
from tests.marketdata.build import bar, quote, trade
from tests.marketdata.fakes import SilentFeed
from tests.marketdata.recordings import write_recording
from tests.marketdata.waiting import until
from trading.infra.database import in_thread
from trading.kernel import clock


def pipeline() -> Pipeline:
    found = run_feed.running()
    assert found is not None
    return found


async def finish(running: asyncio.Task[None], stopping: asyncio.Event) -> None:
    stopping.set()
    await asyncio.wait_for(running, timeout=20)


@pytest.mark.django_db
def test_before_a_feed_is_started_nothing_is_known():
    assert interface.latest_quote(symbol="IBM") is None
    assert interface.latest_trade(symbol="IBM") is None
    assert interface.previous_close(symbol="IBM") is None
    status = interface.feed_status()
    assert (status.name, status.connected, status.detail) == (
        "simulated",
        False,
        "the feed is not running",
    )
    assert interface.get_session(now=clock.utc_now()).kind is FeedKind.SIMULATED
    interface.accept_ticks(ticks=[quote()])
    interface.stop_feed()


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"spec": ""}, "FEED"),
        ({"spec": "bloomberg"}, "FEED"),
        ({"spec": "alpaca,simulated"}, "FEED"),
        ({"speed": 0.0}, "SPEED"),
        ({"speed": float("nan")}, "SPEED"),
        ({"spec": "replay:/x", "replay_start": "late"}, "/x"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(changed, named):
    asked = {"spec": "simulated", "speed": 1.0, "replay_start": "09:30", "simulated": (), **changed}
    with pytest.raises((UnknownFeed, RecordingNotFound), match=named):
        build_feed(**asked)


@pytest.mark.parametrize("replay_start", ["late", "9:99", "09:30:00", ""])
def test_a_start_that_is_no_time_is_named(tmp_path, replay_start):
    with pytest.raises(UnknownFeed, match="REPLAY_START"):
        build_feed(
            spec=f"replay:{write_recording(tmp_path)}",
            speed=1.0,
            replay_start=replay_start,
            simulated=(),
        )


def test_a_replay_is_built_from_its_path(tmp_path):
    feed = build_feed(
        spec=f"replay:{write_recording(tmp_path)}@20131007",
        speed=10.0,
        replay_start="09:30",
        simulated=(),
    )
    assert (feed.name, feed.kind, feed.symbols) == ("replay", FeedKind.REPLAY, ["IBM"])


@pytest.mark.usefixtures("master")
def test_a_damaged_recording_is_refused_before_anybody_is_served(settings, tmp_path):
    ticks = write_recording(tmp_path)
    path = ticks / "ibm" / "20131007_quote.zip"
    path.write_bytes(path.read_bytes()[:50])
    settings.FEED = f"replay:{ticks}"
    with pytest.raises(RecordingCorrupt, match=r"20131007_quote\.zip"):
        interface.start_feed()
    assert not interface.feed_status().connected


@pytest.mark.usefixtures("master")
def test_a_second_feed_is_refused():
    interface.start_feed(feed=SilentFeed())
    with pytest.raises(RuntimeError):
        interface.start_feed(feed=SilentFeed())


@pytest.mark.usefixtures("master")
def test_listeners_hear_every_accepted_tick_until_they_leave():
    heard: list[Tick | TradingStatus] = []
    leave = interface.on_tick(heard.append)
    interface.start_feed(feed=SilentFeed())
    now = clock.now_ns()
    first, second = quote(ts_event=now), trade(ts_event=now)
    interface.accept_ticks(ticks=[first, quote(symbol="XYZ", ts_event=now), second])
    assert heard == [first, second]
    assert interface.latest_quote(symbol="IBM") is first
    assert interface.latest_trade(symbol="IBM") is second
    assert interface.previous_close(symbol="IBM") == 181.1
    leave()
    interface.accept_ticks(ticks=[quote(ts_event=now + 1)])
    assert len(heard) == 2


async def test_what_moves_is_sent_at_once_and_what_moves_next_waits_its_turn(monkeypatch):
    monkeypatch.setattr(run_feed, "FLUSH_S", 3_600.0)  # the clock alone would send nothing
    hub = Hub()
    connection = hub.open()
    hub.subscribe(connection, {"IBM": "{}"})
    await connection.next_frame()
    market = Pipeline(feed=SilentFeed(), known=["IBM"], hub=hub, listeners=[])
    flushing = asyncio.create_task(run_feed.keep_flushing(lambda: market))
    now = clock.now_ns()
    market.accept([quote(bid_px=182.44, ts_event=now)])
    frame = await asyncio.wait_for(_value_of(connection), timeout=20)
    assert "182.44" in frame
    market.accept([quote(bid_px=182.45, ts_event=now + 1)])
    await asyncio.sleep(0.05)
    assert market.moved.is_set()
    flushing.cancel()


async def test_what_is_due_by_the_clock_alone_is_sent_without_a_tick(monkeypatch):
    monkeypatch.setattr(run_feed, "FLUSH_S", 0.001)
    market = Pipeline(feed=SilentFeed(), known=["IBM"], hub=Hub(), listeners=[])
    flushed: list[int] = []
    monkeypatch.setattr(market, "flush", lambda: flushed.append(1))
    flushing = asyncio.create_task(run_feed.keep_flushing(lambda: market))
    await until(lambda: len(flushed) >= 3)
    flushing.cancel()


async def _value_of(connection: Connection) -> str:
    while '"ticks"' not in (frame := await connection.next_frame()):
        pass
    return frame


@pytest.mark.usefixtures("master")
def test_a_simulated_market_goes_on_from_its_last_price():
    bars.write(bars=[bar(ts_start=clock.now_ns() - 120 * 10**9, close=250.0)])
    interface.start_feed()
    feed = pipeline().feed
    assert isinstance(feed, SimulatedFeed)
    walks = {walk.symbol: walk for walk in feed._walks}
    assert walks["IBM"].last_px == 250.0
    assert walks["KO"].last_px == 69.8
    assert "TWTR" not in walks


@pytest.mark.usefixtures("master")
def test_ticks_of_symbols_that_are_not_in_the_master_are_warned_of_once(caplog):
    feed = SilentFeed()
    feed.symbols = ("IBM", "ZZZ")
    with caplog.at_level(logging.WARNING):
        interface.start_feed(feed=feed)
    assert "ZZZ" in caplog.text


@pytest.mark.django_db(transaction=True)
async def test_the_simulated_platform_ticks_saves_and_stops(settings):
    await in_thread(
        interface.load_security_master,
        path=settings.BASE_DIR / "marketdata/data/security_master.csv",
    )
    stopping = asyncio.Event()
    running = asyncio.create_task(interface.run_market_data(stopping=stopping))
    await until(lambda: interface.latest_trade(symbol="SPY") is not None)
    assert interface.feed_status().connected
    assert interface.feed_status().label == "SIMULATED"
    await finish(running, stopping)
    assert interface.feed_status().detail == "the feed is not running"
    stored = await in_thread(
        lambda: set(MinuteBar.objects.values_list("instrument__symbol", flat=True))
    )
    assert len(stored) == 17  # every active symbol had its opening trade


@pytest.mark.django_db(transaction=True)
async def test_a_feed_that_breaks_leaves_its_values_and_says_why(settings):
    await in_thread(
        interface.load_security_master,
        path=settings.BASE_DIR / "marketdata/data/security_master.csv",
    )
    broken = SilentFeed(error=RecordingCorrupt("ibm.zip, row 3: garbage"))
    await in_thread(interface.start_feed, feed=broken)
    interface.accept_ticks(ticks=[quote(ts_event=clock.now_ns())])
    running = asyncio.create_task(interface.run_market_data())
    await until(lambda: interface.feed_status().detail)
    status = interface.feed_status()
    assert (status.connected, status.detail) == (
        False,
        "RECORDING_CORRUPT: ibm.zip, row 3: garbage",
    )
    assert interface.latest_quote(symbol="IBM") is not None
    assert not running.done()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert broken.stopped


class Stumbling(SilentFeed):
    """Fails on its first two runs, by a mistake of ours."""

    runs = 0

    async def run(self, emit):
        self.runs += 1
        if self.runs < 3:
            raise RuntimeError("a mistake")
        emit([quote(ts_event=clock.now_ns())])
        await asyncio.Event().wait()


@pytest.mark.django_db(transaction=True)
async def test_a_feed_that_failed_by_a_mistake_begins_again_and_says_so_meanwhile(settings):
    await in_thread(
        interface.load_security_master,
        path=settings.BASE_DIR / "marketdata/data/security_master.csv",
    )
    feed = Stumbling()
    await in_thread(interface.start_feed, feed=feed)
    stopping = asyncio.Event()
    running = asyncio.create_task(interface.run_market_data(stopping=stopping))
    told: set[str] = set()

    def is_well() -> bool:
        told.add(interface.feed_status().detail)
        return interface.feed_status().connected

    await until(is_well)
    assert "the feed failed: RuntimeError" in told
    assert interface.latest_quote(symbol="IBM") is not None
    assert interface.pipeline_counters()["PART_FAILED"] == 2
    await finish(running, stopping)


@pytest.mark.django_db(transaction=True)
async def test_bars_wait_for_a_database_that_is_away_and_are_saved_when_it_is_back(
    settings, monkeypatch
):
    await in_thread(
        interface.load_security_master,
        path=settings.BASE_DIR / "marketdata/data/security_master.csv",
    )
    monkeypatch.setattr(run_feed, "SAVE_S", 0.01)
    really_write = bars.write
    failures: list[int] = []

    def write(*, bars, source):
        if len(failures) < 3:
            failures.append(len(bars))
            raise ConnectionError
        really_write(bars=bars, source=source)

    monkeypatch.setattr(bars, "write", write)
    await in_thread(interface.start_feed, feed=SilentFeed())
    stopping = asyncio.Event()
    running = asyncio.create_task(interface.run_market_data(stopping=stopping))
    interface.accept_ticks(ticks=[trade(ts_event=clock.now_ns())])
    await until(lambda: not pipeline().unsaved)
    assert len(failures) == 3
    await finish(running, stopping)
    assert await in_thread(MinuteBar.objects.count) == 1
