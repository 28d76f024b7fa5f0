"""What the market-data stream says, as the bytes of one message in either encoding."""

import struct
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum, unique
from functools import lru_cache
from types import MappingProxyType
from typing import Any, TypeAlias

import msgspec
import orjson

from marketdata.contracts import (
    Bar,
    PriceBand,
    Quote,
    Trade,
    TradeCancel,
    TradeCorrection,
    TradingStatus,
)
from trading.kernel.clock import NS_PER_SECOND, from_ns
from trading.kernel.quantities import whole

# Our master does not say which tape a listing reports to; N is the wire's "none of A, B and C".
_TAPE = "N"
_TIMESTAMP = -1  # MessagePack's extension type for a moment
_SECONDS_BITS = 34
_SHORT_ARRAY_MAX = 15  # the longest whose length fits into the array's first byte

Fields: TypeAlias = dict[str, Any]
Data: TypeAlias = Bar | PriceBand | Quote | Trade | TradeCancel | TradeCorrection | TradingStatus


@unique
class Encoding(StrEnum):
    JSON = "JSON"
    MSGPACK = "MSGPACK"


@unique
class Channel(StrEnum):
    """What a client may follow, spelled as on the wire."""

    TRADES = "trades"
    QUOTES = "quotes"
    BARS = "bars"
    UPDATED_BARS = "updatedBars"
    DAILY_BARS = "dailyBars"
    STATUSES = "statuses"
    LULDS = "lulds"
    CORRECTIONS = "corrections"  # these two follow trades
    CANCEL_ERRORS = "cancelErrors"


def encode(*, channel: Channel, data: Data, encoding: Encoding) -> bytes:
    """Return one message; its first key is ``T``, its time exact to the nanosecond."""
    fields, ts = _SHAPES[channel](data)
    if encoding is Encoding.MSGPACK:
        fields["t"] = _extension(ts)
        return _packer.encode(fields)
    fields["t"] = rfc3339(ts)
    return orjson.dumps(fields)


def encode_control(*, fields: Mapping[str, object], encoding: Encoding) -> bytes:
    """Return a message that is about the dialogue, not about the market."""
    return _packer.encode(fields) if encoding is Encoding.MSGPACK else orjson.dumps(fields)


def frame(*, messages: Sequence[bytes], encoding: Encoding) -> str | bytes:
    """Join messages into the array that a frame is; they are not encoded again."""
    if encoding is Encoding.MSGPACK:
        return _array_header(len(messages)) + b"".join(messages)
    return f"[{b','.join(messages).decode()}]"


def rfc3339(ts: int) -> str:
    """Return nanoseconds since the epoch as RFC 3339 in UTC, no longer than they need."""
    seconds, nanoseconds = divmod(ts, NS_PER_SECOND)
    if not nanoseconds:
        return _second(seconds) + "Z"
    return f"{_second(seconds)}.{nanoseconds:09d}".rstrip("0") + "Z"


@lru_cache(maxsize=4096)
def _second(seconds: int) -> str:
    return from_ns(seconds * NS_PER_SECOND).strftime("%Y-%m-%dT%H:%M:%S")


# --- Shapes ---------------------------------------------------------------------------------------
# Each returns the fields in the wire's order, with a place for the time, and the time.
def _trade(trade: Trade) -> tuple[Fields, int]:
    return {
        "T": "t",
        "S": trade.symbol,
        "i": trade.trade_id,
        "x": trade.exchange,
        "p": trade.px,
        "s": whole(trade.size),
        "c": trade.conditions,
        "t": None,
        "z": _TAPE,
    }, trade.ts_event


def _quote(quote: Quote) -> tuple[Fields, int]:
    return {
        "T": "q",
        "S": quote.symbol,
        "ax": quote.ask_exchange,
        "ap": quote.ask_px,
        "as": whole(quote.ask_size),
        "bx": quote.bid_exchange,
        "bp": quote.bid_px,
        "bs": whole(quote.bid_size),
        "c": ("R",),
        "t": None,
        "z": _TAPE,
    }, quote.ts_event


def _bar(letter: str) -> Callable[[Bar], tuple[Fields, int]]:
    def shape(bar: Bar) -> tuple[Fields, int]:
        return {
            "T": letter,
            "S": bar.symbol,
            "o": bar.open,
            "h": bar.high,
            "l": bar.low,
            "c": bar.close,
            "v": whole(bar.volume),
            "n": bar.trade_count,
            "vw": bar.vwap,
            "t": None,
        }, bar.ts_start

    return shape


def _status(status: TradingStatus) -> tuple[Fields, int]:
    return {
        "T": "s",
        "S": status.symbol,
        "sc": status.status_code,
        "sm": status.status_message,
        "rc": status.reason_code,
        "rm": status.reason_message,
        "t": None,
        "z": _TAPE,
    }, status.ts_event


def _band(band: PriceBand) -> tuple[Fields, int]:
    return {
        "T": "l",
        "S": band.symbol,
        "u": band.upper_px,
        "d": band.lower_px,
        "i": band.indicator,
        "t": None,
        "z": _TAPE,
    }, band.ts_event


def _correction(correction: TradeCorrection) -> tuple[Fields, int]:
    return {
        "T": "c",
        "S": correction.symbol,
        "x": correction.exchange,
        "oi": correction.original_trade_id,
        "op": correction.original_px,
        "os": whole(correction.original_size),
        "oc": correction.original_conditions,
        "ci": correction.trade_id,
        "cp": correction.px,
        "cs": whole(correction.size),
        "cc": correction.conditions,
        "t": None,
        "z": _TAPE,
    }, correction.ts_event


def _cancel(cancel: TradeCancel) -> tuple[Fields, int]:
    return {
        "T": "x",
        "S": cancel.symbol,
        "i": cancel.trade_id,
        "x": cancel.exchange,
        "p": cancel.px,
        "s": whole(cancel.size),
        "a": "C",
        "t": None,
        "z": _TAPE,
    }, cancel.ts_event


_SHAPES: Mapping[Channel, Callable[[Any], tuple[Fields, int]]] = MappingProxyType(
    {
        Channel.TRADES: _trade,
        Channel.QUOTES: _quote,
        Channel.BARS: _bar("b"),
        Channel.UPDATED_BARS: _bar("u"),
        Channel.DAILY_BARS: _bar("d"),
        Channel.STATUSES: _status,
        Channel.LULDS: _band,
        Channel.CORRECTIONS: _correction,
        Channel.CANCEL_ERRORS: _cancel,
    }
)


# --- MessagePack ----------------------------------------------------------------------------------
_packer = msgspec.msgpack.Encoder()


def _extension(ts: int) -> msgspec.msgpack.Ext:
    """The specification's 64-bit timestamp: 30 bits of nanoseconds, 34 bits of seconds."""
    seconds, nanoseconds = divmod(ts, NS_PER_SECOND)
    packed = nanoseconds << _SECONDS_BITS | seconds
    return msgspec.msgpack.Ext(_TIMESTAMP, struct.pack(">Q", packed))


def _array_header(count: int) -> bytes:
    if count <= _SHORT_ARRAY_MAX:
        return bytes((0x90 | count,))
    return struct.pack(">BH", 0xDC, count)
