"""
The parts of a running platform: started in order, stopped in reverse, asked how they are.

Each part may be killed at any instant; starting after a crash is starting.
"""

import asyncio
import contextlib
import gc
from collections.abc import Mapping
from threading import Thread

import structlog
from django.db import connections

from compliance import interface as compliance
from marketdata import interface as marketdata
from oms import interface as oms
from trading import wiring
from trading.background import background_parts
from trading.eventlog.follow import Follower
from trading.infra.database import CONNECTION_LOST, in_thread
from trading.infra.supervision import Part, PartState
from trading.infra.watch import database_part
from trading.kernel.clock import utc_now

log = structlog.get_logger(__name__)

ALARM_SECONDS = 1.0
SUSPENSE_SECONDS = 5.0
DAY_LOOK_SECONDS = 5.0
_FEED_LOOK_SECONDS = 0.5
_FEED_STOP_SECONDS_MAX = 15.0


class Platform:
    """Everything that runs beside the web server in this process."""

    def __init__(self) -> None:
        self._parts: list[Part] = []
        self._followers: list[Follower] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._suspended = 0
        self._is_up = False

    async def start(self) -> None:
        """Start every part. Prices first, so that orders found open meet a market."""
        wiring.connect_ticks()
        loop = asyncio.get_running_loop()
        self._start(database_part())
        self._start(feed_part(loop=loop))
        await in_thread(oms.start_day, now=utc_now())
        await asyncio.to_thread(oms.start_desk)
        self._followers = wiring.followers(loop=loop)
        for follower in self._followers:
            follower.start()
        for part in [day_start_part(), *background_parts()]:
            self._start(part)
        self._is_up = True
        self._tasks = [
            asyncio.create_task(self._raise_alarms(), name="alarms"),
            asyncio.create_task(self._count_suspended(), name="suspense"),
        ]
        # What was loaded stays: looking through it again and again would make orders wait.
        gc.collect()
        gc.freeze()
        # In a large log it takes minutes: nobody waits for it, neither at the start nor at the end.
        Thread(target=_catch_up_on_verification, name="catch-up", daemon=True).start()

    async def stop(self) -> None:
        """Stop every part, letting each finish what it has in hand."""
        self._is_up = False
        gc.unfreeze()  # else libraries take what is left at the exit for a leak, and say so
        for task in self._tasks:
            task.cancel()
        first, background = self._parts[:2], self._parts[2:]  # the first are what others need
        for part in reversed(background):
            await asyncio.to_thread(part.stop)
        await asyncio.to_thread(oms.stop_desk)
        await asyncio.to_thread(_note_what_was_recorded)
        for follower in self._followers:
            await asyncio.to_thread(follower.stop)
        for part in reversed(first):
            await asyncio.to_thread(part.stop)

    def _start(self, part: Part) -> None:
        part.start()
        self._parts.append(part)

    def states(self) -> Mapping[str, PartState]:
        """Return how each part is; a part that is not there yet is left out."""
        desk = oms.desk_state()
        return {
            **{part.name: part.state() for part in self._parts},
            **({} if desk is None else {"desk": desk}),
            **{f"reader {follower.name}": follower.state() for follower in self._followers},
        }

    def troubles(self) -> Mapping[str, str]:
        """Return each part that does not work with the reason; empty when all is well."""
        if not self._is_up:
            return {"platform": "starting or stopping"}
        answers = {name: state.trouble for name, state in self.states().items()}
        feed = marketdata.feed_status()
        if not answers["market data"] and not feed.connected:
            answers["market data"] = feed.detail or "not connected"
        return {part: trouble for part, trouble in answers.items() if trouble}

    def warnings(self) -> Mapping[str, str]:
        """Return what a person has to look at though every part works, by where it is seen."""
        answers: dict[str, str] = {}
        if parked := oms.parked_orders():
            answers["desk"] = f"{parked} open orders are kept from trading: see the log"
        if held := oms.held_accounts():
            answers["accounts"] = f"{held} accounts are held by another session of the database"
        if self._suspended:
            answers["suspense"] = f"{self._suspended} reports of the market could not be booked"
        return answers

    async def _count_suspended(self) -> None:
        """Keep the count of suspended reports: whoever asks does not wait for a silent database."""
        while True:
            with contextlib.suppress(*CONNECTION_LOST):  # that is a trouble, and told as one
                self._suspended = await in_thread(oms.count_suspended)
            await asyncio.sleep(SUSPENSE_SECONDS)

    async def _raise_alarms(self) -> None:
        """
        Log each trouble when it begins and when it is over, whether anybody asks or not.

        One that is over before the second look is none: a part that has just been started.
        """
        told: set[str] = set()
        seen: set[str] = set()
        while True:
            try:
                seen = self._tell_troubles(told=told, seen=seen)
            except Exception:
                log.exception("the parts could not be looked at")
            await asyncio.sleep(ALARM_SECONDS)

    def _tell_troubles(self, *, told: set[str], seen: set[str]) -> set[str]:
        """Log what changed since the last look, note it in ``told``; return what is seen now."""
        troubles = self.troubles()
        for part in (troubles.keys() & seen) - told:
            log.error("a part is in trouble", part=part, trouble=troubles[part])
            told.add(part)
        for part in told - troubles.keys():
            log.warning("a part works again", part=part)
            told.remove(part)
        return set(troubles)


def _catch_up_on_verification() -> None:
    """Verify the records of a night on which nobody was up."""
    try:
        compliance.catch_up_on_verification(now=utc_now())
    except CONNECTION_LOST as error:
        log.warning(
            "the records were not verified; they are verified again tonight", error=str(error)
        )
    except Exception:
        log.exception("the records were not verified; they are verified again tonight")
    finally:
        connections.close_all()


def _note_what_was_recorded() -> None:
    """Extend the expectation of the log by what the desk recorded last."""
    try:
        compliance.extend_expectation(now=utc_now())
    except Exception:
        log.exception("the expectation of the records was not extended at the end")
    finally:
        connections.close_all()


def feed_part(*, loop: asyncio.AbstractEventLoop) -> Part:
    """Return the part that plays market data on ``loop``, which also serves the sockets."""

    def live(part: Part) -> None:
        stopping = asyncio.Event()
        playing = asyncio.run_coroutine_threadsafe(
            marketdata.run_market_data(stopping=stopping), loop
        )
        part.stands()
        while not part.wait(_FEED_LOOK_SECONDS) and not playing.done():
            part.beat()
        loop.call_soon_threadsafe(stopping.set)
        playing.result(_FEED_STOP_SECONDS_MAX)  # its bars are saved; or why it ended

    return Part(name="market data", live=live)


def day_start_part() -> Part:
    """
    Return the part that takes each account's base of the day, again until its closes are known.

    It is a part of its own so that no long task makes it wait: until then every order that adds
    exposure is denied.
    """

    def live(part: Part) -> None:
        oms.start_day(now=utc_now())
        part.stands()
        while not part.wait(DAY_LOOK_SECONDS):
            oms.start_day(now=utc_now())
            part.beat()

    return Part(name="day start", live=live)


platform = Platform()
