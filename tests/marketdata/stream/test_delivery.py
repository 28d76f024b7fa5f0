"""Every message reaches who follows it, in order and once; who cannot keep up is dropped."""

import asyncio

import pytest

from marketdata import interface, stream_hub
from marketdata.domain import stream_messages
from marketdata.domain.each_quote import EachQuote
from marketdata.operations import read_days, run_feed, stream_bars, stream_market, stream_quotes
from marketdata.store import bars
from tests.marketdata.build import MINUTE_NS, T0, bar, quote, trade
from tests.marketdata.stream.test_messages import MESSAGES
from tests.marketdata.waiting import until
from trading.infra.database import in_thread
from trading.kernel import clock


async def follow(client, **channels):
    (answer,) = await client.ask({"action": "subscribe", **channels})
    assert answer["T"] == "subscription"
    return client


@pytest.mark.parametrize("packed", [False, True])
async def test_ticks_of_the_running_feed_arrive_in_order(connect, alices_key, packed):
    client = await (await connect(packed=packed)).log_in(alices_key)
    await follow(client, trades=["IBM"], quotes=["*"])
    now = clock.now_ns()
    interface.accept_ticks(
        ticks=[
            quote(ts_event=now),
            trade(ts_event=now + 1, trade_id=1),
            trade(ts_event=now + 1, trade_id=2),
            trade(ts_event=now + 1, trade_id=2),  # a duplicate: the pipeline takes it once
            trade(symbol="BAC", ts_event=now + 1),
            quote(symbol="BAC", ts_event=now + 2),
        ]
    )
    messages = await client.receive()
    assert [(m["T"], m["S"], m.get("i")) for m in messages] == [
        ("q", "IBM", None),
        ("t", "IBM", 1),
        ("t", "IBM", 2),
        ("q", "BAC", None),
    ]


async def test_who_follows_a_symbol_and_all_symbols_gets_each_message_once(alice):
    await follow(alice, trades=["IBM", "*"])
    interface.accept_ticks(ticks=[trade(ts_event=clock.now_ns())])
    assert len(await alice.receive()) == 1
    assert await alice.wire.receive_nothing(0.05)


async def test_whose_quotes_a_client_follows_of_those_each_is_needed(alice, monkeypatch):
    monkeypatch.setattr(run_feed, "each_quote", each := EachQuote())
    await follow(alice, trades=["BAC"], quotes=["IBM", "SPY"])
    assert sorted(each.symbols or ()) == ["IBM", "SPY"]
    await alice.ask({"action": "unsubscribe", "quotes": ["SPY"]})
    assert sorted(each.symbols or ()) == ["IBM"]
    await follow(alice, quotes=["*"])
    assert each.symbols is None
    await alice.leave()
    await until(lambda: each.symbols is not None and not each.symbols)


async def test_what_is_no_longer_followed_no_longer_comes(alice):
    await follow(alice, trades=["IBM", "*"])
    await alice.ask({"action": "unsubscribe", "trades": ["*"]})
    now = clock.now_ns()
    interface.accept_ticks(ticks=[trade(symbol="BAC", ts_event=now), trade(ts_event=now)])
    assert [message["S"] for message in await alice.receive()] == ["IBM"]
    await alice.ask({"action": "unsubscribe", "trades": ["IBM"]})
    interface.accept_ticks(ticks=[trade(ts_event=now + 1)])
    assert await alice.wire.receive_nothing(0.05)


@pytest.mark.parametrize(("channel", "data"), [(each[0], each[1]) for each in MESSAGES])
async def test_each_channel_carries_its_messages(alice, channel, data):
    follows = {"corrections": "trades", "cancelErrors": "trades"}.get(channel, str(channel))
    await follow(alice, **{follows: ["IBM"]})
    stream_market.hub.publish(channel, data)
    (message,) = await alice.receive()
    assert message["S"] == "IBM"
    updates = stream_market._CHANNELS.get(type(data))
    if updates is not None:
        assert updates is channel
        stream_market.publish(data)
        assert (await alice.receive())[0]["T"] == message["T"]


async def test_a_message_is_encoded_once_for_all_who_speak_alike(
    connect, alices_key, settings, monkeypatch
):
    settings.MARKET_STREAM_CONNECTIONS_MAX = 5
    clients = []
    for packed in (False, False, False, True, True):
        client = await (await connect(packed=packed)).log_in(alices_key)
        clients.append(await follow(client, trades=["*"]))
    encoded = []

    def counting(*, channel, data, encoding):
        encoded.append(encoding)
        return stream_messages.encode(channel=channel, data=data, encoding=encoding)

    monkeypatch.setattr(stream_hub, "encode", counting)
    interface.accept_ticks(ticks=[trade(ts_event=clock.now_ns())])
    for client in clients:
        assert (await client.receive())[0]["i"] == 1
    assert sorted(encoded) == ["JSON", "MSGPACK"]


async def test_nothing_is_encoded_for_nobody(alice, monkeypatch):
    monkeypatch.setattr(stream_hub, "encode", None)
    await follow(alice, trades=["BAC"])
    interface.accept_ticks(ticks=[trade(ts_event=clock.now_ns())])
    assert interface.latest_trade(symbol="IBM") is not None


