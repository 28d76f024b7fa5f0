"""A provider's stream on this machine, the pipeline and the desk: through the close and a halt."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connections

from marketdata import interface as marketdata
from marketdata.contracts import Need, Quote, TradingStatus
from marketdata.operations import run_feed
from oms.desk import Desk
from oms.models import Execution, Order
from oms.operations.place import OrderDenied
from tests.marketdata.configuration.conftest import enable_alpaca
from tests.marketdata.providers.alpaca_server import KEY, SECRET, AlpacaServer
from tests.marketdata.waiting import until
from tests.oms.conftest import order
from trading.infra.database import in_thread
from trading.kernel.clock import to_ns, utc_now
from trading.kernel.fix import OrdStatus

pytestmark = pytest.mark.django_db(transaction=True)

CLOSE = datetime(2026, 11, 27, 18, 0, tzinfo=UTC)  # 13:00 New York


class Provider:
    """Alpaca's words on loopback, and the desk that hears them through the pipeline."""

    def __init__(self, server: AlpacaServer, desk: Desk) -> None:
        self.server = server
        self.desk = desk

    async def quote(self, symbol: str, bid: float, ask: float, *, size: int = 300) -> None:
        """Say a quote of now and wait until the platform knows it."""
        ts = to_ns(utc_now())
        said = Quote(
            symbol=symbol, bid_px=bid, bid_size=size, ask_px=ask, ask_size=size, bid_exchange="V",
            ask_exchange="V", ts_event=ts, ts_init=ts, source="alpaca",
        )  # fmt: skip
        await self.server.say(said)
        await until(lambda: self._latest(symbol) == ts)

    async def status(self, symbol: str, code: str, words: str) -> None:
        ts = to_ns(utc_now())
        said = TradingStatus(
            symbol=symbol, status_code=code, status_message=words, reason_code="T1",
            reason_message="News pending", ts_event=ts, ts_init=ts, source="alpaca",
        )  # fmt: skip
        await self.server.say(said)
        await until(lambda: self._status(symbol) == code)

    async def place(self, command):
        return await asyncio.wrap_future(self.desk.submit(command))

    @staticmethod
    def _latest(symbol: str) -> int:
        quote = marketdata.latest_quote(symbol=symbol)
        return 0 if quote is None else quote.ts_event

    @staticmethod
    def _status(symbol: str) -> str:
        status = marketdata.trading_status(symbol=symbol)
        return "" if status is None else status.status_code


@pytest.fixture
def before_the_close(go_to):
    go_to(CLOSE - timedelta(seconds=20))


@pytest.fixture
async def provider(before_the_close, alice, settings):
    settings.FEED, settings.PROVIDERS = "", {}
    settings.PROVIDER_SECRETS_KEY, settings.TICK_ARCHIVE = "only-for-tests", False
    server = AlpacaServer()
    await server.start()
    addresses = {"stream_url": server.stream_url, "data_url": server.rest_url}
    secrets = {"key_id": KEY, "secret_key": SECRET}
    await in_thread(enable_alpaca, options=addresses, secrets=secrets)
    stopping = asyncio.Event()
    running = asyncio.create_task(marketdata.run_market_data(stopping=stopping))
    await until(lambda: run_feed.running() is not None)
    desk = Desk()
    stop_hearing = marketdata.on_tick(desk.on_tick)
    desk.start()
    assert await asyncio.to_thread(desk.wait_until_ready, 30.0)
    marketdata.need_prices(who=Need.TRADING, symbols=["F", "KO"])
    await until(lambda: {"F", "KO"} <= server.subscribed)
    yield Provider(server, desk)
    stop_hearing()
    await asyncio.to_thread(desk.stop)
    stopping.set()
    await asyncio.wait_for(running, timeout=20)
    await server.stop()
    run_feed._running = None
    marketdata.forget_instruments()
    await in_thread(connections.close_all)


async def settle(placed, *statuses: OrdStatus) -> None:
    """Wait until these orders stand so."""
    async with asyncio.timeout(20):
        while True:
            if await in_thread(_statuses, placed) == list(statuses):
                return
            await asyncio.sleep(0.01)


def _statuses(placed) -> list[str]:
    found = {row.id: row.status for row in Order.objects.all()}
    return [found[each.id] for each in placed]


def _prices(placed) -> set[Decimal]:
    ids = [each.id for each in placed]
    return {row.last_px for row in Execution.objects.filter(order_id__in=ids)}


async def test_the_close_ends_the_session_for_all_but_those_who_asked(provider, alice, go_to):
    await provider.quote("KO", 69.79, 69.81)
    await provider.quote("F", 11.69, 11.71)
    resting = [
        await provider.place(order(alice, qty="1", symbol="KO", limit="69.00")),
        await provider.place(order(alice, qty="1", symbol="KO", limit="69.00", tif="GTC")),
    ]
    await settle(resting, OrdStatus.NEW, OrdStatus.NEW)
    assert resting[0].expires_at == CLOSE
    go_to(CLOSE + timedelta(milliseconds=150))
    await provider.quote("KO", 68.79, 68.81)
    await provider.quote("F", 11.69, 11.71)
    late = [
        await provider.place(order(alice, qty="1", symbol="F")),
        await provider.place(order(alice, qty="1", symbol="F", limit="12.00")),
        await provider.place(order(alice, qty="1", symbol="F", limit="12.00", tif="IOC")),
        await provider.place(order(alice, qty="1", symbol="F", limit="12.00", extended_hours=True)),
    ]
    await settle(late, OrdStatus.NEW, OrdStatus.NEW, OrdStatus.CANCELED, OrdStatus.FILLED)
    await settle(resting, OrdStatus.EXPIRED, OrdStatus.NEW)
    assert await in_thread(_prices, [*resting, *late]) == {Decimal("11.71")}


async def test_nothing_fills_from_the_halt_to_the_resumption(provider, alice):
    await provider.quote("F", 11.69, 11.71)
    await provider.status("F", "H", "Trading Halt")
    with pytest.raises(OrderDenied, match="trading in F is halted: News pending"):
        await provider.place(order(alice, qty="1", symbol="F", tif="IOC"))
    waits = [await provider.place(order(alice, qty="1", symbol="F"))]
    await settle(waits, OrdStatus.NEW)
    await provider.quote("F", 11.60, 11.62)
    await provider.status("F", "T", "Trading Resumption")
    after = [await provider.place(order(alice, qty="1", symbol="F", limit="12.00"))]
    await settle([*waits, *after], OrdStatus.NEW, OrdStatus.NEW)  # nobody has quoted since
    await provider.quote("F", 11.40, 11.42)
    await settle([*waits, *after], OrdStatus.FILLED, OrdStatus.FILLED)
    assert await in_thread(_prices, [*waits, *after]) == {Decimal("11.42")}


async def test_with_no_bid_the_offer_still_trades(provider, alice):
    await provider.quote("F", 0.0, 11.71, size=300)
    bought = [await provider.place(order(alice, qty="1", symbol="F"))]
    await settle(bought, OrdStatus.FILLED)
    assert await in_thread(_prices, bought) == {Decimal("11.71")}
    with pytest.raises(OrderDenied, match="there is no quote to trade at"):
        await provider.place(order(alice, "SELL", qty="1", symbol="F"))
