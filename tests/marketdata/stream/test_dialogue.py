"""Who may listen, and what every request is answered with."""

import pytest

from marketdata.operations import stream_market
from tests.marketdata.stream.conftest import Client
from trading.identity.interface import revoke_api_key
from trading.infra.database import in_thread
from trading.kernel import clock

NOTHING = {
    "T": "subscription",
    "trades": [],
    "quotes": [],
    "bars": [],
    "updatedBars": [],
    "dailyBars": [],
    "statuses": [],
    "lulds": [],
    "corrections": [],
    "cancelErrors": [],
}


# --- The way in -----------------------------------------------------------------------------------
@pytest.mark.parametrize("feed_name", ["iex", "sip", "delayed_sip", "test"])
@pytest.mark.parametrize("packed", [False, True])
async def test_a_client_is_greeted_in_the_encoding_it_asks_for(connect, feed_name, packed):
    await connect(feed=feed_name, packed=packed)


async def test_an_unknown_feed_is_refused_at_the_handshake(feed):
    client = Client(feed="otc")
    await client.wire.send_input({"type": "websocket.connect"})
    start = await client.wire.receive_output(5)
    assert (start["type"], start["status"]) == ("websocket.http.response.start", 404)
    body = await client.wire.receive_output(5)
    assert body["body"] == b'{"code":40410000,"message":"endpoint not found."}'
    await client.wire.wait(5)


async def test_a_server_that_cannot_answer_the_handshake_closes_it(feed):
    client = Client(feed="otc")
    client.wire.scope["extensions"] = {}
    await client.wire.send_input({"type": "websocket.connect"})
    assert await client.closed()
    await client.wire.wait(5)


@pytest.mark.parametrize("packed", [False, True])
async def test_a_key_and_its_secret_let_in(connect, alices_key, packed):
    await (await connect(packed=packed)).log_in(alices_key)


async def test_headers_of_the_handshake_let_in_too(connect, alices_key):
    key, secret = alices_key
    headers = {"apca-api-key-id": key, "apca-api-secret-key": secret}
    client = await connect(**headers)
    assert await client.receive() == [{"T": "success", "msg": "authenticated"}]


async def test_a_request_may_come_before_the_greeting_is_read(connect, alices_key):
    client = Client()
    await client.wire.send_input({"type": "websocket.connect"})
    key, secret = alices_key
    await client.send({"action": "auth", "key": key, "secret": secret})
    assert (await client.wire.receive_output(5))["type"] == "websocket.accept"
    assert await client.receive() == [{"T": "success", "msg": "connected"}]
    assert await client.receive() == [{"T": "success", "msg": "authenticated"}]
    await client.leave()


@pytest.mark.parametrize(
    "wrong", [("nobody", "x"), None, ("oauth", "token"), ("\0", "x"), ("PK\0", "x"), ("", "")]
)
async def test_a_wrong_key_is_told_so_and_closed(connect, alices_key, wrong):
    client = await connect()
    key, secret = wrong or (alices_key[0], "wrong")
    assert await client.error({"action": "auth", "key": key, "secret": secret}) == 402
    assert await client.closed()


async def test_a_wrong_key_in_the_headers_is_told_so_and_closed(connect):
    client = await connect(**{"apca-api-key-id": "PKNOBODY"})
    assert await client.receive() == [{"T": "error", "code": 402, "msg": "auth failed"}]
    assert await client.closed()


async def test_who_does_not_say_who_it_is_is_closed_after_a_while(connect, monkeypatch):
    monkeypatch.setattr(stream_market, "AUTH_SECONDS_MAX", 0.05)
    client = await connect()
    assert await client.receive() == [{"T": "error", "code": 404, "msg": "auth timeout"}]
    assert await client.closed()


async def test_who_has_said_who_it_is_stays(connect, alices_key):
    client = await (await connect()).log_in(alices_key)
    (connection,) = stream_market.hub.connections
    stream_market._expire(connection)  # as when its time to say so has run out
    (answer,) = await client.ask({"action": "subscribe"})
    assert answer == NOTHING


