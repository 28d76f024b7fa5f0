"""The stream's protocol: greeting, key, subscriptions, then arrays of messages of any kind."""

from collections.abc import Callable, Sequence

import msgspec

from marketdata.contracts import Update
from marketdata.domain.each_quote import EachQuote
from marketdata.feeds.newest_quotes import NewestQuotes
from marketdata.feeds.polygon.config import Channel, PolygonConfig
from marketdata.feeds.polygon.refusals import refusal_of
from marketdata.feeds.polygon.seconds import MinuteFromSeconds
from marketdata.feeds.polygon.translate import (
    band_of,
    bar_of,
    provider_bar_of,
    status_of,
    translators,
)
from marketdata.feeds.polygon.wire import (
    AnyMessage,
    PriceBandMessage,
    QuoteMessage,
    SecondMessage,
    Status,
)
from marketdata.feeds.providers import BadPayload, Reply
from marketdata.feeds.rest import UNREADABLE
from trading.kernel import clock

# Topics in one request: far below what the provider takes, far above one at a time.
_TOPICS_PER_REQUEST = 500
_SUBSCRIBED = "subscribed to: "

_decoder: msgspec.json.Decoder[list[AnyMessage]] = msgspec.json.Decoder(list[AnyMessage])
_loose_decoder = msgspec.json.Decoder(list[dict[str, object]])
_KNOWN = frozenset({"status", *Channel})


class PolygonDialogue:
    """
    One connection's conversation. ``symbols`` empty means every symbol there is.

    The provider greets first; the key follows, then the subscriptions, each of which is confirmed.
    """

    def __init__(
        self,
        *,
        config: PolygonConfig,
        symbols: Sequence[str],
        each_quote: EachQuote,
        now_ns: Callable[[], int] = clock.now_ns,
    ) -> None:
        self._config = config
        self._topics = self._topics_of(symbols or ("*",))
        self._unconfirmed = set(self._topics)
        self._now_ns = now_ns
        self._quotes = NewestQuotes(
            table=translators(shares_per_quote_unit=config.shares_per_quote_unit),
            quote=QuoteMessage,
            each_quote=each_quote,
        )
        self._minutes = MinuteFromSeconds(began_ns=now_ns())

    @property
    def url(self) -> str:
        return self._config.stream_url

    @property
    def headers(self) -> dict[str, str]:
        return {}

    def opening(self) -> Sequence[str | bytes]:
        return ()  # the provider speaks first

    def heartbeat(self) -> str | bytes | None:
        return None  # pings are enough

    def follow(self, *, added: Sequence[str], left: Sequence[str]) -> Sequence[str | bytes]:
        # What is left goes first: it makes room.
        return [
            *_requests("unsubscribe", self._topics_of(left)),
            *_requests("subscribe", self._topics_of(added)),
        ]

    def receive(self, frame: str | bytes) -> Reply:
        ts_init = self._now_ns()
        messages, unread = _read(frame)
        updates, others = self._quotes.sort(messages, ts_init)
        unread += self._quotes.take_unread()
        if not others:
            return Reply(updates=updates, unread=unread)
        answers: list[str | bytes] = []
        is_subscribed = False
        for message in others:
            if isinstance(message, Status):
                answers.extend(self._answer(message))
                is_subscribed = is_subscribed or self._confirm(message)
            elif isinstance(message, SecondMessage):
                minute = self._minutes.add(bar_of(message), now_ns=ts_init)
                updates += [] if minute is None else [provider_bar_of(minute, ts_init)]
            elif isinstance(message, PriceBandMessage):
                status = status_of(message, ts_init)
                updates += [band_of(message, ts_init), *([] if status is None else [status])]
        return Reply(updates=updates, answers=answers, is_subscribed=is_subscribed, unread=unread)

    def settle(self) -> Sequence[Update]:
        return self._quotes.settle(self._now_ns())

    def _answer(self, status: Status) -> list[str | bytes]:
        """Return what to say to a status, or raise what it refuses."""
        if (refusal := refusal_of(status)) is not None:
            raise refusal
        if status.status == "connected":
            return [_encode({"action": "auth", "params": self._config.key})]
        if status.status == "auth_success":
            return _requests("subscribe", self._topics)
        return []

    def _topics_of(self, symbols: Sequence[str]) -> list[str]:
        return [f"{channel}.{symbol}" for channel in self._config.channels for symbol in symbols]

    def _confirm(self, status: Status) -> bool:
        """Return whether this status confirms the last subscription that was open."""
        if status.status != "success" or not status.message.startswith(_SUBSCRIBED):
            return False
        confirmed = status.message.removeprefix(_SUBSCRIBED).replace(" ", "").split(",")
        was_open = bool(self._unconfirmed)
        self._unconfirmed.difference_update(confirmed)
        return was_open and not self._unconfirmed


def _requests(action: str, topics: Sequence[str]) -> list[str | bytes]:
    return [
        _encode({"action": action, "params": ",".join(topics[first : first + _TOPICS_PER_REQUEST])})
        for first in range(0, len(topics), _TOPICS_PER_REQUEST)
    ]


def _encode(message: dict[str, str]) -> str:
    return msgspec.json.encode(message).decode()


def _read(frame: str | bytes) -> tuple[list[AnyMessage], list[str]]:
    try:
        return _decoder.decode(frame), []
    except UNREADABLE:
        return _read_each(frame)


def _read_each(frame: str | bytes) -> tuple[list[AnyMessage], list[str]]:
    """
    Read a frame once more, message by message.

    Kinds of messages that are newer than we are are left out; one whose values make no sense costs
    none of the others. Return those, and why others were not read.
    """
    found: list[AnyMessage] = []
    unread: list[str] = []
    try:
        for message in _loose_decoder.decode(frame):
            try:
                if message.get("ev") in _KNOWN:
                    found.append(msgspec.convert(message, AnyMessage))
            except (*UNREADABLE, TypeError) as error:  # TypeError: an ``ev`` that cannot be a name
                unread.append(str(error))
    except UNREADABLE as error:
        raise BadPayload(f"a frame that cannot be read: {error}") from error
    if unread and not found:
        raise BadPayload(f"a frame that cannot be read: {unread[0]}")
    return found, unread
