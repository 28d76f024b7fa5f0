"""The running feed follows what is wanted, as that changes: see ``Following`` for what that is."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from marketdata.contracts import Need
from marketdata.domain.following import Following
from marketdata.feeds.base import chooser
from marketdata.operations import begin_market
from marketdata.pipeline import Pipeline
from marketdata.store import instruments
from trading.infra.database import in_thread
from trading.kernel import clock

PRICE_LOOK_S = 0.02

following = Following()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Runs:
    """Where the feed of this process runs, and what finds it."""

    loop: asyncio.AbstractEventLoop
    find: Callable[[], Pipeline | None]


_runs: _Runs | None = None


def begin(*, find: Callable[[], Pipeline | None]) -> None:
    """From now on, on this event loop, the feed that ``find`` finds follows what is wanted."""
    global _runs  # noqa: PLW0603 - one feed a process
    _runs = _Runs(loop=asyncio.get_running_loop(), find=find)
    renew()


def end() -> None:
    global _runs  # noqa: PLW0603 - as above
    _runs = None


def need(*, who: Need, symbols: Iterable[str]) -> None:
    """Let the feed follow these symbols for ``who``, and no others. Any thread may say so."""
    if following.need(who=who, symbols=symbols):
        renew()


def renew() -> None:
    """Have the feed follow what is wanted now: at once on its own thread, else soon."""
    runs = _runs
    if runs is None:
        return
    if _is_here(runs.loop):
        _renew(runs)
    else:
        with contextlib.suppress(RuntimeError):  # the loop has just ended
            runs.loop.call_soon_threadsafe(_renew, runs)


def has_room(symbol: str) -> bool:
    """Return whether the feed follows the symbol, or is none that chooses what it follows."""
    pipeline = None if _runs is None else _runs.find()
    feed = None if pipeline is None else chooser(pipeline.feed)
    return feed is None or feed.follows(symbol)


async def await_price(*, symbol: str, seconds_max: float) -> None:
    """
    Follow the symbol if nobody does yet, and wait until it has a quote, or for so long.

    Does not wait where there is no room for it.
    """
    pipeline = None if _runs is None else _runs.find()
    if pipeline is None or has_room(symbol):
        return
    instrument = await in_thread(instruments.find, symbol=symbol)
    if instrument is None or not instrument.tradable:
        return  # nobody asks a provider for what a client made up
    following.ask(symbol=symbol)
    renew()
    loop = asyncio.get_running_loop()
    ends = loop.time() + seconds_max
    while symbol not in pipeline.latest.quotes and has_room(symbol):
        if loop.time() > ends:
            return
        await asyncio.sleep(PRICE_LOOK_S)


def _renew(runs: _Runs) -> None:
    pipeline = runs.find()
    feed = None if pipeline is None else chooser(pipeline.feed)
    if pipeline is not None and feed is not None:
        wanted = following.wanted()
        pipeline.known.update(wanted)
        feed.follow(wanted, ts_from=begin_market.opened_ns(now=clock.utc_now()))


def _is_here(loop: asyncio.AbstractEventLoop) -> bool:
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False
