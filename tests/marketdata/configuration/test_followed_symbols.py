"""A symbol that is not followed is, as soon as somebody looks at it, listens to it or trades it."""

import asyncio
import json

import pytest
from channels.testing import WebsocketCommunicator

from marketdata import interface
from marketdata.consumers import QuotesConsumer
from marketdata.contracts import Need
from marketdata.domain.following import Following
from marketdata.models import Instrument
from marketdata.operations import follow_symbols, run_feed
from tests.marketdata.build import quote, trade
from tests.marketdata.configuration.conftest import configure, enable_alpaca
from tests.marketdata.configuration.test_replaced_feed import RIGHT, Alice, platform
from tests.marketdata.providers.alpaca_server import AlpacaServer
from tests.marketdata.waiting import until
from trading.infra.database import in_thread
from trading.kernel import clock

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def server():
    alpaca = AlpacaServer()
    await alpaca.start()
    yield alpaca
    await alpaca.stop()


@pytest.fixture(autouse=True)
def _nobody_needs_anything(monkeypatch):
    monkeypatch.setattr(follow_symbols, "following", Following())


@pytest.fixture(autouse=True)
async def _security_master(settings):
    """The shipped instruments, of which only two are followed."""
    await in_thread(
        interface.load_security_master,
        path=settings.BASE_DIR / "marketdata/data/security_master.csv",
    )
    await in_thread(
        lambda: Instrument.objects.exclude(symbol__in=["IBM", "SPY"]).update(is_followed=False)
    )


async def point_at(server: AlpacaServer, **options: str) -> None:
    addresses = {"stream_url": server.stream_url, "data_url": server.rest_url}
    await in_thread(enable_alpaca, options=addresses | options, secrets=RIGHT)


class Screen:
    """A quote socket; what it got is kept by type."""

    def __init__(self) -> None:
        self.values: dict[str, float | None] = {}
        self.errors: list[tuple[str, str]] = []
        self._socket = WebsocketCommunicator(QuotesConsumer.as_asgi(), "/ws/quotes")
        self._socket.scope["user"] = Alice()

    async def __aenter__(self):
        await self._socket.connect()
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)
        await self._socket.disconnect()

    async def follow(self, *symbols: str) -> None:
        await self._socket.send_json_to({"action": "subscribe", "symbols": list(symbols)})

    async def _read(self) -> None:
        while True:
            frame = json.loads(await self._socket.receive_from(timeout=60))
            if frame["type"] == "ticks":
                self.values |= {value["S"]: value["lp"] for value in frame["data"]}
            elif frame["type"] == "error":
                self.errors.append((frame["code"], frame["message"]))


async def test_only_what_is_followed_is_streamed_until_a_screen_shows_more(server):
    await point_at(server)
    async with platform():
        await until(lambda: server.subscribed == {"IBM", "SPY"})
        async with Screen() as screen:
            await screen.follow("BAC", "IBM")
            await until(lambda: server.subscribed == {"BAC", "IBM", "SPY"})
            await server.say(trade(symbol="BAC", px=47.25, ts_event=clock.now_ns()))
            await until(lambda: screen.values.get("BAC") == 47.25)
            assert screen.errors == []
        assert server.connection_count == 1


async def test_a_new_symbol_shows_its_last_price_before_it_trades_again(server):
    server.trades["BAC"] = [trade(symbol="BAC", px=46.5, ts_event=clock.now_ns() - 10**12)]
    await point_at(server)
    async with platform():
        await until(lambda: server.ready_count)
        async with Screen() as screen:
            await screen.follow("BAC")
            await until(lambda: screen.values.get("BAC") == 46.5)
        pipeline = run_feed.running()
        assert pipeline is not None
        assert pipeline.counters["ACCEPTED"] == 0  # it is no tick
        assert "BAC" not in pipeline.newest_bars


async def test_where_a_plan_is_full_the_screen_says_so_and_the_books_come_first(server):
    await point_at(server, symbols_max="3")
    async with platform():
        await until(lambda: server.ready_count)
        async with Screen() as screen:
            await screen.follow("AAPL", "BAC", "GOOG", "IBM")
            await until(lambda: screen.errors)
            [(code, message)] = screen.errors
            assert code == "NO_ROOM"
            assert "no live price of IBM:" in message
            await until(lambda: server.subscribed == {"AAPL", "BAC", "GOOG"})
            interface.need_prices(who=Need.TRADING, symbols=["IBM"])
            await until(lambda: server.subscribed == {"AAPL", "BAC", "IBM"})


async def test_an_order_waits_for_the_first_price_of_its_symbol(server):
    await point_at(server)
    async with platform():
        await until(lambda: server.ready_count)
        waiting = asyncio.create_task(interface.await_price(symbol="BAC", seconds_max=30))
        await until(lambda: "BAC" in server.subscribed)
        assert not waiting.done()
        await server.say(quote(symbol="BAC", ts_event=clock.now_ns()))
        await asyncio.wait_for(waiting, timeout=10)
        assert interface.latest_quote(symbol="BAC") is not None


async def test_an_order_takes_the_place_of_a_screen_and_waits_for_nothing_where_there_is_none(
    server,
):
    await point_at(server, symbols_max="2")
    async with platform():
        await until(lambda: server.subscribed == {"IBM", "SPY"})
        interface.need_prices(who=Need.SCREENS, symbols=["IBM", "SPY"])
        waiting = asyncio.create_task(interface.await_price(symbol="BAC", seconds_max=30))
        await until(lambda: server.subscribed == {"BAC", "IBM"})
        await server.say(quote(symbol="BAC", ts_event=clock.now_ns()))
        await asyncio.wait_for(waiting, timeout=10)
        interface.need_prices(who=Need.TRADING, symbols=["IBM", "SPY"])
        await until(lambda: server.subscribed == {"IBM", "SPY"})
        await asyncio.wait_for(interface.await_price(symbol="F", seconds_max=30), timeout=10)
        assert server.subscribed == {"IBM", "SPY"}


async def test_nobody_asks_a_provider_for_a_symbol_that_a_client_made_up(server):
    await point_at(server)
    async with platform():
        await until(lambda: server.ready_count)
        await asyncio.wait_for(interface.await_price(symbol="NOPE", seconds_max=30), timeout=10)
        async with Screen() as screen:
            await screen.follow("NOPE")
            await until(lambda: screen.errors == [("UNKNOWN_SYMBOL", "asset not found for NOPE")])
        assert server.subscribed == {"IBM", "SPY"}


async def test_an_instrument_that_an_administrator_follows_is_streamed_without_a_restart(server):
    await point_at(server)
    async with platform():
        await until(lambda: server.subscribed == {"IBM", "SPY"})
        await in_thread(lambda: Instrument.objects.filter(symbol="BAC").update(is_followed=True))
        await in_thread(interface.forget_instruments)
        await until(lambda: server.subscribed == {"BAC", "IBM", "SPY"})


async def test_a_need_outlives_the_feed_that_served_it(server):
    await point_at(server)
    async with platform():
        await until(lambda: server.ready_count)
        interface.need_prices(who=Need.TRADING, symbols=["BAC"])
        await until(lambda: "BAC" in server.subscribed)
        server.subscribed = set()
        await in_thread(
            configure,
            name="alpaca",
            is_enabled=True,
            options={"stream_url": server.stream_url, "data_url": server.rest_url, "feed": "sip"},
        )
        await until(lambda: server.subscribed == {"BAC", "IBM", "SPY"})
