"""The connections of browsers and of API clients: opened, answered, closed."""

from marketdata.domain import frames
from marketdata.domain.stream_messages import Encoding
from marketdata.hub import Connection
from marketdata.interface.feed import feed_status
from marketdata.operations import (
    run_feed,
    stream_market,
    stream_quotes,
)
from marketdata.stream_hub import StreamConnection


def open_quotes() -> Connection:
    """
    Return a new connection to the fan-out; send each of its ``next_frame`` to the client.

    The first frame says how the feed is. Call this in the event loop, ``close_quotes`` at the end.
    """
    connection = run_feed.hub.open()
    connection.put_feed(frames.feed_frame(status=feed_status()))
    return connection


async def answer_quotes(*, connection: Connection, text: str | bytes) -> None:
    """Do what a client's message says; the answer, or the error, is in its next frames."""
    await stream_quotes.answer(connection=connection, text=text)


def close_quotes(*, connection: Connection) -> None:
    run_feed.hub.close(connection)
    stream_quotes.say_needs()


def open_market_stream(*, content_type: str) -> StreamConnection:
    """
    Return a new connection of an API client; send each of its ``next_frame`` until that is None.

    It speaks MessagePack if ``content_type`` (the handshake's) is ``application/msgpack``, else
    JSON. Call this in the event loop, ``close_market_stream`` at the end.
    """
    is_packed = content_type.partition(";")[0].strip().lower() == "application/msgpack"
    return stream_market.open_stream(encoding=Encoding.MSGPACK if is_packed else Encoding.JSON)


async def authenticate_market_stream(
    *, connection: StreamConnection, key_id: str, secret: str
) -> None:
    """Let the holder of an API key in; the answer, or the error, is in the next frames."""
    await stream_market.authenticate(connection=connection, key_id=key_id, secret=secret)


async def answer_market_stream(*, connection: StreamConnection, data: str | bytes) -> None:
    """Do what a client's message says; the answer, or the error, is in its next frames."""
    await stream_market.answer(connection=connection, data=data)


def close_market_stream(*, connection: StreamConnection) -> None:
    stream_market.close_stream(connection=connection)
