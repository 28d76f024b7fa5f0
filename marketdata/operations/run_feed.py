"""The feed of this process: started, kept going and stopped."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from django.conf import settings
from django.db import connections

from marketdata.contracts import Bar, FeedKind
from marketdata.domain.bars import NS_PER_MINUTE
from marketdata.feeds.base import Feed, FeedError
from marketdata.feeds.registry import build_feed, is_made_up
from marketdata.feeds.simulated import SimulatedSymbol
from marketdata.hub import Hub
from marketdata.pipeline import Listener, Pipeline
from marketdata.store import bars, instruments, removals, sessions
from trading.kernel import clock

FLUSH_S = 0.05
SAVE_S = 1.0

hub = Hub()
# Those who hear of all that is true, and those who hear of what moves the market as we show it.
listeners: list[Listener] = []
mark_listeners: list[Listener] = []

log = logging.getLogger(__name__)
_running: Pipeline | None = None


def running() -> Pipeline | None:
    """Return this process's pipeline, or None while no feed is started."""
    return _running


def market_kind() -> FeedKind:
    """Return what market the platform shows: that of its feed or, before the start, of FEED."""
    if _running is not None:
        return _running.feed.kind
    if not is_made_up(spec=settings.FEED):
        return FeedKind.LIVE
    return FeedKind.SIMULATED if settings.FEED == "simulated" else FeedKind.REPLAY


def start(*, feed: Feed | None = None) -> Pipeline:
    """
    Make this process's pipeline, around ``feed`` or the feed that the settings name.

    :raises FeedError: if the settings name no feed, or one that cannot be played
    :raises RuntimeError: if a feed is started already
    """
    global _running  # noqa: PLW0603 - one feed per process is the point
    if _running is not None:
        raise RuntimeError("the feed is started already")
    now = clock.utc_now()
    feed = feed or configured_feed(simulated=_starting_levels(now))
    pipeline = Pipeline(
        feed=feed,
        known=[instrument.symbol for instrument in instruments.list_all()],
        hub=hub,
        listeners=listeners,
        mark_listeners=mark_listeners,
    )
    if unknown := sorted(set(feed.symbols) - pipeline.known):
        log.warning("not in the security master, so not taken: %s", ", ".join(unknown))
    if not pipeline.known:
        log.warning("the security master is empty: run manage.py load_security_master")
    this_minute = clock.to_ns(now) // NS_PER_MINUTE * NS_PER_MINUTE
    pipeline.resume(bars.read_minute(at=clock.from_ns(this_minute)))
    _running = pipeline
    return pipeline


def stop() -> None:
    """Save the bars that are not saved yet and forget the pipeline."""
    if _running is not None:
        _running.flush()
    _leave()


async def run(*, stopping: asyncio.Event | None = None) -> None:
    """
    Run the feed until ``stopping`` is set or the task is cancelled, then save what is unsaved.

    Starts the feed first if nobody has. A feed that fails later is reported in the status; its
    values stay and grow stale.

    :raises FeedError: if the feed cannot start
    """
    # One thread, so one database connection, and nothing of it on the event loop.
    store = ThreadPoolExecutor(max_workers=1, thread_name_prefix="marketdata-store")
    loop = asyncio.get_running_loop()
    tasks: list[asyncio.Task[None]] = []
    try:
        pipeline = _running
        if pipeline is None:
            pipeline = await loop.run_in_executor(store, start)
        tasks = _tasks(pipeline, store)
        await (stopping or asyncio.Event()).wait()
    finally:
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


def _leave() -> None:
    global _running
    pipeline, _running = _running, None
    if pipeline is not None:
        pipeline.feed.stop()
        _write(list(pipeline.unsaved.values()), set(pipeline.bars.withdrawn))


def _tasks(pipeline: Pipeline, store: ThreadPoolExecutor) -> list[asyncio.Task[None]]:
    async def flush() -> None:
        pipeline.flush()

    async def save() -> None:
        batch, withdrawn = list(pipeline.unsaved.values()), set(pipeline.bars.withdrawn)
        await asyncio.get_running_loop().run_in_executor(store, _write, batch, withdrawn)
        pipeline.saved(batch)
        pipeline.bars.withdrawn -= withdrawn

    return [
        asyncio.create_task(_feed(pipeline)),
        asyncio.create_task(_every(FLUSH_S, flush)),
        asyncio.create_task(_every(SAVE_S, save)),
    ]


def configured_feed(*, simulated: Sequence[SimulatedSymbol] = ()) -> Feed:
    """
    Return the feed that the settings name, not started.

    :raises FeedError: if they name none, or one that cannot be played
    """
    has_providers = not is_made_up(spec=settings.FEED)
    if has_providers:
        sessions.calendar()  # read here, as it may not be on the event loop
    return build_feed(
        spec=settings.FEED,
        speed=settings.SPEED,
        replay_start=settings.REPLAY_START,
        simulated=simulated,
        providers=settings.PROVIDERS,
        symbols=instruments.list_traded() if has_providers else (),
        sessions=lambda now: sessions.session_at(now=now, kind=FeedKind.LIVE),
    )


def _starting_levels(now: datetime) -> list[SimulatedSymbol]:
    """A simulated market goes on from its last price, so a restart leaves positions their value."""
    midnight = now.astimezone(clock.NEW_YORK).replace(hour=0, minute=0, second=0, microsecond=0)
    last = bars.last_closes(before=now)
    before_today = bars.last_closes(before=midnight)
    return [
        SimulatedSymbol(
            symbol=symbol,
            start_px=last.get(symbol, reference_price),
            previous_close=before_today.get(symbol, reference_price),
        )
        for symbol, reference_price in instruments.reference_prices().items()
    ]


async def _feed(pipeline: Pipeline) -> None:
    try:
        await pipeline.feed.run(pipeline.accept)
    except FeedError as error:
        log.error("the feed has stopped: %s", error.message)  # noqa: TRY400 - it names its cause
        pipeline.fail(f"{error.code}: {error.message}")
    except Exception as error:
        log.exception("the feed has stopped")
        pipeline.fail(f"the feed failed: {type(error).__name__}")


async def _every(seconds: float, action: Callable[[], Awaitable[None]]) -> None:
    while True:
        await asyncio.sleep(seconds)
        try:
            await action()
        except Exception:
            # The next round tries again; nothing is forgotten before it is saved.
            log.exception("market data: a round failed")


def _write(batch: list[Bar], withdrawn: set[tuple[str, int]]) -> None:
    try:
        removals.remove(bars=withdrawn)
        bars.write(bars=batch)
    except Exception:
        # The connection may be the broken part: the next round takes a new one.
        connections.close_all()
        raise
