"""The market-data stream to API clients: who may listen, what they ask for, what they are sent."""

import asyncio
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import cast

import structlog
from django.conf import settings

from marketdata.contracts import (
    Need,
    PriceBand,
    Quote,
    Trade,
    TradeCancel,
    TradeCorrection,
    TradingStatus,
    Update,
)
from marketdata.domain import stream_requests as wire
from marketdata.domain.stream_messages import Channel, Data, Encoding
from marketdata.domain.stream_requests import (
    EVERY_SYMBOL,
    Auth,
    RefusedRequest,
    StreamError,
    Subscription,
)
from marketdata.operations import follow_symbols, run_feed, stream_bars, stream_quotes
from marketdata.stream_hub import StreamConnection, StreamHub
from trading.identity.interface import authenticate_api_key, find_live_keys
from trading.infra.database import in_thread

AUTH_SECONDS_MAX = 10.0
# Until a client has said who it is, nothing longer is decoded: nobody's work is done for strangers.
STRANGERS_MESSAGE_LENGTH_MAX = 4_096
# A key that was revoked, or whose holder is no longer active, is noticed after so long.
KEY_LOOK_SECONDS = 15.0

log = structlog.get_logger(__name__)

hub = StreamHub()
_ends: list[Callable[[], None]] = []  # what ends the hub's listening; empty while nobody is here

# What the platform's own market has no channel for on this wire is not in the table.
_CHANNELS: Mapping[type, Channel] = MappingProxyType(
    {
        Trade: Channel.TRADES,
        Quote: Channel.QUOTES,
        TradeCorrection: Channel.CORRECTIONS,
        TradeCancel: Channel.CANCEL_ERRORS,
        TradingStatus: Channel.STATUSES,
        PriceBand: Channel.LULDS,
    }
)


def publish(update: Update) -> None:
    """Pass on what the feed said. Called for each tick, so it is quick when nobody follows it."""
    channel = _CHANNELS.get(type(update))
    if channel is not None:
        hub.publish(channel, cast("Data", update))


def open_stream(*, encoding: Encoding) -> StreamConnection:
    """Return a new connection, greeted. It has AUTH_SECONDS_MAX to say who it is."""
    if not hub.connections:
        _begin()
    connection = hub.open(encoding=encoding)
    connection.say(wire.success("connected"))
    asyncio.get_running_loop().call_later(AUTH_SECONDS_MAX, _expire, connection)
    return connection


def close_stream(*, connection: StreamConnection) -> None:
    hub.close(connection)
    _say_needs()
    if not hub.connections:
        while _ends:
            _ends.pop()()


async def authenticate(*, connection: StreamConnection, key_id: str, secret: str) -> None:
    """Let the holder of the key in, or tell the client why not and end."""
    if connection.is_authenticated:
        connection.say(wire.error(StreamError.ALREADY_AUTHENTICATED))
        return
    principal = await in_thread(authenticate_api_key, key_id=key_id, secret=secret)
    if principal is None:
        connection.end(StreamError.AUTH_FAILED)
    elif hub.admit(
        connection,
        user_id=principal.user_id,
        key_id=key_id,
        connections_max=settings.MARKET_STREAM_CONNECTIONS_MAX,
    ):
        connection.say(wire.success("authenticated"))
    else:
        connection.end(StreamError.CONNECTION_LIMIT_EXCEEDED)


async def answer(*, connection: StreamConnection, data: str | bytes) -> None:
    """Do what a client's message says; the answer, or the error, is in its next frames."""
    if not connection.is_authenticated and len(data) > STRANGERS_MESSAGE_LENGTH_MAX:
        connection.say(wire.error(StreamError.NOT_AUTHENTICATED))
        return
    try:
        await _do(connection, wire.parse(data=data, encoding=connection.encoding))
    except RefusedRequest as refusal:
        connection.say(wire.error(refusal.error))
    except Exception:
        # The client connects again; silence would look like a quiet market.
        log.exception("a request of a market-data client failed")
        connection.end(StreamError.INTERNAL_ERROR)


async def _do(connection: StreamConnection, request: Auth | Subscription) -> None:
    if isinstance(request, Auth):
        await authenticate(connection=connection, key_id=request.key, secret=request.secret)
    elif not connection.is_authenticated:
        connection.say(wire.error(StreamError.NOT_AUTHENTICATED))
    elif request.is_removal:
        hub.unsubscribe(connection, request.symbols)
        _say_needs()
        connection.say(wire.subscription(connection.following))
    else:
        await _subscribe(connection, request)


async def _subscribe(connection: StreamConnection, request: Subscription) -> None:
    added = sum(
        len(symbols - connection.following.get(channel, set()))
        for channel, symbols in request.symbols.items()
    )
    if connection.symbols_followed + added > settings.MARKET_STREAM_SYMBOLS_MAX:
        connection.say(wire.error(StreamError.SYMBOL_LIMIT_EXCEEDED))
        return
    asked = frozenset().union(*request.symbols.values()) - {EVERY_SYMBOL}
    known = await stream_quotes.known_among(sorted(asked)) | {EVERY_SYMBOL}
    hub.subscribe(
        connection, {channel: symbols & known for channel, symbols in request.symbols.items()}
    )
    _say_needs()
    _say_left_out(connection, unknown=asked - known, known=asked & known)
    connection.say(wire.subscription(connection.following))


def _say_left_out(
    connection: StreamConnection, *, unknown: frozenset[str], known: frozenset[str]
) -> None:
    """Name what is not followed, in one message for each reason, however many there are."""
    if unknown:
        number = StreamError.INVALID_SUBSCRIBE_ACTION
        connection.say(wire.left_out(number, reason="unknown symbols", symbols=unknown))
    no_room = [symbol for symbol in known if not follow_symbols.has_room(symbol)]
    if no_room:
        number = StreamError.SYMBOL_LIMIT_EXCEEDED
        connection.say(wire.left_out(number, reason="no room for", symbols=no_room))


def _say_needs() -> None:
    """On this wire a client gets each quote that it follows."""
    run_feed.each_quote.need(who="stream", symbols=hub.followed(Channel.QUOTES))
    follow_symbols.need(who=Need.STREAMS, symbols=hub.wanted())


def _expire(connection: StreamConnection) -> None:
    if not connection.is_authenticated:
        connection.end(StreamError.AUTH_TIMEOUT)


def _begin() -> None:
    """Listen to the market while somebody is here; nothing is spent on it otherwise."""
    run_feed.listeners.append(publish)
    tasks = (
        asyncio.create_task(stream_bars.run(hub), name="stream-bars"),
        asyncio.create_task(_watch_keys(), name="stream-keys"),
    )
    for task in tasks:
        task.add_done_callback(_report_end)

    def end() -> None:
        run_feed.listeners.remove(publish)
        for task in tasks:
            task.cancel()

    _ends.append(end)


async def _watch_keys() -> None:
    """Take leave of clients whose key no longer lets them in."""
    while True:
        await asyncio.sleep(KEY_LOOK_SECONDS)
        held = {connection.key_id for connection in hub.connections if connection.key_id}
        try:
            ended = held - await in_thread(find_live_keys, key_ids=held)
        except Exception:
            # Whether they are still good is unknown; nobody is thrown out for that.
            log.exception("the keys of the market-data stream could not be looked up")
            continue
        for connection in list(hub.connections):
            if connection.key_id in ended:
                connection.end(StreamError.AUTH_FAILED)


def _report_end(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error(
            "a part of the market-data stream has ended", part=task.get_name(), exc_info=error
        )