async def test_a_second_log_in_is_an_error_and_changes_nothing(alice, alices_key):
    key, secret = alices_key
    assert await alice.error({"action": "auth", "key": key, "secret": secret}) == 403
    assert await alice.ask({"action": "subscribe"}) == [NOTHING]


async def test_an_account_has_one_connection(connect, alice, alices_key, bobs_key):
    second = await connect()
    key, secret = alices_key
    assert await second.error({"action": "auth", "key": key, "secret": secret}) == 406
    assert await second.closed()
    await (await connect()).log_in(bobs_key)
    await alice.leave()
    await (await connect()).log_in(alices_key)


async def test_a_setting_allows_more(connect, alice, alices_key, settings):
    settings.MARKET_STREAM_CONNECTIONS_MAX = 2
    await (await connect()).log_in(alices_key)


# --- Subscriptions --------------------------------------------------------------------------------
@pytest.mark.parametrize("packed", [False, True])
async def test_subscriptions_add_up_and_the_answer_is_the_whole_state(connect, alices_key, packed):
    client = await (await connect(packed=packed)).log_in(alices_key)
    answer = await client.ask({"action": "subscribe", "trades": ["IBM"], "bars": ["*"]})
    assert answer == [
        {
            **NOTHING,
            "trades": ["IBM"],
            "bars": ["*"],
            "corrections": ["IBM"],
            "cancelErrors": ["IBM"],
        }
    ]
    answer = await client.ask({"action": "subscribe", "trades": ["BAC"], "quotes": ["IBM"]})
    assert answer[0]["trades"] == answer[0]["corrections"] == ["BAC", "IBM"]
    assert (answer[0]["quotes"], answer[0]["bars"]) == (["IBM"], ["*"])
    answer = await client.ask({"action": "unsubscribe", "trades": ["BAC"], "bars": ["*", "KO"]})
    assert answer[0]["trades"] == answer[0]["cancelErrors"] == ["IBM"]
    assert answer[0]["bars"] == []


async def test_the_first_key_of_every_message_is_its_type(alice):
    await alice.send({"action": "subscribe"})
    frame = await alice.wire.receive_output(5)
    assert frame["text"].startswith('[{"T":"subscription"')


async def test_unknown_symbols_are_named_once_before_the_acknowledgement(alice):
    asked = {"trades": ["IBM", "NOSUCH"], "quotes": ["NOSUCH", "ALSO.NOT", "x" * 20_000]}
    assert await alice.ask({"action": "subscribe", **asked}) == [
        {
            "T": "error",
            "code": 410,
            "msg": "invalid subscribe action for this feed: unknown symbols ALSO.NOT, NOSUCH, "
            + "x" * 16,
        }
    ]
    (answer,) = await alice.receive()
    assert (answer["T"], answer["trades"], answer["quotes"]) == ("subscription", ["IBM"], [])


async def test_however_many_symbols_are_unknown_a_client_is_not_called_slow(alice):
    unknown = [f"Q{n}" for n in range(25_000)]
    (told,) = await alice.ask({"action": "subscribe", "trades": ["IBM", *unknown]})
    assert told["code"] == 410
    assert set(unknown) <= set(told["msg"].replace(",", "").split())
    (answer,) = await alice.receive()
    assert answer["trades"] == ["IBM"]
    (answer,) = await alice.ask({"action": "subscribe", "quotes": ["IBM"]})
    assert answer["quotes"] == ["IBM"]


async def test_too_many_symbols_are_refused_as_a_whole(alice, settings):
    settings.MARKET_STREAM_SYMBOLS_MAX = 2
    assert await alice.error({"action": "subscribe", "trades": ["IBM", "BAC", "KO"]}) == 405
    (answer,) = await alice.ask({"action": "subscribe", "trades": ["IBM"], "quotes": ["IBM"]})
    assert (answer["trades"], answer["quotes"]) == (["IBM"], ["IBM"])
    # What is followed already counts once.
    (answer,) = await alice.ask({"action": "subscribe", "trades": ["IBM"]})
    assert answer["T"] == "subscription"


