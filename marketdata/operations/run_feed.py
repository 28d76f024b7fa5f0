"""The feed of this process: started, kept going, replaced when it is configured anew, stopped."""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from django.conf import settings
from django.db import connections

from marketdata.contracts import FeedKind
from marketdata.domain import frames
from marketdata.domain.bars import NS_PER_MINUTE, RECENT_MINUTES
from marketdata.domain.each_quote import EachQuote
from marketdata.domain.sources import SIMULATED
from marketdata.feeds.base import PACE_S, Feed, FeedError, FillsGaps, ReportsSources
from marketdata.feeds.kept_going import kept_going
from marketdata.feeds.registry import is_made_up
from marketdata.hub import Hub
from marketdata.operations import (
    begin_market,
    configured_feed,
    configured_providers,
    follow_symbols,
    save_bars,
)
from marketdata.pipeline import Listener, Pipeline
from marketdata.store import bars, instruments
from trading.kernel import clock

FLUSH_S = 0.05
SAVE_S = 1.0
# A feed that is replaced has so long to take leave of its provider; then it is cut off.
STOP_S_MAX = 5.0

# Of which symbols the bars are to be fetched, by the minute (ns) to begin at.
Missed = Mapping[int, Sequence[str]]

hub = Hub()
# Those who hear of all that is true, and those who hear of what moves the market as we show it.
listeners: list[Listener] = []
mark_listeners: list[Listener] = []
# Of which symbols they need each quote; of the others a busy provider's may be overtaken unseen.
each_quote = EachQuote()

log = logging.getLogger(__name__)
_running: Pipeline | None = None
# What the running feed is made of; None for a feed that was handed in, which nothing replaces.
_made_of: tuple[object, ...] | None = None
_reconsider: Callable[[], object] | None = None


def running() -> Pipeline | None:
    """Return this process's pipeline, or None while no feed is started."""
    return _running


def market_kind() -> FeedKind:
    """Return what market the platform shows: that of its feed or, before the start, of FEED."""
    if _running is not None:
        return _running.feed.kind
    # What the environment says: on an event loop nobody may ask the database for the rest.
    spec = settings.FEED or SIMULATED
    if not is_made_up(spec=spec):
        return FeedKind.LIVE
    return FeedKind.SIMULATED if spec == SIMULATED else FeedKind.REPLAY


def start(*, feed: Feed | None = None) -> Pipeline:
    """
    Make this process's pipeline, around ``feed`` or the feed that the configuration makes.

    :raises FeedError: if the configuration names no feed, or one that cannot be played
    :raises RuntimeError: if a feed is started already
    """
    global _running, _made_of
    if _running is not None:
        raise RuntimeError("the feed is started already")
    each_quote.need(who="settings", symbols=None if settings.EACH_QUOTE else ())
    made_of = None
    if feed is None:
        feed, made_of = _configured()
    pipeline = _new_pipeline(feed)
    begin_market.clear_made_up(feed=feed)
    if not pipeline.known:
        log.warning("the security master is empty: run manage.py load_security_master")
    this_minute = clock.to_ns(clock.utc_now()) // NS_PER_MINUTE * NS_PER_MINUTE
    pipeline.resume(bars.read_minute(at=clock.from_ns(this_minute)))
    _running, _made_of = pipeline, made_of
    return pipeline


def stop() -> None:
    """Save the bars that are not saved yet and forget the pipeline."""
    if _running is not None:
        _running.flush()
    _leave()


def reconsider() -> None:
    """
    Let the feed become that of the present configuration, if it is another. Any thread may ask.

    Returns at once; nothing happens in a process that runs no feed.
    """
    if _reconsider is not None:
        with contextlib.suppress(RuntimeError):  # its loop has just ended
            _reconsider()


