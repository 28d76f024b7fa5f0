"""The quote socket keeps its promises to the browser."""

import asyncio
import json
from typing import Any

import pytest
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import AnonymousUser

from marketdata import interface
from marketdata.consumers import NOT_SIGNED_IN, QuotesConsumer
from marketdata.contracts import BookSide, PriceLevel
from marketdata.hub import MAX_SYMBOLS
from marketdata.operations import run_feed
from tests.marketdata.build import quote, trade
from tests.marketdata.fakes import SilentFeed
from tests.marketdata.waiting import until
from trading.infra.database import in_thread
from trading.kernel import clock

pytestmark = pytest.mark.django_db(transaction=True)


class Alice:
    is_authenticated = True


@pytest.fixture
async def feed(settings):
    await in_thread(
        interface.load_security_master,
        path=settings.BASE_DIR / "marketdata/data/security_master.csv",
    )
    feed = SilentFeed()
    await in_thread(interface.start_feed, feed=feed)
    interface.accept_ticks(ticks=[quote(ts_event=clock.now_ns())])
    return feed


@pytest.fixture
async def socket(feed):
    communicator = WebsocketCommunicator(QuotesConsumer.as_asgi(), "/ws/quotes")
    communicator.scope["user"] = Alice()
    connected, _ = await communicator.connect()
    assert connected
    yield communicator
    await communicator.disconnect()
    assert not run_feed.hub._connections


async def ask(socket: WebsocketCommunicator, action: str, *symbols: str) -> None:
    await socket.send_json_to({"action": action, "symbols": list(symbols)})


async def receive(socket: WebsocketCommunicator) -> Any:
    return json.loads(await socket.receive_from(timeout=5))


@pytest.mark.parametrize("user", [None, AnonymousUser()])
async def test_nobody_gets_in_without_signing_in(user):
    communicator = WebsocketCommunicator(QuotesConsumer.as_asgi(), "/ws/quotes")
    communicator.scope["user"] = user
    assert await communicator.connect() == (True, None)
    assert await communicator.receive_output() == {
        "type": "websocket.close",
        "code": NOT_SIGNED_IN,
    }
    await communicator.send_to(text_data="{}")
    await communicator.disconnect()


async def test_the_first_frame_says_how_the_feed_is(socket):
    frame = await receive(socket)
    assert frame["type"] == "feed"
    assert frame["feed"]["name"] == "simulated"
    assert frame["feed"]["connected"] is True
    assert frame["feed"]["last_tick_at"].endswith("+00:00")


async def test_a_subscriber_gets_the_current_value_and_then_newer_ones(socket):
    await receive(socket)
    await ask(socket, "subscribe", "ibm", "BAC")
    ibm, bac = (await receive(socket))["data"]
    assert (ibm["S"], ibm["bp"], ibm["lp"], ibm["pc"]) == ("IBM", 182.44, None, 181.1)
    assert (bac["S"], bac["bp"], bac["t"]) == ("BAC", None, None)
    interface.accept_ticks(ticks=[trade(px=182.5, ts_event=clock.now_ns())])
    (newer,) = (await receive(socket))["data"]
    assert (newer["lp"], newer["bar"]["c"]) == (182.5, 182.5)


async def test_a_subscriber_hears_of_its_symbols_only_until_it_unsubscribes(socket):
    await receive(socket)
    await ask(socket, "subscribe", "IBM")
    await receive(socket)
    interface.accept_ticks(ticks=[quote(symbol="BAC", ts_event=clock.now_ns())])
    assert await socket.receive_nothing(timeout=0.05)
    await ask(socket, "unsubscribe", "IBM")
    assert await socket.receive_nothing(timeout=0.05)
    interface.accept_ticks(ticks=[quote(ask_px=183, ts_event=clock.now_ns())])
    assert await socket.receive_nothing(timeout=0.05)


async def test_an_unknown_symbol_is_named_and_the_others_are_served(socket):
    await receive(socket)
    await ask(socket, "subscribe", "NOPE", "IBM", "A\0")
    assert await receive(socket) == {
        "type": "error",
        "code": "UNKNOWN_SYMBOL",
        "symbol": "NOPE",
        "message": "asset not found for NOPE",
    }
    assert (await receive(socket))["symbol"] == "A\0"
    assert (await receive(socket))["data"][0]["S"] == "IBM"


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "null",
        '{"action":"buy","symbols":["IBM"]}',
        '{"action":["subscribe"],"symbols":["IBM"]}',
        '{"action":"subscribe"}',
        '{"action":"subscribe","symbols":"IBM"}',
        '{"action":"subscribe","symbols":[1]}',
    ],
)
async def test_a_message_that_is_no_request_is_answered_and_the_socket_stays(socket, text):
    await receive(socket)
    await socket.send_to(text_data=text)
    frame = await receive(socket)
    assert (frame["type"], frame["code"]) == ("error", "MALFORMED_REQUEST")
    await socket.send_to(bytes_data=b'{"action":"subscribe","symbols":["IBM"]}')
    assert (await receive(socket))["type"] == "ticks"


async def test_a_connection_follows_a_bounded_number_of_symbols(socket):
    await receive(socket)
    await ask(socket, "subscribe", *(f"S{number}" for number in range(MAX_SYMBOLS + 1)))
    assert (await receive(socket))["code"] == "TOO_MANY_SYMBOLS"


