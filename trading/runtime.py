"""
The parts of a running platform: started in order, stopped in reverse, asked how they are.

Each part may be killed at any instant; starting after a crash is starting.
"""

import asyncio
import contextlib
import gc
from collections.abc import Mapping

import structlog
from django.db import DatabaseError

from compliance import interface as compliance
from marketdata import interface as marketdata
from oms import interface as oms
from trading import wiring
from trading.background import Background
from trading.eventlog.follow import Follower
from trading.infra.database import ask, in_thread
from trading.kernel.clock import utc_now

log = structlog.get_logger(__name__)


class Platform:
    """Everything that runs beside the web server in this process."""

    def __init__(self) -> None:
        self._feed: asyncio.Task[None] | None = None
        self._followers: list[Follower] = []
        self._background: Background | None = None
        self._is_up = False

    async def start(self) -> None:
        """Start every part. Prices first, so that orders found open meet a market."""
        wiring.connect_ticks()
        self._feed = asyncio.create_task(marketdata.run_market_data(), name="market-data")
        self._feed.add_done_callback(_report_feed_end)
        await in_thread(oms.start_day, now=utc_now())
        await asyncio.to_thread(oms.start_desk)
        self._followers = wiring.followers(loop=asyncio.get_running_loop())
        for follower in self._followers:
            follower.start()
        self._background = Background()
        self._background.start()
        self._is_up = True
        # What was loaded stays: looking through it again and again would make orders wait.
        gc.collect()
        gc.freeze()
        await in_thread(compliance.catch_up_on_verification, now=utc_now())

    async def stop(self) -> None:
        """Stop every part, letting each finish what it has in hand."""
        self._is_up = False
        gc.unfreeze()  # else libraries take what is left at the exit for a leak, and say so
        if self._background is not None:
            await asyncio.to_thread(self._background.stop)
        await asyncio.to_thread(oms.stop_desk)
        for follower in self._followers:
            await asyncio.to_thread(follower.stop)
        if self._feed is not None:
            self._feed.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await self._feed

    def troubles(self) -> Mapping[str, str]:
        """Return each part that does not work with the reason; empty when all is well."""
        if not self._is_up:
            return {"platform": "starting or stopping"}
        feed = marketdata.feed_status()
        answers = {
            "database": _database_trouble(),
            "market data": "" if feed.connected else feed.detail or "not connected",
            "desk": oms.desk_trouble(),
            "background": "" if self._background is None else self._background.trouble(),
            **{f"reader {follower.name}": follower.trouble() for follower in self._followers},
        }
        return {part: trouble for part, trouble in answers.items() if trouble}

    def alarms(self) -> Mapping[str, str]:
        """Return what waits for a decision of staff, by where it is seen; empty if nothing does."""
        waiting = oms.count_suspended()
        if not waiting:
            return {}
        return {"suspense": f"{waiting} reports of the market could not be booked"}


def _database_trouble() -> str:
    try:
        ask("SELECT 1")
    except DatabaseError as error:
        return str(error)
    return ""


def _report_feed_end(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        log.error("market data stopped", error=str(task.exception()))


platform = Platform()