async def run(
    *,
    stopping: asyncio.Event | None = None,
    on_new_market: Callable[[], object] = lambda: None,
) -> None:
    """
    Run the feed until ``stopping`` is set or the task is cancelled, then save what is unsaved.

    Starts the feed first if nobody has. A feed that fails later is reported in the status; its
    values stay and grow stale. ``on_new_market`` is called when a feed of another kind of market
    takes over.

    :raises FeedError: if the feed cannot start
    """
    global _reconsider  # noqa: PLW0603 - as above
    # One thread, so one database connection, and nothing of it on the event loop.
    store = ThreadPoolExecutor(max_workers=1, thread_name_prefix="marketdata-store")
    loop = asyncio.get_running_loop()
    tasks: list[asyncio.Task[None]] = []
    try:
        if _running is None:
            await loop.run_in_executor(store, start)
        follow_symbols.begin(find=running)
        is_due = asyncio.Event()
        is_due.set()  # it may have been configured anew since it was started
        _reconsider = lambda: loop.call_soon_threadsafe(is_due.set)  # noqa: E731 - for one line
        tasks = [
            _background("playing the feed", lambda: _play(store, is_due, on_new_market)),
            _background("sending values", lambda: keep_flushing(running)),
            _background("saving bars", lambda: _every(SAVE_S, lambda: _save(store))),
        ]
        await (stopping or asyncio.Event()).wait()
    finally:
        _reconsider = None
        follow_symbols.end()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if _running is not None:
            _running.flush()  # here, since sockets belong to the event loop
        try:
            await loop.run_in_executor(store, _leave)
        finally:
            await loop.run_in_executor(store, connections.close_all)
            store.shutdown()


