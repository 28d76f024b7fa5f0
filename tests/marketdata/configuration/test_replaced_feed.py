"""A provider is configured anew while everything runs: the feed follows, nobody else notices."""

import asyncio
import json
from contextlib import asynccontextmanager
from typing import Any, Self

import pytest
from channels.testing import WebsocketCommunicator

from marketdata import interface
from marketdata.consumers import QuotesConsumer
from marketdata.contracts import FeedKind
from marketdata.models import MinuteBar
from marketdata.operations import run_feed
from tests.marketdata.build import MINUTE_NS, bar, quote, trade
from tests.marketdata.configuration.conftest import configure, enable_alpaca
from tests.marketdata.fakes import SilentFeed
from tests.marketdata.providers.alpaca_server import KEY, SECRET, AlpacaServer
from tests.marketdata.waiting import until
from trading.eventlog.follow import Follower
from trading.infra.database import in_thread
from trading.kernel import clock
from trading.wiring import take_up_providers

pytestmark = pytest.mark.django_db(transaction=True)

RIGHT = {"key_id": KEY, "secret_key": SECRET}


class Alice:
    is_authenticated = True


@pytest.fixture
async def servers():
    pair = AlpacaServer(), AlpacaServer()
    for server in pair:
        await server.start()
    yield pair
    for server in pair:
        await server.stop()


@pytest.fixture(autouse=True)
async def _security_master(settings):
    await in_thread(
        interface.load_security_master,
        path=settings.BASE_DIR / "marketdata/data/security_master.csv",
    )


async def point_at(server: AlpacaServer, *, secrets=RIGHT, **said) -> None:
    addresses = {"stream_url": server.stream_url, "data_url": server.rest_url}
    await in_thread(enable_alpaca, options=addresses, secrets=secrets, **said)


@asynccontextmanager
async def platform():
    """Run the feed, and the reader of the log that tells it of changes."""
    stopping = asyncio.Event()
    running = asyncio.create_task(interface.run_market_data(stopping=stopping))
    follower = Follower(name="providers", handler=take_up_providers, is_durable=False)
    follower.start()
    try:
        await until(lambda: run_feed.running() is not None)
        yield
    finally:
        await asyncio.to_thread(follower.stop)
        stopping.set()
        await asyncio.wait_for(running, timeout=20)


class Browser:
    """A quote socket that follows IBM; ``frames`` are the values it got, ``feeds`` the statuses."""

    def __init__(self) -> None:
        self.frames: list[dict[str, Any]] = []
        self.feeds: list[dict[str, Any]] = []
        self._socket = WebsocketCommunicator(QuotesConsumer.as_asgi(), "/ws/quotes")
        self._socket.scope["user"] = Alice()

    async def __aenter__(self) -> Self:
        connected, _ = await self._socket.connect()
        assert connected
        await self._socket.send_json_to({"action": "subscribe", "symbols": ["IBM"]})
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert not self._reading.done(), "the socket was closed"
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)
        await self._socket.disconnect()

    async def _read(self) -> None:
        while True:
            frame = json.loads(await self._socket.receive_from(timeout=60))
            if frame["type"] == "ticks":
                self.frames += frame["data"]
            elif frame["type"] == "feed":
                self.feeds.append(frame["feed"])

    def sees(self, px: float | None) -> bool:
        return bool(self.frames) and self.frames[-1]["lp"] == px


def minute(ago: int) -> int:
    now = clock.now_ns()
    return now - now % MINUTE_NS - ago * MINUTE_NS


async def stored() -> dict[int, tuple[float, str]]:
    """Return close and source of IBM's bars in the table, by when they began (ns)."""
    rows = await in_thread(
        lambda: list(
            MinuteBar.objects.filter(instrument__symbol="IBM").values_list(
                "ts_start", "close", "source"
            )
        )
    )
    return {clock.to_ns(at): (close, source) for at, close, source in rows}


async def test_prices_come_from_the_other_server_and_bars_have_no_hole(servers):
    one, other = servers
    await point_at(one)
    async with platform(), Browser() as browser:
        await until(lambda: one.ready_count)
        first_minute = minute(4)
        await one.say(trade(px=182.0, trade_id=1, ts_event=first_minute + 1))
        await one.say(trade(px=182.5, trade_id=2, ts_event=first_minute + MINUTE_NS + 1))
        await until(lambda: browser.sees(182.5))
        # Nobody streams what happened since; the other one's history knows.
        other.bars["IBM"] = [
            bar(ts_start=first_minute + n * MINUTE_NS, open_px=183.0, high=183.5, low=183.0,
                close=183.0 + n / 100, vwap=183.0)
            for n in (1, 2, 3)
        ]  # fmt: skip

        await point_at(other)

        await until(lambda: other.ready_count)
        assert one.ready_count == 0
        assert one.connection_count == other.connection_count == 1
        last = interface.latest_trade(symbol="IBM")
        assert last is not None
        assert last.px == 182.5, "values go over"
        await other.say(trade(px=184.0, trade_id=3, ts_event=clock.now_ns()))
        await until(lambda: browser.sees(184.0))
        assert browser.frames[-1]["src"] == "alpaca"
        closes = enumerate((182.0, 183.01, 183.02, 183.03))
        expected = {first_minute + n * MINUTE_NS: close for n, close in closes}
        held: dict[int, tuple[float, str]] = {}
        async with asyncio.timeout(20):
            while not expected.items() <= {ts: close for ts, (close, _) in held.items()}.items():
                await asyncio.sleep(0.1)
                held = await stored()
        assert {source for _, source in held.values()} == {"stream:alpaca"}
        assert interface.feed_status().connected


