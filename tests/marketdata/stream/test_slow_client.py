"""A client that reads too slowly is told so, after what was on its way, and closed in order."""

import asyncio
import json
from typing import Any

from marketdata import interface, stream_hub
from marketdata.market_stream import market_stream
from marketdata.operations import stream_market
from tests.marketdata.build import trade
from tests.marketdata.waiting import until


async def test_a_slow_client_is_told_after_what_was_on_its_way(feed, alices_key, monkeypatch):
    monkeypatch.setattr(stream_hub, "WAITING_MAX", 20)
    inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    sent: list[dict[str, Any]] = []
    reads = asyncio.Event()
    reads.set()

    async def send(message: Any) -> None:
        await reads.wait()
        sent.append(message)

    def frames() -> list[Any]:
        return [json.loads(each["text"]) for each in sent if "text" in each]

    def say(**message: Any) -> None:
        inbox.put_nowait({"type": "websocket.receive", "text": json.dumps(message)})

    scope = {"type": "websocket", "headers": [], "url_route": {"kwargs": {"feed": "iex"}}}
    serving = asyncio.create_task(market_stream(scope, inbox.get, send))
    inbox.put_nowait({"type": "websocket.connect"})
    say(action="auth", key=alices_key[0], secret=alices_key[1])
    say(action="subscribe", trades=["IBM"])
    await until(lambda: frames() and frames()[-1][0]["T"] == "subscription")
    reads.clear()
    interface.accept_ticks(ticks=[trade(trade_id=0)])
    await asyncio.sleep(0)  # the first is on its way
    (connection,) = stream_market.hub.connections
    for number in range(1, 40):
        interface.accept_ticks(ticks=[trade(trade_id=number)])
    assert connection.is_ending
    reads.set()
    await asyncio.wait_for(serving, 10)
    *_, told = frames()
    assert told == [{"T": "error", "code": 407, "msg": "slow client"}]
    assert sent[-1] == {"type": "websocket.close", "code": 1008}
    assert not stream_market.hub.connections