def _background(name: str, work: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
    """Run a part for as long as the platform runs; its failures are told by the feed's status."""

    def tell(trouble: str) -> None:
        if _running is not None:
            _running.fail(trouble)

    counters = Counter[str]() if _running is None else _running.counters
    return asyncio.create_task(kept_going(work, name=name, counters=counters, told=tell))


def _configured() -> tuple[Feed, tuple[object, ...]]:
    configured = configured_providers.configuration()
    levels = configured_feed.starting_levels(now=clock.utc_now())
    feed = configured_feed.build(configured=configured, simulated=levels, each_quote=each_quote)
    return feed, configured.of_feed()


def _new_pipeline(feed: Feed) -> Pipeline:
    pipeline = Pipeline(
        feed=feed,
        known=instruments.list_symbols(),
        hub=hub,
        listeners=listeners,
        mark_listeners=mark_listeners,
        band_width=settings.PRICE_BAND_WIDTH,
    )
    if unknown := sorted(set(feed.symbols) - pipeline.known):
        log.warning("not in the security master, so not taken: %s", ", ".join(unknown))
    return pipeline


def _leave() -> None:
    global _running
    pipeline, _running = _running, None
    if pipeline is not None:
        pipeline.feed.stop()
        save_bars.save_last(pipeline)


async def _save(store: ThreadPoolExecutor) -> None:
    if _running is not None:
        await save_bars.save(_running, store=store)


# --- One feed after the other ---------------------------------------------------------------------
async def _play(
    store: ThreadPoolExecutor, is_due: asyncio.Event, on_new_market: Callable[[], object]
) -> None:
    """Play the feed until the configuration makes another one; then stop it and play that one."""
    is_due.set()  # where an earlier attempt failed, the one before may have been left already
    missed = await _missed_before(store)
    while (pipeline := _running) is not None:
        playing = asyncio.create_task(_feed(pipeline, missed))
        try:
            feed, made_of = await _next_feed(store, is_due)
            # Nobody may trade at what the old one showed, however long it takes to replace it.
            pipeline.leave_feed()
            # The old one first: a provider may allow one connection, and two would count twice.
            pipeline.feed.stop()
            await asyncio.wait({playing}, timeout=STOP_S_MAX)
        finally:
            playing.cancel()
            await asyncio.gather(playing, return_exceptions=True)
        missed = _missed_between(pipeline, feed)
        pipeline.flush()
        await _until_saved(pipeline, store)
        await _go_on(pipeline, feed, made_of, store, on_new_market)
        log.info("prices come from %s now", feed.name)


async def _missed_before(store: ThreadPoolExecutor) -> Missed:
    """Return what was missed while nobody was here, at the start of this process."""
    if _running is None:
        return {}
    ask = partial(begin_market.missed, feed=_running.feed, now=clock.utc_now())
    try:
        return await asyncio.get_running_loop().run_in_executor(store, ask)
    except Exception:
        log.exception("what was missed before the start is not known, so it is not fetched")
        return {}


async def _next_feed(
    store: ThreadPoolExecutor, is_due: asyncio.Event
) -> tuple[Feed, tuple[object, ...]]:
    """Return the feed that is configured, once it is another one than the one that runs."""
    loop = asyncio.get_running_loop()
    while True:
        await is_due.wait()
        is_due.clear()
        try:
            found = await loop.run_in_executor(store, _other_feed)
        except FeedError as error:
            log.error("the feed stays as it was: %s", error.message)  # noqa: TRY400 - it names it
        except Exception:
            log.exception("the configuration could not be read")
            await loop.run_in_executor(store, connections.close_all)
            await asyncio.sleep(SAVE_S)
            is_due.set()
        else:
            if found is not None:
                return found
            follow_symbols.renew()


def _other_feed() -> tuple[Feed, tuple[object, ...]] | None:
    configured_feed.wanted_symbols()  # the master may have changed, too
    if _made_of is None or _made_of == configured_providers.configuration().of_feed():
        return None
    return _configured()


async def _until_saved(pipeline: Pipeline, store: ThreadPoolExecutor) -> None:
    """Its bars are named after the feed that they came from, so they are saved before it goes."""
    while True:
        try:
            await save_bars.save(pipeline, store=store)
        except Exception:
            log.exception("market data: the last bars of %s wait", pipeline.feed.name)
            await asyncio.sleep(SAVE_S)
        else:
            return


async def _go_on(
    before: Pipeline,
    feed: Feed,
    made_of: tuple[object, ...],
    store: ThreadPoolExecutor,
    on_new_market: Callable[[], object],
) -> None:
    """
    Let ``feed`` be the running one.

    A feed of another kind of market begins anew: a made-up price is never shown as a live one, and
    a delayed one is not older than a live one, but of another tape. Sockets, listeners and what is
    counted go over.
    """
    global _running, _made_of  # noqa: PLW0603 - as above
    if feed.kind is before.feed.kind:
        before.replace_feed(feed)
        _made_of = made_of
        follow_symbols.renew()
        return
    loop = asyncio.get_running_loop()
    pipeline = await loop.run_in_executor(store, _new_pipeline, feed)
    await loop.run_in_executor(store, partial(begin_market.clear_made_up, feed=feed))
    pipeline.counters = before.counters
    _running, _made_of = pipeline, made_of
    follow_symbols.renew()
    on_new_market()
    for symbol in pipeline.known:
        if hub.is_wanted(symbol):
            hub.publish(symbol, pipeline.encode(symbol))
        if hub.is_book_wanted(symbol):
            hub.publish_book(symbol, frames.book_frame(symbol=symbol, book=None))


def _missed_between(before: Pipeline, feed: Feed) -> Missed:
    """
    Return what the new feed's history is asked for; there is nothing to fetch of a made-up market.

    It reaches back behind the last minute with a bar by those that the builder still compares: the
    old feed may have been fetching them.
    """
    newest = max((bar.ts_start for bar in before.newest_bars.values()), default=None)
    is_real = isinstance(before.feed, FillsGaps) and isinstance(feed, FillsGaps)
    if not is_real or newest is None:
        return {}
    return {newest - RECENT_MINUTES * NS_PER_MINUTE: feed.symbols}


async def _feed(pipeline: Pipeline, missed: Missed) -> None:
    """Run the feed until it ends; after a mistake of ours run it again, later each time."""
    filling = asyncio.create_task(_fill(pipeline.feed, missed))
    try:
        await kept_going(
            lambda: _run(pipeline),
            name="the feed",
            counters=pipeline.counters,
            told=pipeline.fail,
        )
    finally:
        filling.cancel()


async def _run(pipeline: Pipeline) -> None:
    try:
        await pipeline.feed.run(pipeline.accept)
    except FeedError as error:
        log.error("the feed has stopped: %s", error.message)  # noqa: TRY400 - it names its cause
        pipeline.fail(f"{error.code}: {error.message}")


async def _fill(feed: Feed, missed: Missed) -> None:
    """Once the feed is connected, let it fetch the bars of what was missed before it was."""
    if not missed or not isinstance(feed, FillsGaps):
        return
    assert isinstance(feed, ReportsSources)
    while not any(source.connected for source in feed.sources()):  # noqa: ASYNC110 - no event
        await asyncio.sleep(PACE_S)
    for ts_from, symbols in missed.items():
        feed.fill(symbols=symbols, ts_from=ts_from)


async def keep_flushing(find: Callable[[], Pipeline | None]) -> None:
    """Send what has moved at once, but not within FLUSH_S of the last time: then it waits."""
    while True:
        if (pipeline := find()) is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(FLUSH_S):  # some things are due by the clock alone
                    await pipeline.moved.wait()
            try:
                pipeline.flush()
            except Exception:
                log.exception("market data: values were not sent")
        await asyncio.sleep(FLUSH_S)


async def _every(seconds: float, action: Callable[[], Awaitable[None]]) -> None:
    while True:
        await asyncio.sleep(seconds)
        try:
            await action()
        except Exception:
            # The next round tries again; nothing is forgotten before it is saved.
            log.exception("market data: a round failed")
