"""A recorded DEEP capture, played through the whole of market data, is a live book in a browser."""

import asyncio
import json

import pytest
from channels.testing import WebsocketCommunicator

from marketdata import interface
from marketdata.consumers import QuotesConsumer
from marketdata.feeds.registry import build_feed
from trading.infra.database import in_thread

pytestmark = pytest.mark.django_db(transaction=True)


class Alice:
    is_authenticated = True


@pytest.fixture
async def playing(settings, iex_fixtures):
    """The end of the recorded stretch, where its books are busiest, three times as fast."""
    await in_thread(
        interface.load_security_master,
        path=settings.BASE_DIR / "marketdata/data/security_master.csv",
    )
    feed = build_feed(
        spec=f"replay:{iex_fixtures / 'DEEP10_part1.pcap.gz'}",
        speed=3.0,
        replay_start="13:17",
        simulated=(),
    )
    await in_thread(interface.start_feed, feed=feed)
    stopping = asyncio.Event()
    running = asyncio.create_task(interface.run_market_data(stopping=stopping))
    yield
    stopping.set()
    await asyncio.wait_for(running, timeout=20)


async def frames_of(socket: WebsocketCommunicator, kind: str):
    while True:
        frame = json.loads(await socket.receive_from(timeout=20))
        if frame["type"] == kind:
            yield frame


@pytest.mark.usefixtures("playing")
async def test_a_recorded_book_lives_in_the_browser():
    socket = WebsocketCommunicator(QuotesConsumer.as_asgi(), "/ws/quotes")
    socket.scope["user"] = Alice()
    await socket.connect()
    await socket.send_json_to({"action": "book", "symbol": "MSFT"})
    seen: list[tuple[int, int]] = []
    async for frame in frames_of(socket, "book"):
        assert frame["S"] == "MSFT"
        bids, asks = frame["bids"], frame["asks"]
        assert bids == sorted(bids, reverse=True)
        assert asks == sorted(asks)
        assert all(size > 0 for _, size in bids + asks)
        if bids and asks:
            assert bids[0][0] <= asks[0][0]
            seen.append((len(bids), len(asks)))
        if len(seen) >= 10:
            break
    assert max(len_bids + len_asks for len_bids, len_asks in seen) >= 4
    assert not interface.feed_status().detail
    await socket.disconnect()
