"""
DOOR. The verbs of market data.

Reads answer from this process's memory or from PostgreSQL, from any thread. ``run_market_data`` is
the one coroutine that makes prices move; it belongs to the process's event loop.
"""

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings

from marketdata.contracts import (
    Bar,
    FeedKind,
    FeedStatus,
    Instrument,
    Quote,
    Session,
    Tick,
    Trade,
)
from marketdata.domain import frames
from marketdata.domain.aggregate import aggregate, minutes_of
from marketdata.domain.ranges import minutes_within, overlay
from marketdata.feeds.base import Feed
from marketdata.hub import Connection
from marketdata.operations import load_security_master as security_master, run_feed, stream_quotes
from marketdata.store import bars as bar_store, instruments
from trading.kernel import clock


# --- Instruments ----------------------------------------------------------------------------------
def find_instrument(*, symbol: str) -> Instrument | None:
    """Return the instrument of this symbol; remembered for a few seconds."""
    return instruments.find(symbol=symbol)


def find_instrument_by_id(*, instrument_id: UUID) -> Instrument | None:
    return instruments.find_by_id(instrument_id=instrument_id)


def list_instruments() -> list[Instrument]:
    """Return the whole security master, by symbol."""
    return instruments.list_all()


def load_security_master(*, path: Path) -> int:
    """
    Insert or update every instrument of a CSV file; return how many.

    :raises InvalidSecurityMaster: naming the line; then nothing is loaded
    """
    return security_master.load_security_master(path=path)


def forget_instruments() -> None:
    """Forget what is remembered of the security master: its table has changed."""
    instruments.forget()


# --- Newest values --------------------------------------------------------------------------------
def latest_quote(*, symbol: str) -> Quote | None:
    """Return the prevailing best bid and offer; None while none has been seen."""
    pipeline = run_feed.running()
    return None if pipeline is None else pipeline.latest.quotes.get(symbol)


def latest_trade(*, symbol: str) -> Trade | None:
    pipeline = run_feed.running()
    return None if pipeline is None else pipeline.latest.trades.get(symbol)


def previous_close(*, symbol: str) -> float | None:
    """Return the last price of the feed's session before this one, in dollars."""
    pipeline = run_feed.running()
    return None if pipeline is None else pipeline.feed.previous_closes.get(symbol)


def list_carried_symbols() -> list[str]:
    """Return the symbols that the running feed has prices for."""
    pipeline = run_feed.running()
    return [] if pipeline is None else list(pipeline.feed.symbols)


def on_tick(listener: Callable[[Tick], None]) -> Callable[[], None]:
    """
    Call ``listener`` with each accepted quote and trade, in order; return what ends it.

    It is called on the event loop's thread and must be fast. What it raises is logged and stops
    nobody.
    """
    run_feed.listeners.append(listener)
    return lambda: run_feed.listeners.remove(listener)


# --- Bars -----------------------------------------------------------------------------------------
def list_bars(
    *,
    symbol: str,
    start: datetime,
    end: datetime,
    limit: int,
    timeframe: str = "1Min",
    newest_first: bool = False,
) -> list[Bar]:
    """
    Return at most ``limit`` bars that start within [start, end], the live bar included.

    Oldest first, or newest first if so asked: then ``limit`` keeps the newest. An unknown symbol
    has none.

    :raises InvalidTimeframe: if ``timeframe`` is none of 1Min, 5Min, 15Min, 30Min, 1Hour
    """
    minutes = minutes_of(timeframe=timeframe)
    if find_instrument(symbol=symbol) is None:
        return []
    ts_from, ts_to = minutes_within(
        ts_from=clock.to_ns(start), ts_to=clock.to_ns(end), minutes=minutes
    )
    # One more than asked, since the last one may be cut off in its middle.
    minute_limit = limit if minutes == 1 else (limit + 1) * minutes
    pipeline = run_feed.running()
    # Before the table is read: a bar saved in between is then in both, never in neither.
    fresh = [] if pipeline is None else pipeline.fresh_bars(symbol)
    found = overlay(
        stored=bar_store.read(
            symbol=symbol,
            start=clock.from_ns(ts_from),
            end=clock.from_ns(ts_to),
            limit=minute_limit,
            newest_first=newest_first,
        ),
        fresh=fresh,
        ts_from=ts_from,
        ts_to=ts_to,
        limit=minute_limit,
        newest_first=newest_first,
    )
    if minutes == 1:
        return found
    ascending = reversed(found) if newest_first else found
    joined = list(aggregate(bars=ascending, minutes=minutes))
    return (joined[::-1] if newest_first else joined)[:limit]


# --- The feed -------------------------------------------------------------------------------------
def get_session(*, now: datetime) -> Session:
    """
    Return the trading session that the feed keeps.

    Before the feed is started it is the session that the configured feed would keep.

    :raises FeedError: if no feed is started and the settings name none that can be played
    """
    pipeline = run_feed.running()
    feed = run_feed.configured_feed() if pipeline is None else pipeline.feed
    return feed.session(now=now)


def feed_status() -> FeedStatus:
    """Say how the feed is: ``connected`` is False, with the reason, when it is down or silent."""
    pipeline = run_feed.running()
    if pipeline is not None:
        return pipeline.status(now=clock.utc_now())
    kind = FeedKind.SIMULATED if settings.FEED == "simulated" else FeedKind.REPLAY
    return FeedStatus(
        name=kind.value.lower(),
        kind=kind,
        label=kind.value,
        connected=False,
        last_tick_at=None,
        detail="the feed is not running",
    )


def start_feed(*, feed: Feed | None = None) -> None:
    """
    Get this process's feed ready, without playing it: the configured one, or ``feed``.

    A recording that cannot be played is refused here, so call it before serving anybody.

    :raises FeedError: if it cannot be played, with ``code`` UNKNOWN_FEED, RECORDING_NOT_FOUND or
        RECORDING_CORRUPT
    """
    run_feed.start(feed=feed)


def accept_ticks(*, ticks: Iterable[Tick]) -> None:
    """
    Hand ticks to the started feed's pipeline, as the feed itself does, and push them on.

    For tests and for feeds that live elsewhere. Without a started feed nothing happens.
    """
    pipeline = run_feed.running()
    if pipeline is not None:
        pipeline.accept(ticks)
        pipeline.flush()


def stop_feed() -> None:
    """Save unsaved bars and let the feed go. Safe to call when none is started."""
    run_feed.stop()


async def run_market_data(*, stopping: asyncio.Event | None = None) -> None:
    """
    Play the feed until ``stopping`` is set or the task is cancelled; save its bars at the end.

    The process's lifespan awaits this as one task, in the event loop that also serves the quote
    sockets. It calls ``start_feed`` if nobody has. Bars are written about once a second in a
    thread of its own. A feed that breaks later breaks nothing else: ``feed_status`` says why.

    :raises FeedError: if the feed cannot start
    """
    await run_feed.run(stopping=stopping)


# --- Quote sockets --------------------------------------------------------------------------------
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
