"""The stream's protocol: one subscription that carries the token, then one message a frame."""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from marketdata.contracts import Update
from marketdata.feeds.providers import BadPayload, Reply
from marketdata.feeds.rest import UNREADABLE
from marketdata.feeds.tiingo.book import BookTranslator
from marketdata.feeds.tiingo.config import REFERENCE_LEVEL, TiingoConfig, ticker_of
from marketdata.feeds.tiingo.reference import trade_of
from marketdata.feeds.tiingo.refusals import refusal_of
from marketdata.feeds.tiingo.wire import (
    AnyBook,
    AnyReference,
    BookUpdate,
    Information,
    ReferenceUpdate,
    Refused,
)
from trading.kernel import clock

_OK = 200

_references: msgspec.json.Decoder[AnyReference] = msgspec.json.Decoder(AnyReference)
_books: msgspec.json.Decoder[AnyBook] = msgspec.json.Decoder(AnyBook)


class TiingoDialogue:
    """
    One connection's conversation.

    Tickers come back in lower case and with dashes; what we did not ask for is left out.
    """

    def __init__(
        self,
        *,
        config: TiingoConfig,
        symbols: Sequence[str],
        now_ns: Callable[[], int] = clock.now_ns,
    ) -> None:
        self._config = config
        self._symbols = {ticker_of(symbol).lower(): symbol for symbol in symbols}
        self._now_ns = now_ns
        self._subscription_id: int | None = None
        self._book = BookTranslator()
        self._trade_id = 0

    @property
    def url(self) -> str:
        return self._config.stream_url

    @property
    def headers(self) -> dict[str, str]:
        return {}

    def opening(self) -> Sequence[str | bytes]:
        level = {"thresholdLevel": self._config.threshold_level}
        return [self._request("subscribe", {**level, "tickers": list(self._symbols)})]

    def follow(self, *, added: Sequence[str], left: Sequence[str]) -> Sequence[str | bytes]:
        frames: list[str | bytes] = []
        # What is left goes first: it makes room.
        for action, symbols in (("unsubscribe", left), ("subscribe", added)):
            tickers = {ticker_of(symbol).lower(): symbol for symbol in symbols}
            if tickers:
                data = {"subscriptionId": self._subscription_id, "tickers": list(tickers)}
                frames.append(self._request(action, data))
            if action == "subscribe":
                self._symbols |= tickers
            else:
                self._symbols = {
                    ticker: symbol
                    for ticker, symbol in self._symbols.items()
                    if ticker not in tickers
                }
        return frames

    def _request(self, action: str, data: Mapping[str, object]) -> str:
        message = {
            "eventName": action,
            "authorization": self._config.token,
            "eventData": data,
        }
        return msgspec.json.encode(message).decode()

    def heartbeat(self) -> str | bytes | None:
        return None  # the provider sends its own

    def settle(self) -> Sequence[Update]:
        return ()  # its stream is thin: nothing is kept back

    def receive(self, frame: str | bytes) -> Reply:
        message = self._read(frame)
        if isinstance(message, ReferenceUpdate | BookUpdate):
            return Reply(updates=self._updates_of(message))
        if isinstance(message, Refused):
            raise refusal_of(message.response)
        if isinstance(message, Information):
            if message.response.code != _OK:
                raise refusal_of(message.response)
            self._subscription_id = message.data.subscription_id or self._subscription_id
            return Reply(is_subscribed=True)
        return Reply()

    def _read(self, frame: str | bytes) -> AnyReference | AnyBook:
        is_reference = self._config.threshold_level == REFERENCE_LEVEL
        try:
            return _references.decode(frame) if is_reference else _books.decode(frame)
        except UNREADABLE as error:
            raise BadPayload(f"a frame that cannot be read: {error}") from error

    def _updates_of(self, message: ReferenceUpdate | BookUpdate) -> Sequence[Update]:
        symbol = self._symbols.get(message.data.ticker.lower())
        if symbol is None:
            return ()
        if isinstance(message, BookUpdate):
            return self._book.updates_of(message.data, symbol, self._now_ns())
        self._trade_id += 1
        try:
            return (trade_of(message.data, symbol, self._trade_id, self._now_ns()),)
        except ValueError as error:
            raise BadPayload(f"a reference price without a true time: {error}") from error