async def test_a_slow_client_is_told_so_and_dropped_without_a_backlog(alice, monkeypatch):
    monkeypatch.setattr(stream_hub, "WAITING_MAX", 50)
    await follow(alice, trades=["*"])
    (connection,) = stream_market.hub.connections
    now = clock.now_ns()
    for number in range(200):
        interface.accept_ticks(ticks=[trade(ts_event=now + number, trade_id=number)])
        assert len(connection._waiting) <= 50
    assert await alice.receive() == [{"T": "error", "code": 407, "msg": "slow client"}]
    assert await alice.closed()
    await until(lambda: not stream_market.hub.connections)


async def test_a_slow_client_costs_the_others_nothing(connect, alices_key, bobs_key, monkeypatch):
    monkeypatch.setattr(stream_hub, "WAITING_MAX", 50)
    bob = await follow(await (await connect()).log_in(bobs_key), trades=["*"])
    slow = await follow(await (await connect()).log_in(alices_key), quotes=["*"], trades=["*"])
    now = clock.now_ns()
    received = []
    for number in range(60):
        interface.accept_ticks(
            ticks=[
                quote(ts_event=now + number, bid_size=100 + number),
                trade(ts_event=now + number, trade_id=number),
            ]
        )
        if number % 20 == 19:
            received += await bob.receive()
    assert [message["i"] for message in received] == list(range(60))
    await slow.leave()


async def test_a_frame_has_no_more_messages_than_clients_accept(alice, monkeypatch):
    monkeypatch.setattr(stream_hub, "FRAME_MESSAGES_MAX", 3)
    await follow(alice, trades=["*"])
    now = clock.now_ns()
    interface.accept_ticks(ticks=[trade(ts_event=now + n, trade_id=n) for n in range(7)])
    assert [len(await alice.receive()) for _ in range(3)] == [3, 3, 1]


async def test_a_failure_of_ours_is_said_and_the_connection_closed(alice, monkeypatch):
    monkeypatch.setattr(stream_quotes, "known_among", None)
    assert await alice.error({"action": "subscribe", "trades": ["IBM"]}) == 500
    assert await alice.closed()


# --- Bars -----------------------------------------------------------------------------------------
def test_a_minute_is_published_after_its_close_and_again_after_half_of_the_next():
    second = 1_000_000_000
    close, update = (T0 + stream_bars.CLOSE_DELAY_NS, False), (T0 + 30 * second, True)
    assert stream_bars.next_due(now_ns=T0) == close
    assert stream_bars.next_due(now_ns=close[0]) == update
    assert stream_bars.next_due(now_ns=update[0]) == (close[0] + MINUTE_NS, False)


async def test_bars_of_a_minute_are_those_of_the_table_and_newer_ones_of_memory(alice):
    await follow(alice, bars=["*"], updatedBars=["*"], dailyBars=["IBM"])
    await in_thread(
        bars.write,
        bars=[bar(ts_start=T0), bar(symbol="BAC", ts_start=T0), bar(ts_start=T0 - MINUTE_NS)],
    )
    pipeline = run_feed.running()
    assert pipeline is not None
    pipeline.bars.unsaved["IBM", T0] = bar(ts_start=T0, close=11.5, volume=400.0)
    hub = stream_market.hub
    published = await stream_bars.publish_minute(hub, ts_start=T0)
    messages = [*await alice.receive(), *await alice.receive()]
    assert [(m["T"], m["S"], m["c"]) for m in messages] == [
        ("b", "BAC", 11.0),
        ("b", "IBM", 11.5),
        ("d", "IBM", 11.5),
    ]
    assert messages[-1]["v"] == 700
    pipeline.bars.unsaved["IBM", T0] = bar(ts_start=T0, close=11.25, volume=500.0)
    await stream_bars.publish_updates(hub, ts_start=T0, published=published)
    (message,) = await alice.receive()
    assert (message["T"], message["S"], message["c"]) == ("u", "IBM", 11.25)


async def test_nothing_is_read_when_nobody_follows_bars(alice, monkeypatch):
    monkeypatch.setattr(stream_bars, "read_minute", None)
    monkeypatch.setattr(read_days, "read_day", None)
    await follow(alice, trades=["*"])
    assert await stream_bars.publish_minute(stream_market.hub, ts_start=T0) == {}
    await stream_bars.publish_updates(stream_market.hub, ts_start=T0, published={})


async def test_a_round_that_fails_does_not_end_the_bars(alice, monkeypatch):
    rounds = []

    async def fail(hub, *, ts_start):
        rounds.append(ts_start)
        raise OSError

    monkeypatch.setattr(stream_bars, "publish_minute", fail)
    monkeypatch.setattr(stream_bars, "next_due", lambda *, now_ns: (now_ns + 1_000_000, False))
    task = asyncio.create_task(stream_bars.run(stream_market.hub))
    await until(lambda: len(rounds) > 2)
    task.cancel()


async def test_the_hub_listens_only_while_somebody_is_there(connect, alices_key):
    listeners = run_feed.listeners
    assert stream_market.publish not in listeners
    client = await (await connect()).log_in(alices_key)
    assert listeners.count(stream_market.publish) == 1
    await client.leave()
    assert stream_market.publish not in listeners
