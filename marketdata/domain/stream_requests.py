"""What a client of the market-data stream may ask, and every answer that is not market data."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum, unique
from types import MappingProxyType
from typing import Any, TypeAlias

import msgspec

from marketdata.domain.stream_messages import Channel, Encoding
from trading.kernel.errors import TradingError

EVERY_SYMBOL = "*"
SYMBOL_SHOWN_MAX = 16  # no symbol is longer; what is cut could never be one
FOLLOWS_TRADES = frozenset({Channel.CORRECTIONS, Channel.CANCEL_ERRORS})
# Clients name these; the others follow.
ASKED_CHANNELS = tuple(channel for channel in Channel if channel not in FOLLOWS_TRADES)

Subscriptions: TypeAlias = Mapping[Channel, Collection[str]]


@unique
class StreamError(IntEnum):
    """The wire's numbers."""

    INVALID_SYNTAX = 400
    NOT_AUTHENTICATED = 401
    AUTH_FAILED = 402
    ALREADY_AUTHENTICATED = 403
    AUTH_TIMEOUT = 404
    SYMBOL_LIMIT_EXCEEDED = 405
    CONNECTION_LIMIT_EXCEEDED = 406
    SLOW_CLIENT = 407
    INVALID_SUBSCRIBE_ACTION = 410
    INTERNAL_ERROR = 500


_WORDS: Mapping[StreamError, str] = MappingProxyType(
    {
        StreamError.INVALID_SYNTAX: "invalid syntax",
        StreamError.NOT_AUTHENTICATED: "not authenticated",
        StreamError.AUTH_FAILED: "auth failed",
        StreamError.ALREADY_AUTHENTICATED: "already authenticated",
        StreamError.AUTH_TIMEOUT: "auth timeout",
        StreamError.SYMBOL_LIMIT_EXCEEDED: "symbol limit exceeded",
        StreamError.CONNECTION_LIMIT_EXCEEDED: "connection limit exceeded",
        StreamError.SLOW_CLIENT: "slow client",
        StreamError.INVALID_SUBSCRIBE_ACTION: "invalid subscribe action for this feed",
        StreamError.INTERNAL_ERROR: "internal error",
    }
)


class RefusedRequest(TradingError):
    """The request is not one of ours; ``error`` is what the client is told."""

    code = "REFUSED_REQUEST"

    def __init__(self, error: StreamError) -> None:
        super().__init__(_WORDS[error], error=error)
        self.error = error


@unique
class Action(StrEnum):
    AUTH = "auth"
    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"


@dataclass(frozen=True, slots=True, kw_only=True)
class Auth:
    key: str
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """``is_removal`` tells unsubscribe from subscribe."""

    is_removal: bool
    symbols: Mapping[Channel, frozenset[str]]


def parse(*, data: str | bytes, encoding: Encoding) -> Auth | Subscription:
    """
    Read one message of a client. Text is always JSON; bytes are what the connection speaks.

    :raises RefusedRequest: if it is none that we know
    """
    message = _decode(data, encoding)
    action = message.get("action") if isinstance(message, dict) else None
    if not (isinstance(message, dict) and isinstance(action, str)):
        raise RefusedRequest(StreamError.INVALID_SYNTAX)
    if action == Action.AUTH:
        key, secret = message.get("key"), message.get("secret")
        if not (isinstance(key, str) and isinstance(secret, str)):
            raise RefusedRequest(StreamError.INVALID_SYNTAX)
        return Auth(key=key, secret=secret)
    if action in {Action.SUBSCRIBE, Action.UNSUBSCRIBE}:
        return Subscription(is_removal=action == Action.UNSUBSCRIBE, symbols=_symbols(message))
    raise RefusedRequest(StreamError.INVALID_SYNTAX)


def success(message: str) -> dict[str, object]:
    """``connected`` or ``authenticated``."""
    return {"T": "success", "msg": message}


def error(number: StreamError, *, detail: str = "") -> dict[str, object]:
    words = f"{_WORDS[number]}: {detail}" if detail else _WORDS[number]
    return {"T": "error", "code": int(number), "msg": words}


def left_out(number: StreamError, *, reason: str, symbols: Collection[str]) -> dict[str, object]:
    """Return the one message that names every symbol which is not followed, and why."""
    names = ", ".join(sorted(symbol[:SYMBOL_SHOWN_MAX] for symbol in symbols))
    return error(number, detail=f"{reason} {names}")


def subscription(subscriptions: Subscriptions) -> dict[str, object]:
    """Return the acknowledgement, which is the whole state, not what has changed."""
    trades = sorted(subscriptions.get(Channel.TRADES, ()))
    state = {str(channel): sorted(subscriptions.get(channel, ())) for channel in ASKED_CHANNELS}
    return {
        "T": "subscription",
        **state,
        str(Channel.CORRECTIONS): trades,
        str(Channel.CANCEL_ERRORS): trades,
    }


def _decode(data: str | bytes, encoding: Encoding) -> object:
    try:
        if isinstance(data, bytes) and encoding is Encoding.MSGPACK:
            return msgspec.msgpack.decode(data)
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise RefusedRequest(StreamError.INVALID_SYNTAX) from None


def _symbols(message: Mapping[str, Any]) -> dict[Channel, frozenset[str]]:
    """
    Return what is asked for, by channel.

    A name that is none of our channels is ignored: newer clients send every name that they know,
    with an empty list. The acknowledgement says what is followed.
    """
    found: dict[Channel, frozenset[str]] = {}
    for channel in ASKED_CHANNELS:
        symbols = message.get(channel)
        if symbols is None:
            continue
        if not (isinstance(symbols, list) and all(isinstance(one, str) for one in symbols)):
            raise RefusedRequest(StreamError.INVALID_SYNTAX)
        found[channel] = frozenset(symbols)
    return found
