"""Every kind of message has the wire's keys, in both encodings, and its exact time."""

import json
from datetime import UTC, datetime
from typing import Any

import msgpack
import pytest
from hypothesis import given, strategies as st

from marketdata.contracts import PriceBand, TradeCancel, TradeCorrection, TradingStatus
from marketdata.domain.stream_messages import Channel, Encoding, encode, frame, rfc3339
from tests.marketdata.build import bar, quote, trade

TS = 1_700_000_000_123_456_789
AT = "2023-11-14T22:13:20.123456789Z"
WHOSE: dict[str, Any] = {"ts_event": TS, "ts_init": TS, "source": "test"}
BAR = {"S": "IBM", "o": 10.0, "h": 12.0, "l": 9.0, "c": 11.0, "v": 300, "n": 3, "vw": 10.5, "t": AT}

MESSAGES = [
    (
        Channel.TRADES,
        trade(ts_event=TS),
        {"T": "t", "S": "IBM", "i": 1, "x": "N", "p": 182.46, "s": 100, "c": ["@"]},
    ),
    (
        Channel.QUOTES,
        quote(ts_event=TS),
        {
            "T": "q",
            "S": "IBM",
            "ax": "P",
            "ap": 182.5,
            "as": 100,
            "bx": "Q",
            "bp": 182.44,
            "bs": 200,
            "c": ["R"],
        },
    ),
    (Channel.BARS, bar(ts_start=TS), {"T": "b", **BAR}),
    (Channel.UPDATED_BARS, bar(ts_start=TS), {"T": "u", **BAR}),
    (Channel.DAILY_BARS, bar(ts_start=TS), {"T": "d", **BAR}),
    (
        Channel.STATUSES,
        TradingStatus(
            symbol="IBM",
            status_code="H",
            status_message="Trading Halt",
            reason_code="T12",
            reason_message="Additional Information Requested",
            **WHOSE,
        ),
        {
            "T": "s",
            "S": "IBM",
            "sc": "H",
            "sm": "Trading Halt",
            "rc": "T12",
            "rm": "Additional Information Requested",
        },
    ),
    (
        Channel.LULDS,
        PriceBand(symbol="IBM", upper_px=200.5, lower_px=170.25, indicator="B", **WHOSE),
        {"T": "l", "S": "IBM", "u": 200.5, "d": 170.25, "i": "B"},
    ),
    (
        Channel.CORRECTIONS,
        TradeCorrection(
            symbol="IBM",
            original_trade_id=7,
            original_px=182.5,
            original_size=100,
            original_conditions=("@", "I"),
            trade_id=8,
            px=182.4,
            size=90,
            exchange="N",
            conditions=("@", "F"),
            **WHOSE,
        ),
        {
            "T": "c",
            "S": "IBM",
            "x": "N",
            "oi": 7,
            "op": 182.5,
            "os": 100,
            "oc": ["@", "I"],
            "ci": 8,
            "cp": 182.4,
            "cs": 90,
            "cc": ["@", "F"],
        },
    ),
    (
        Channel.CANCEL_ERRORS,
        TradeCancel(symbol="IBM", trade_id=7, px=182.5, size=100, exchange="N", **WHOSE),
        {"T": "x", "S": "IBM", "i": 7, "x": "N", "p": 182.5, "s": 100, "a": "C"},
    ),
]


@pytest.mark.parametrize(("channel", "data", "expected"), MESSAGES, ids=lambda v: str(v)[:12])
def test_a_message_has_the_wires_keys_with_its_type_first(channel, data, expected):
    from_json = json.loads(encode(channel=channel, data=data, encoding=Encoding.JSON))
    packed = msgpack.unpackb(encode(channel=channel, data=data, encoding=Encoding.MSGPACK))
    assert next(iter(from_json)) == next(iter(packed)) == "T"
    assert from_json.pop("t") == AT
    moment = packed.pop("t")
    assert (moment.seconds, moment.nanoseconds) == divmod(TS, 10**9)
    assert moment.to_datetime() == datetime(2023, 11, 14, 22, 13, 20, 123456, tzinfo=UTC)
    expected = {key: value for key, value in expected.items() if key != "t"}
    assert from_json == packed
    from_json.pop("z", None)  # bars have no tape
    assert from_json == expected


def test_a_volume_of_whole_shares_is_an_integer():
    packed = msgpack.unpackb(
        encode(channel=Channel.BARS, data=bar(volume=300.0), encoding=Encoding.MSGPACK)
    )
    assert isinstance(packed["v"], int)
    text = encode(channel=Channel.BARS, data=bar(volume=0.5), encoding=Encoding.JSON)
    assert json.loads(text)["v"] == 0.5


@pytest.mark.parametrize("count", [1, 15, 16, 200, 1_000])
@pytest.mark.parametrize("encoding", list(Encoding))
def test_a_frame_is_an_array_however_many_messages_it_has(count, encoding):
    messages = [
        encode(channel=Channel.TRADES, data=trade(trade_id=n), encoding=encoding)
        for n in range(count)
    ]
    whole = frame(messages=messages, encoding=encoding)
    decode = msgpack.unpackb if encoding is Encoding.MSGPACK else json.loads
    assert [message["i"] for message in decode(whole)] == list(range(count))


@given(st.integers(0, 4_000_000_000), st.integers(0, 999_999_999))
def test_a_time_reads_back_to_the_nanosecond(seconds, nanoseconds):
    text = rfc3339(seconds * 10**9 + nanoseconds)
    whole, _, fraction = text.removesuffix("Z").partition(".")
    assert datetime.fromisoformat(whole + "+00:00").timestamp() == seconds
    assert int(fraction.ljust(9, "0")) == nanoseconds
