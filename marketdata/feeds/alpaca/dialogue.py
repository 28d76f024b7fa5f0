"""Alpaca's stream: what to say when, and what the answers mean."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec

from marketdata.contracts import Update
from marketdata.domain.each_quote import EachQuote
from marketdata.feeds.alpaca import wire
from marketdata.feeds.alpaca.config import AlpacaConfig, Encoding
from marketdata.feeds.alpaca.translate import Translator
from marketdata.feeds.moments import ns_of_extension, ns_of_text
from marketdata.feeds.newest_quotes import NewestQuotes
from marketdata.feeds.providers import (
    AuthenticationFailed,
    BadPayload,
    ConnectionLimitExceeded,
    InvalidRequest,
    NotEntitled,
    ProviderError,
    ProviderUnreachable,
    Reply,
    SlowClient,
    SymbolLimitExceeded,
)
from trading.kernel import clock

# Corrections and cancels come with trades, unasked.
CHANNELS: Final = ("trades", "quotes", "bars", "updatedBars", "dailyBars", "statuses", "lulds")

ERRORS: Final[Mapping[int, type[ProviderError]]] = {
    400: InvalidRequest,  # invalid syntax
    401: AuthenticationFailed,  # not authenticated
    402: AuthenticationFailed,  # auth failed
    403: InvalidRequest,  # already authenticated
    404: ProviderUnreachable,  # auth timeout: we, or the line, were slow
    405: SymbolLimitExceeded,
    406: ConnectionLimitExceeded,
    407: SlowClient,
    408: NotEntitled,  # v2 not enabled
    409: NotEntitled,  # insufficient subscription
    410: InvalidRequest,  # invalid subscribe action for this feed
    411: NotEntitled,  # insufficient scope
    412: InvalidRequest,  # this and the next are of options only
    413: InvalidRequest,
    500: ProviderUnreachable,  # internal error
}

_KINDS = (
    wire.TradeMessage,
    wire.QuoteMessage,
    wire.BarMessage,
    wire.UpdatedBarMessage,
    wire.DailyBarMessage,
    wire.StatusMessage,
    wire.PriceBandMessage,
    wire.CorrectionMessage,
    wire.CancelMessage,
)
_CONTROL = (wire.SuccessMessage, wire.ErrorMessage, wire.SubscriptionMessage)
_TAGS = frozenset(kind.__struct_config__.tag for kind in (*_KINDS, *_CONTROL))
# What msgspec raises on bytes of another shape, or nested too deeply; and what a moment raises.
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError, OverflowError)


class _Tag(msgspec.Struct):
    T: str = ""


class _Reader:
    """Decodes frames of one encoding."""

    def __init__(
        self,
        *,
        decoder: Callable[..., Any],
        moment: Any,  # noqa: ANN401 - a type
        ns_of: Callable[[Any], int],
    ) -> None:
        one: Any = wire.SuccessMessage | wire.ErrorMessage | wire.SubscriptionMessage
        for kind in _KINDS:
            one = one | kind[moment]
        self.decode = decoder(list[one]).decode
        self._one = decoder(one).decode
        self._parts = decoder(list[msgspec.Raw]).decode
        self._tag = decoder(_Tag).decode
        self.table = Translator(ns_of).table

    def decode_known(self, frame: str | bytes) -> tuple[list[Any], list[str]]:
        """
        Decode a frame that ``decode`` does not understand, message by message.

        The provider may have added a kind of message, and one value may be none; the others are
        still good. Return those, and why others were not read.

        :raises msgspec.DecodeError: if it is no frame, or none of its messages can be read
        """
        found: list[Any] = []
        unread: list[str] = []
        for part in self._parts(frame):
            try:
                if self._tag(part).T in _TAGS:
                    found.append(self._one(part))
            except _UNREADABLE as error:
                unread.append(str(error))
        if unread and not found:
            raise msgspec.DecodeError(unread[0])
        return found, unread


_JSON = _Reader(decoder=msgspec.json.Decoder, moment=str, ns_of=ns_of_text)
_MSGPACK = _Reader(
    decoder=msgspec.msgpack.Decoder, moment=msgspec.msgpack.Ext, ns_of=ns_of_extension
)


class _Ear:
    """What a connection hears in one encoding."""

    def __init__(self, reader: _Reader, each_quote: EachQuote) -> None:
        self._decode = reader.decode
        self._decode_known = reader.decode_known
        self.quotes = NewestQuotes(
            table=reader.table, quote=wire.QuoteMessage, each_quote=each_quote
        )

    def take(self, frame: str | bytes, ts_init: int) -> tuple[list[Update], list[Any], list[str]]:
        """
        Return what a frame says of the market now, and its messages about the connection.

        And why other messages of it were not read.
        """
        unread: list[str] = []
        try:
            messages = self._decode(frame)
        except msgspec.ValidationError:
            messages, unread = self._decode_known(frame)
        updates, others = self.quotes.sort(messages, ts_init)
        return updates, others, [*unread, *self.quotes.take_unread()]


class AlpacaDialogue:
    """Waits for ``connected``, authenticates, subscribes every channel, then listens."""

    def __init__(
        self,
        *,
        config: AlpacaConfig,
        symbols: Sequence[str],
        each_quote: EachQuote,
        now_ns: Callable[[], int] = clock.now_ns,
    ) -> None:
        self._config = config
        self._symbols = list(symbols)
        self._now_ns = now_ns
        self._is_msgpack = config.encoding is Encoding.MSGPACK
        # A server may answer in JSON before it has read our headers: then text comes.
        self._text = _Ear(_JSON, each_quote)
        self._binary = _Ear(_MSGPACK if self._is_msgpack else _JSON, each_quote)

    @property
    def url(self) -> str:
        return f"{self._config.stream_url}/v2/{self._config.feed}"

    @property
    def headers(self) -> dict[str, str]:
        return {"Content-Type": "application/msgpack"} if self._is_msgpack else {}

    def opening(self) -> Sequence[str | bytes]:
        return ()  # it speaks first

    def heartbeat(self) -> str | bytes | None:
        return None

    def follow(self, *, added: Sequence[str], left: Sequence[str]) -> Sequence[str | bytes]:
        # What is left goes first: it makes room.
        changes = (("unsubscribe", left), ("subscribe", added))
        return [
            self._encode({"action": action, **dict.fromkeys(CHANNELS, symbols)})
            for action, symbols in changes
            if symbols
        ]

    def receive(self, frame: str | bytes) -> Reply:
        """:raises ProviderError: if it refuses us, or the frame cannot be understood"""
        ear = self._binary if isinstance(frame, bytes) else self._text
        try:
            updates, others, unread = ear.take(frame, self._now_ns())
        except _UNREADABLE as error:
            raise BadPayload(f"not what was expected: {error}") from error
        if unread and not (updates or others):
            raise BadPayload(f"not what was expected: {unread[0]}")
        if not others:
            return Reply(updates=updates, unread=unread)
        return self._answer(others, updates, unread)

    def settle(self) -> Sequence[Update]:
        """:raises BadPayload: if a quote's time is none"""
        try:
            return [
                update
                for ear in (self._text, self._binary)
                for update in ear.quotes.settle(self._now_ns())
            ]
        except _UNREADABLE as error:
            raise BadPayload(f"not what was expected: {error}") from error

    def _answer(
        self, messages: Sequence[Any], updates: Sequence[Update], unread: Sequence[str]
    ) -> Reply:
        """Do what is to be done about messages that are about the connection."""
        answers: list[str | bytes] = []
        is_subscribed = False
        for message in messages:
            match message:
                case wire.ErrorMessage():
                    raise error_of(message)
                case wire.SuccessMessage(msg="connected"):
                    answers.append(self._encode(self._authentication()))
                case wire.SuccessMessage(msg="authenticated"):
                    answers.append(self._encode(self._subscription()))
                case wire.SubscriptionMessage():
                    is_subscribed = True
        return Reply(updates=updates, answers=answers, is_subscribed=is_subscribed, unread=unread)

    def _authentication(self) -> dict[str, Any]:
        return {"action": "auth", "key": self._config.key_id, "secret": self._config.secret_key}

    def _subscription(self) -> dict[str, Any]:
        return {"action": "subscribe", **dict.fromkeys(CHANNELS, self._symbols)}

    def _encode(self, message: dict[str, Any]) -> str | bytes:
        if self._is_msgpack:
            return msgspec.msgpack.encode(message)
        return msgspec.json.encode(message).decode()


def error_of(message: wire.ErrorMessage) -> ProviderError:
    """Return what an error message means; a number that is not documented may pass."""
    kind = ERRORS.get(message.code, ProviderUnreachable)
    return kind(f"alpaca: {message.msg} ({message.code})", vendor_code=message.code)