async def test_a_made_up_price_is_never_shown_as_a_live_one(servers):
    one, _ = servers
    async with platform(), Browser() as browser:
        await until(lambda: browser.frames and browser.frames[-1]["src"] == "simulated")
        assert interface.feed_status().kind is FeedKind.SIMULATED
        await point_at(one)
        await until(lambda: one.ready_count)
        await until(lambda: browser.sees(None))
        assert browser.frames[-1]["bp"] is None
        assert interface.latest_quote(symbol="IBM") is None
        assert interface.latest_trade(symbol="MSFT") is None
        assert "ACCEPTED" in interface.pipeline_counters(), "what is counted goes over"
        await one.say(quote(bid_px=50.0, ask_px=50.1, ts_event=clock.now_ns()))
        await until(lambda: browser.frames[-1]["bp"] == 50.0)
        await until(lambda: browser.feeds[-1]["connected"])
        assert browser.feeds[-1]["label"] == "LIVE"

        await in_thread(configure, is_enabled=False)
        await until(lambda: browser.feeds[-1]["label"] == "SIMULATED")
        await until(lambda: browser.frames[-1]["src"] == "simulated")
        assert one.ready_count == 0
    assert {source for _, source in (await stored()).values()} == {"stream:simulated"}


async def test_a_wrong_key_is_mended_without_a_restart(servers):
    one, _ = servers
    await point_at(one, secrets={"key_id": "wrong", "secret_key": "wrong"})
    async with platform():
        await until(lambda: "AUTHENTICATION_FAILED" in interface.feed_status().detail)
        await point_at(one)
        await until(lambda: interface.feed_status().connected)


async def test_what_does_not_touch_the_feed_leaves_it_alone(servers):
    one, _ = servers
    await point_at(one)
    async with platform():
        await until(lambda: one.ready_count)
        await in_thread(configure, "nasdaq_data_link", secrets={"key": "a-key"})
        await in_thread(configure, "polygon", options={"channels": "T,Q"})
        await point_at(one, priority=7)
        interface.reconsider_feed()
        await one.say(trade(px=99.0, ts_event=clock.now_ns()))
        await until(lambda: interface.latest_trade(symbol="IBM") is not None)
        assert one.connection_count == 1


async def test_what_the_environment_names_stays(settings, servers):
    one, _ = servers
    settings.FEED = "simulated"
    async with platform():
        await point_at(one)
        interface.reconsider_feed()
        await until(lambda: interface.latest_trade(symbol="IBM") is not None)
        assert interface.feed_status().kind is FeedKind.SIMULATED
    assert one.connection_count == 0


async def test_a_feed_that_was_handed_in_is_replaced_by_none(servers):
    one, _ = servers
    await in_thread(interface.start_feed, feed=SilentFeed())
    async with platform():
        await point_at(one)
        interface.reconsider_feed()
        interface.accept_ticks(ticks=[trade(ts_event=clock.now_ns())])
        assert interface.feed_status().name == "simulated"
    assert one.connection_count == 0


async def test_a_better_provider_steps_in_front(servers):
    one, other = servers
    await point_at(one, priority=2)
    async with platform():
        await until(lambda: one.ready_count)
        await in_thread(
            configure, "tiingo", is_enabled=True, priority=1,
            options={"stream_url": other.stream_url, "rest_url": other.rest_url},
            secrets={"token": "a-token"},
        )  # fmt: skip
        await until(lambda: interface.feed_status().name == "tiingo,alpaca")
        await until(lambda: one.connection_count == 2)
        assert [each.name for each in interface.feed_status().sources] == ["tiingo", "alpaca"]


@pytest.mark.parametrize("feed", ["", "alpaca"])
async def test_a_lost_key_is_a_named_trouble_and_everything_else_runs(settings, servers, feed):
    one, _ = servers
    await point_at(one)
    settings.PROVIDER_SECRETS_KEY, settings.FEED = "another", feed
    async with platform():
        await until(lambda: "CREDENTIALS_UNREADABLE" in interface.feed_status().detail)
        status = interface.feed_status()
        assert (status.name, status.connected) == ("alpaca", False)
        assert "enter it again" in status.detail
        await point_at(one)
        await until(lambda: interface.feed_status().connected)


async def test_a_feed_begins_while_the_database_is_away(servers, monkeypatch):
    one, _ = servers
    really = run_feed._other_feed
    failures: list[int] = []

    def other_feed():
        if len(failures) < 2:
            failures.append(1)
            raise ConnectionError
        return really()

    monkeypatch.setattr(run_feed, "SAVE_S", 0.01)
    monkeypatch.setattr(run_feed, "_other_feed", other_feed)
    async with platform():
        await point_at(one)
        await until(lambda: one.ready_count)
    assert len(failures) == 2
