"""The feed that plays a recorded day: prices, sizes and order as recorded, times moved to now."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import chain

from marketdata.contracts import FeedKind, ReplayedSession, Session, Update
from marketdata.feeds.base import PACE_S, Emit
from marketdata.feeds.recording import (
    Recording,
    RecordingCorrupt,
    TapeRow,
    midnight_ns,
    prevailing,
    update_of,
)
from marketdata.feeds.replay.schedule import BREAK_NS, NS_PER_US, Schedule
from trading.kernel import clock

_US_PER_MINUTE = 60_000_000
REGULAR_CLOSE_US = 16 * 60 * _US_PER_MINUTE
# Rows handed over in one go; the rest of the process gets its turn between two of them.
_BATCH = 1_000
# Fallen behind by more than this, the tape goes on where it is instead of racing to catch up.
_MAX_LAG_NS = 2 * clock.NS_PER_SECOND


class ReplayFeed:
    """
    Plays the regular session of a recorded day, again and again.

    ``start_us`` is the recorded time (microseconds after midnight New York) at which a session
    begins. What was recorded before it is read silently, so that the market at that moment is
    right. A recording that begins later begins with its own first minute. ``speed`` 10 plays ten
    times faster.

    :raises RecordingCorrupt: if there is nothing after ``start_us``
    """

    name = "replay"
    kind = FeedKind.REPLAY

    def __init__(
        self,
        *,
        recording: Recording,
        start_us: int,
        speed: float = 1.0,
        now_ns: Callable[[], int] = clock.now_ns,
    ) -> None:
        self.symbols = recording.symbols
        self.previous_closes = recording.previous_closes
        self._recording = recording
        self._now_ns = now_ns
        self._begun = False
        self._stopping = False
        last_us = recording.last_us
        # A recording that ends early closes early, at the end of its last minute.
        close_us = min(REGULAR_CLOSE_US, (last_us // _US_PER_MINUTE + 1) * _US_PER_MINUTE)
        start_us = max(start_us, recording.first_us // _US_PER_MINUTE * _US_PER_MINUTE)
        if start_us >= min(last_us, close_us):
            path = recording.path
            raise RecordingCorrupt(
                f"{path}: nothing was recorded between the start and the close", path=str(path)
            )
        self._schedule = Schedule(
            first_open_ns=0, start_us=start_us, close_us=close_us, speed=speed
        )

    def session(self, *, now: datetime) -> Session:
        if self._begun:
            return self._schedule.session(now=now)
        # It may begin at any moment, but it has not.
        return self._schedule.slipped(clock.to_ns(now) + BREAK_NS).session(now=now)

    def replayed(self, *, now: datetime) -> ReplayedSession | None:
        """Return which recorded stretch is played, or played next; None before the first."""
        if not self._begun:
            return None
        midnight = midnight_ns(self._recording.trade_date)
        schedule = self._schedule
        return ReplayedSession(
            opened_at=schedule.session(now=now).opens_at,
            recorded_from=clock.from_ns(midnight + schedule.start_us * NS_PER_US),
            recorded_to=clock.from_ns(midnight + schedule.close_us * NS_PER_US),
            speed=schedule.speed,
        )

    def stop(self) -> None:
        self._stopping = True

    async def run(self, emit: Emit) -> None:
        index = 0
        while not self._stopping:
            # Reading up to the start may take seconds of CPU: not on the event loop.
            opening, tape = await asyncio.to_thread(self._wind_to_start)
            if not self._begun:
                self._schedule = self._schedule.slipped(self._now_ns())
                self._begun = True
            await self._play_session(emit, chain(opening, tape), index)
            index += 1

    async def _play_session(self, emit: Emit, rows: Iterator[TapeRow], index: int) -> None:
        # Asked anew at each look, since a slip moves the whole schedule.
        await self._wait_until(emit, lambda: self._schedule.open_ns(index))
        await self._play(emit, rows, index)
        await self._wait_until(emit, lambda: self._schedule.close_ns(index))

    def _wind_to_start(self) -> tuple[list[TapeRow], Iterator[TapeRow]]:
        """Return what holds at the start, each symbol's market first of all, and the tape after."""
        return prevailing(self._recording.rows(), start_us=self._schedule.start_us)

    async def _play(self, emit: Emit, rows: Iterator[TapeRow], index: int) -> None:
        batch: list[Update] = []
        try:
            for row in rows:
                if row.us >= self._schedule.close_us:
                    break
                due_ns = self._schedule.ts_of(row.us, index=index)
                if due_ns > self._now_ns() or len(batch) >= _BATCH:
                    emit(batch)
                    batch = []
                    due_ns = await self._wait_for(row, emit, index)
                    if self._stopping:
                        break
                batch.append(
                    update_of(row, ts_event=due_ns, ts_init=self._now_ns(), source=self.name)
                )
        finally:
            emit(batch)  # what came before a damaged row happened

    async def _wait_for(self, row: TapeRow, emit: Emit, index: int) -> int:
        """Wait until the row is due; return its time, which is never ahead of the clock."""
        await asyncio.sleep(0)
        await self._wait_until(emit, lambda: self._schedule.ts_of(row.us, index=index))
        due_ns = self._schedule.ts_of(row.us, index=index)
        lag_ns = self._now_ns() - due_ns
        if lag_ns <= _MAX_LAG_NS:
            return due_ns
        self._schedule = self._schedule.slipped(lag_ns)
        return due_ns + lag_ns

    async def _wait_until(self, emit: Emit, due_ns: Callable[[], int]) -> None:
        while not self._stopping and due_ns() > self._now_ns():
            await asyncio.sleep(PACE_S)
            emit(())
