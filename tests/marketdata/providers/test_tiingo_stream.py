"""Tiingo's stream says what its documents say, and every refusal has a name."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given, strategies as st

from marketdata.contracts import Quote, Trade, TradeCancel, TradingStatus, Update
from marketdata.domain.conditions import LAST, VOLUME, moves
from marketdata.feeds.moments import ns_of_text
from marketdata.feeds.providers import (
    AuthenticationFailed,
    BadPayload,
    ConnectionLimitExceeded,
    InvalidRequest,
    NotEntitled,
    ProviderError,
    ProviderUnreachable,
    RateLimited,
    SlowClient,
    SymbolLimitExceeded,
)
from marketdata.feeds.tiingo.config import TiingoConfig, read_config
from marketdata.feeds.tiingo.dialogue import TiingoDialogue
from tests.marketdata.build import T0
from tests.marketdata.providers.anything import nearly, values
from tests.marketdata.providers.tiingo_server import moment_of

NOW = T0 + 5
TOP: list[object] = ["Q", "2019-01-30T13:33:45.383129126-05:00", 1548873225383129126, "vym"]
TOP += [100, 81.58, 81.585, 81.59, 200, None, None, 0, 0, None, None, None]
SOLD: list[object] = ["T", "2019-01-30T13:33:45.594808294-05:00", 1548873225594808294, "vym"]
SOLD += [None, None, None, None, None, 50.285, 200, None, 0, 0, 0, 0]
SUBSCRIBED: dict[str, object] = {"messageType": "I", "data": {"subscriptionId": 1}}
SUBSCRIBED |= {"response": {"code": 200, "message": "Success"}}


def dialogue(level: int = 6, symbols: Sequence[str] = ("SPY", "VYM", "BRK.B")) -> TiingoDialogue:
    config = TiingoConfig(token="secret-token", threshold_level=level)
    return TiingoDialogue(config=config, symbols=symbols, now_ns=lambda: NOW)


def update(data: object) -> str:
    return json.dumps({"messageType": "A", "service": "iex", "data": data})


def hear(data: object, *, talk: TiingoDialogue | None = None) -> Sequence[Update]:
    return (talk or dialogue(5)).receive(update(data)).updates


def changed(event: Sequence[object], **places: object) -> list[object]:
    names = ["kind", "at", "ts", "ticker", "bs", "b", "m", "a", "as", "px", "size"]
    names += ["halted", "after_hours", "sweep", "odd_lot", "exempt"]
    return [places.get(name, value) for name, value in zip(names, event, strict=True)]


def test_the_recorded_dialogue_goes_as_recorded(vendor_fixtures):
    path = vendor_fixtures / "tiingo" / "ws_iex__reference_price_dialogue.json"
    talk = dialogue(symbols=("SPY", "USO"))
    replies = []
    for turn in json.loads(path.read_text()):
        if turn["dir"] == "c>s":
            (frame,) = talk.opening()
            expected = turn["msg"] | {"authorization": "secret-token"}
            assert json.loads(frame) == expected
        else:
            replies.append(talk.receive(json.dumps(turn["msg"])))
    assert [reply.is_subscribed for reply in replies] == [True, False, False]
    (price,) = replies[-1].updates
    assert isinstance(price, Trade)
    assert (price.symbol, price.px) == ("SPY", 274.595)
    assert price.ts_event == 1_550_164_639_342_553_795


def test_a_reference_price_moves_the_price_and_adds_no_volume():
    (price,) = hear(["2019-02-14T12:17:19-05:00", "spy", 274.595], talk=dialogue())
    assert isinstance(price, Trade)
    assert price.size > 0
    moved = moves(price.conditions)
    assert moved & LAST
    assert not moved & VOLUME


def test_the_top_of_the_book_is_a_quote():
    assert hear(TOP) == (
        Quote(
            symbol="VYM",
            bid_px=81.58,
            bid_size=100,
            ask_px=81.59,
            ask_size=200,
            bid_exchange="V",
            ask_exchange="V",
            ts_event=1548873225383129126,
            ts_init=NOW,
            source="tiingo",
        ),
    )


def test_a_side_without_a_quote_is_nothing_and_not_an_error():
    (quote,) = hear(changed(TOP, b=None, bs=None))
    assert isinstance(quote, Quote)
    assert (quote.bid_px, quote.bid_size) == (0, 0)


@pytest.mark.parametrize(
    ("flags", "conditions"),
    [
        ({}, ("@",)),
        ({"sweep": 1, "odd_lot": 1}, ("F", "I")),
        ({"after_hours": 1}, ("T",)),
    ],
)
def test_a_trades_flags_are_conditions(flags, conditions):
    (trade,) = hear(changed(SOLD, **flags))
    assert isinstance(trade, Trade)
    assert (trade.px, trade.size, trade.conditions) == (50.285, 200, conditions)


def test_a_trade_that_is_taken_back_is_found_by_its_price_and_size():
    talk = dialogue(5)
    hear(SOLD, talk=talk)
    hear(changed(SOLD, px=51.0), talk=talk)
    (cancel,) = hear(changed(SOLD, kind="B"), talk=talk)
    assert isinstance(cancel, TradeCancel)
    assert cancel.trade_id == 1
    (unknown,) = hear(changed(SOLD, kind="B", px=1.0), talk=talk)
    assert isinstance(unknown, TradeCancel)
    assert unknown.trade_id == 0


def test_a_halt_is_told_when_it_begins_and_when_it_ends():
    talk = dialogue(5)
    told = [
        each for halted in (0, 1, 1, 0, 0) for each in hear(changed(TOP, halted=halted), talk=talk)
    ]
    codes = [each.status_code for each in told if isinstance(each, TradingStatus)]
    assert codes == ["H", "T"]


def test_classes_of_shares_are_spelled_both_ways():
    (frame,) = dialogue().opening()
    assert json.loads(frame)["eventData"]["tickers"] == ["spy", "vym", "brk-b"]
    (trade,) = hear(changed(SOLD, ticker="brk-b"))
    assert isinstance(trade, Trade)
    assert trade.symbol == "BRK.B"


def test_what_was_not_asked_for_is_left_out():
    assert hear(changed(SOLD, ticker="zzz")) == ()


@pytest.mark.parametrize("kind", ["E", "I"])
@pytest.mark.parametrize(
    ("code", "message", "error"),
    [
        (401, "Not authorized", AuthenticationFailed),
        (403, "Not authorized for service: iex", NotEntitled),
        (400, "thresholdLevel not valid for your subscription tier", NotEntitled),
        (403, "forbidden", NotEntitled),
        (429, "Connection limit reached", ConnectionLimitExceeded),
        (403, "too many tickers", SymbolLimitExceeded),
        (429, "slow down: slow client", SlowClient),
        (429, "enough", RateLimited),
        (500, "oops", ProviderUnreachable),
        (400, "eventName not valid", InvalidRequest),
    ],
)
def test_a_refusal_is(kind, code, message, error):
    frame = json.dumps({"messageType": kind, "response": {"code": code, "message": message}})
    with pytest.raises(error) as caught:
        dialogue().receive(frame)
    assert "secret-token" not in str(caught.value)


def test_an_event_of_no_known_kind_is_a_bad_payload():
    with pytest.raises(BadPayload):
        hear(changed(SOLD, kind="X"))
    with pytest.raises(BadPayload):
        hear(changed(SOLD, px=None))


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({}, AuthenticationFailed),
        ({"token": "t", "threshold_level": "3"}, InvalidRequest),
        ({"token": "t", "threshold_level": "all"}, InvalidRequest),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, error):
    with pytest.raises(error):
        read_config(settings)


def test_the_token_is_in_no_representation():
    assert "secret-token" not in repr(TiingoConfig(token="secret-token"))


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("2019-02-14T12:17:19.342553795-05:00", 342_553_795),
        ("2019-02-14T17:17:19.342Z", 342_000_000),
        ("2019-02-14T17:17:19+00:00", 0),
        ("2019-02-14T17:17:19.000000001Z", 1),
    ],
)
def test_a_moment_is_read_to_the_nanosecond(text, ns):
    whole = int(datetime(2019, 2, 14, 17, 17, 19, tzinfo=UTC).timestamp()) * 10**9
    assert ns_of_text(text) == whole + ns


@pytest.mark.parametrize(
    "text",
    ["", "now", "2019-02-14T12:17:19", "2019-02-14T12:17:19.Z", "2019-02-14T12:17:19.1234567890Z"],
)
def test_what_is_no_moment_is_refused(text):
    with pytest.raises(ValueError, match=r"moment|isoformat"):
        ns_of_text(text)


@given(st.integers(min_value=0, max_value=4_000_000_000_000_000_000))
def test_times_are_exact(ts):
    assert ns_of_text(moment_of(ts)) == ts
    (trade,) = hear(changed(SOLD, ts=ts))
    assert isinstance(trade, Trade)
    assert trade.ts_event == ts


@given(st.binary(max_size=200), st.sampled_from([5, 6]))
def test_any_bytes_are_a_reply_or_a_provider_error(frame, level):
    _hear_anything(frame, level)


@given(
    st.one_of(
        values,
        nearly(SUBSCRIBED),
        st.builds(lambda data: {"messageType": "A", "data": data}, values),
        st.builds(
            lambda event, place, value: {
                "messageType": "A",
                "data": [*event[:place], value, *event[place + 1 :]],
            },
            st.sampled_from([TOP, SOLD, ["2019-02-14T12:17:19-05:00", "spy", 1.0]]),
            st.integers(min_value=0, max_value=15),
            values,
        ),
    ),
    st.sampled_from([5, 6]),
)
def test_any_json_is_a_reply_or_a_provider_error(value, level):
    _hear_anything(json.dumps(value), level)


def _hear_anything(frame: str | bytes, level: int) -> None:
    try:
        reply = dialogue(level).receive(frame)
    except ProviderError:
        return
    assert all(each.symbol for each in reply.updates)