# --- Mistakes -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "message",
    [
        [],
        "subscribe",
        None,
        {},
        {"action": "dance"},
        {"action": ["auth"]},
        {"action": "auth", "key": "PK"},
        {"action": "auth", "key": 1, "secret": 2},
        {"action": "subscribe", "trades": "IBM"},
        {"action": "subscribe", "trades": [1]},
    ],
)
@pytest.mark.parametrize("packed", [False, True])
async def test_what_is_no_request_is_invalid_syntax(connect, message, packed):
    client = await connect(packed=packed)
    assert await client.error(message) == 400


@pytest.mark.parametrize(
    "content", [{"text": "{"}, {"text": ""}, {"bytes": b"\xc1"}, {"text": "[" * 4_000}]
)
async def test_what_cannot_be_decoded_is_invalid_syntax(connect, content):
    client = await connect(packed="bytes" in content)
    await client.send_raw(**content)
    assert await client.receive() == [{"T": "error", "code": 400, "msg": "invalid syntax"}]


@pytest.mark.parametrize("packed", [False, True])
async def test_what_a_stranger_sends_is_not_decoded_when_it_is_long(connect, alices_key, packed):
    client = await connect(packed=packed)
    no_request: list[dict[str, str]] = [{}] * 5_000
    assert await client.error(no_request) == 401
    assert await client.error(no_request[:100]) == 400
    await client.log_in(alices_key)
    assert await client.error(no_request * 10) == 400


@pytest.mark.parametrize("channel", ["trades", "quotes", "bars"])
async def test_a_symbol_with_a_nul_character_is_an_unknown_one(alice, channel):
    (told,) = await alice.ask({"action": "subscribe", channel: ["IBM", "I\0BM"]})
    assert told["code"] == 410
    (answer,) = await alice.receive()
    assert answer[channel] == ["IBM"]


async def test_json_may_come_in_binary_frames(connect, alices_key):
    client = await (await connect()).log_in(alices_key)
    await client.send_raw(bytes=b'{"action":"subscribe","trades":["IBM"]}')
    assert (await client.receive())[0]["trades"] == ["IBM"]


@pytest.mark.parametrize("action", ["subscribe", "unsubscribe"])
@pytest.mark.parametrize("asked", [[], ["IBM"], None, "IBM", 7, {"a": 1}])
async def test_a_channel_that_this_feed_has_not_is_ignored(alice, action, asked):
    # As the official Go client asks since 3.8.0: every channel that it knows, most of them empty.
    names = ("trades", "quotes", "bars", "updatedBars", "dailyBars", "statuses", "lulds")
    empty: dict[str, list[str]] = {name: [] for name in names}
    (before,) = await alice.ask({"action": "subscribe", **empty, "trades": ["IBM"]})
    (after,) = await alice.ask(
        {"action": action, **empty, "imbalances": asked, "orderbooks": asked}
    )
    assert after == before
    assert "imbalances" not in after


@pytest.mark.parametrize("action", ["subscribe", "unsubscribe"])
async def test_nobody_subscribes_without_saying_who_it_is(connect, action):
    client = await connect()
    assert await client.error({"action": action, "trades": ["IBM"]}) == 401


async def test_a_key_that_is_revoked_ends_its_connection_and_no_other(
    connect, alices_key, bobs_key, monkeypatch
):
    monkeypatch.setattr(stream_market, "KEY_LOOK_SECONDS", 0.02)
    alice = await (await connect()).log_in(alices_key)
    bob = await (await connect()).log_in(bobs_key)
    (key,) = {each for each in stream_market.hub.connections if each.key_id == alices_key[0]}
    assert key.user_id is not None
    await in_thread(revoke_api_key, user_id=key.user_id, key_id=alices_key[0], now=clock.utc_now())
    assert await alice.receive() == [{"T": "error", "code": 402, "msg": "auth failed"}]
    assert await alice.closed()
    (answer,) = await bob.ask({"action": "subscribe", "trades": ["IBM"]})
    assert answer["T"] == "subscription"
