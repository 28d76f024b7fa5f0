"""However slowly a client reads, the last it gets for a symbol is the last that happened."""

import asyncio
import json
from typing import Any

from hypothesis import given, strategies as st

from marketdata.contracts import FeedKind, FeedStatus
from marketdata.domain import frames
from marketdata.hub import MAX_SYMBOLS, Connection, Hub

SYMBOLS = ["BAC", "IBM", "SPY"]


def value(symbol: str, number: int) -> str:
    return json.dumps({"S": symbol, "lp": number})


async def read(connection: Connection) -> Any:
    return json.loads(await asyncio.wait_for(connection.next_frame(), timeout=5))


async def is_idle(connection: Connection) -> bool:
    waiting = asyncio.ensure_future(connection.next_frame())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    idle = not waiting.done()
    waiting.cancel()
    return idle


@given(
    moves=st.lists(
        st.one_of(
            st.tuples(st.just("publish"), st.sampled_from(SYMBOLS)),
            st.tuples(st.just("read"), st.sampled_from([0, 1])),
        ),
        max_size=60,
    )
)
def test_the_last_message_for_a_symbol_is_the_last_value(moves):
    asyncio.run(_play(moves))


async def _play(moves: list[tuple[str, Any]]) -> None:
    hub = Hub()
    clients = [hub.open(), hub.open()]
    last = dict.fromkeys(SYMBOLS, 0)
    got: list[dict[str, int]] = [{}, {}]
    for client in clients:
        hub.subscribe(client, {symbol: value(symbol, 0) for symbol in SYMBOLS})

    async def drain(which: int) -> None:
        if len(clients[which]._values):
            for each in (await read(clients[which]))["data"]:
                got[which][each["S"]] = each["lp"]

    for number, (move, target) in enumerate(moves, start=1):
        if move == "publish":
            last[target] = number
            hub.publish(target, value(target, number))
            assert all(len(client._values) <= len(SYMBOLS) for client in clients)
        else:
            await drain(target)
    for which in (0, 1):
        await drain(which)
    assert got == [last, last]


async def test_everybody_is_handed_the_same_encoded_value():
    hub = Hub()
    alices, bobs = hub.open(), hub.open()
    encoded = value("IBM", 1)
    for client in (alices, bobs):
        hub.subscribe(client, {"IBM": encoded})
    newer = value("IBM", 2)
    hub.publish("IBM", newer)
    assert alices._values.take()["IBM"] is newer
    assert bobs._values.take()["IBM"] is newer


async def test_the_first_frame_after_a_subscribe_holds_every_current_value():
    hub = Hub()
    client = hub.open()
    hub.subscribe(client, {"IBM": value("IBM", 5), "BAC": value("BAC", 7)})
    assert await read(client) == {
        "type": "ticks",
        "data": [{"S": "IBM", "lp": 5}, {"S": "BAC", "lp": 7}],
    }
    assert await is_idle(client)


async def test_an_unsubscribed_or_closed_client_gets_nothing_more():
    hub = Hub()
    client, leaver = hub.open(), hub.open()
    for each in (client, leaver):
        hub.subscribe(each, {"IBM": value("IBM", 1)})
    hub.unsubscribe(client, ["IBM", "NEVER"])
    hub.close(leaver)
    assert not hub.is_wanted("IBM")
    hub.publish("IBM", value("IBM", 2))
    assert await is_idle(client)
    assert not len(leaver._values) and not hub._connections - {client}


async def test_a_client_that_reads_nothing_costs_a_bounded_amount():
    hub = Hub()
    frozen = hub.open()
    hub.subscribe(frozen, {"IBM": value("IBM", 0)})
    for number in range(10_000):
        hub.publish("IBM", value("IBM", number))
        hub.announce(f'{{"type":"feed","n":{number}}}')
        frozen.put_error("{}")
    assert len(frozen._values) == 1
    assert len(frozen._errors) == MAX_SYMBOLS
    assert await read(frozen) == {"type": "feed", "n": 9_999}


def test_a_feed_frame_says_what_the_browser_needs():
    status = FeedStatus(
        name="simulated",
        kind=FeedKind.SIMULATED,
        label="SIMULATED",
        connected=True,
        last_tick_at=None,
        detail="",
    )
    assert json.loads(frames.feed_frame(status=status)) == {
        "type": "feed",
        "feed": {
            "name": "simulated",
            "kind": "SIMULATED",
            "label": "SIMULATED",
            "connected": True,
            "detail": "",
            "last_tick_at": None,
            "sources": [],
            "replayed": None,
        },
    }