async def test_a_change_of_the_feed_is_told(socket):
    await receive(socket)
    pipeline = run_feed.running()
    assert pipeline is not None
    pipeline.fail("RECORDING_CORRUPT: row 3")
    pipeline.flush()
    feed = (await receive(socket))["feed"]
    assert (feed["connected"], feed["detail"]) == (False, "RECORDING_CORRUPT: row 3")


@pytest.mark.usefixtures("feed")
async def test_a_client_that_does_not_read_gets_the_newest_value_when_it_does(monkeypatch):
    blocked, sent = asyncio.Event(), []

    async def send(_, text_data):
        sent.append(json.loads(text_data))
        if len(sent) > 1:
            await blocked.wait()

    monkeypatch.setattr(QuotesConsumer, "send", send)
    socket = WebsocketCommunicator(QuotesConsumer.as_asgi(), "/ws/quotes")
    socket.scope["user"] = Alice()
    await socket.connect()
    await ask(socket, "subscribe", "IBM")
    await until(lambda: len(sent) == 2)
    for number in range(1, 501):
        interface.accept_ticks(ticks=[trade(px=number, trade_id=number, ts_event=clock.now_ns())])
    assert len(sent) == 2  # one frame on its way, the rest conflated
    blocked.set()
    await until(lambda: len(sent) == 3)
    assert [each["lp"] for each in sent[2]["data"]] == [500]
    await socket.disconnect()


# --- Books ----------------------------------------------------------------------------------------
def level(px: float, size: int, *, side: BookSide = BookSide.BID, complete: bool = True):
    return PriceLevel(
        symbol="IBM", side=side, px=px, size=size, is_complete=complete,
        ts_event=clock.now_ns(), ts_init=clock.now_ns(), source="test",
    )  # fmt: skip


async def ask_book(socket: WebsocketCommunicator, symbol: str | None) -> None:
    await socket.send_json_to({"action": "book", "symbol": symbol})


async def test_a_book_is_sent_at_once_and_again_when_an_event_is_complete(socket):
    await receive(socket)
    interface.accept_ticks(ticks=[level(182.4, 100)])
    await ask_book(socket, "ibm")
    assert await receive(socket) == {"type": "book", "S": "IBM", "bids": [[182.4, 100]], "asks": []}
    interface.accept_ticks(ticks=[level(182.4, 0, complete=False)])
    assert await socket.receive_nothing(timeout=0.05)
    interface.accept_ticks(ticks=[level(182.5, 70, side=BookSide.ASK)])
    assert (await receive(socket))["asks"] == [[182.5, 70]]
    found = interface.top_of_book(symbol="IBM")
    assert found is not None
    assert (found.bids, found.asks) == ((), ((182.5, 70),))


async def test_one_book_at_a_time_is_followed_until_none_is_wanted(socket):
    await receive(socket)
    await ask_book(socket, "IBM")
    assert (await receive(socket))["bids"] == []
    await ask_book(socket, "BAC")
    assert (await receive(socket))["S"] == "BAC"
    interface.accept_ticks(ticks=[level(182.4, 100)])
    assert await socket.receive_nothing(timeout=0.05)
    await ask_book(socket, "IBM")
    assert (await receive(socket))["bids"] == [[182.4, 100]]
    await ask_book(socket, None)
    assert await socket.receive_nothing(timeout=0.05)
    interface.accept_ticks(ticks=[level(182.4, 200)])
    assert await socket.receive_nothing(timeout=0.05)


async def test_a_crossed_book_is_taken_off_the_screen(socket):
    await receive(socket)
    interface.accept_ticks(ticks=[level(182.4, 100), level(182.3, 1, side=BookSide.ASK)])
    await ask_book(socket, "IBM")
    frame = await receive(socket)
    assert (frame["bids"], frame["asks"]) == ([], [])
    assert interface.top_of_book(symbol="IBM") is None


async def test_an_unknown_symbol_has_no_book_and_a_bad_request_is_answered(socket):
    await receive(socket)
    await ask_book(socket, "NOPE")
    assert (await receive(socket))["code"] == "UNKNOWN_SYMBOL"
    for text in ('{"action":"book","symbol":7}', '{"action":"book"}'):
        await socket.send_to(text_data=text)
        assert (await receive(socket))["code"] == "MALFORMED_REQUEST"


@pytest.mark.usefixtures("feed")
async def test_a_client_that_does_not_read_gets_the_newest_book_when_it_does(monkeypatch):
    blocked, sent = asyncio.Event(), []

    async def send(_, text_data):
        sent.append(json.loads(text_data))
        if len(sent) > 1:
            await blocked.wait()

    monkeypatch.setattr(QuotesConsumer, "send", send)
    socket = WebsocketCommunicator(QuotesConsumer.as_asgi(), "/ws/quotes")
    socket.scope["user"] = Alice()
    await socket.connect()
    await ask_book(socket, "IBM")
    await until(lambda: len(sent) == 2)
    for size in range(1, 501):
        interface.accept_ticks(ticks=[level(182.4, size)])
    assert len(sent) == 2
    blocked.set()
    await until(lambda: len(sent) == 3)
    assert sent[2]["bids"] == [[182.4, 500]]
    await socket.disconnect()
