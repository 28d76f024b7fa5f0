"""
The tick archive of this process: fed by the pipeline, written behind it, kept in order.

The event loop's thread only puts ticks into a bounded buffer. A thread of its own empties it every
second: what is older survives a crash of the process, and of the machine as far as its disk keeps
what it was told to. When the disk cannot keep up the buffer fills, and then new ticks are dropped,
counted and reported; the feed never waits.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Event, Thread

import duckdb
from django.conf import settings

from marketdata.contracts import ArchiveStatus, Update
from marketdata.domain.archive import Archived, encode, is_archived
from marketdata.operations import run_feed
from marketdata.store import compaction, ticks
from trading.kernel import clock

CAPACITY = 200_000  # ticks that may wait, some 60 MB of them
WRITE_S = 1.0
SEAL_NS = 60 * clock.NS_PER_SECOND
SEAL_BYTES = 64_000_000
_SLICE = 500

log = logging.getLogger(__name__)
_archive: "TickArchive | None" = None


class TickArchive:
    """``take`` is called by one thread and never waits; everything else is the writer's."""

    def __init__(self, root: Path, *, capacity: int = CAPACITY) -> None:
        self.root = root
        self.written = 0
        self.trouble = "not started"
        self._capacity = capacity
        self._waiting: deque[Update] = deque()
        # Each is counted by one thread: who takes, who writes.
        self._overflowed = self._lost = 0
        self._spools: dict[str, ticks.Spool] = {}
        self._seq = 0
        self._sealed_ns = 0
        self._said_dropped = 0
        self._day = _Days()
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="tick-archive", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Write what waits, seal it, and end. Blocks while that takes."""
        self._stopping.set()
        self._thread.join()

    def take(self, tick: Update) -> None:
        """Put a tick into the buffer, or count it as dropped when that is full."""
        if len(self._waiting) < self._capacity:
            self._waiting.append(tick)
        else:
            self._overflowed += 1

    @property
    def dropped(self) -> int:
        """How many ticks could not be kept, for whatever reason."""
        return self._overflowed + self._lost

    def status(self) -> ArchiveStatus:
        return ArchiveStatus(
            is_on=True,
            written=self.written,
            dropped=self.dropped,
            waiting=len(self._waiting),
            trouble=self.trouble,
        )

    def _run(self) -> None:
        try:
            with ticks.held(self.root / ".writing") as is_ours:
                if not is_ours:
                    self._give_up("another process archives there")
                    return
                self._seq = max(ticks.recover(self.root), clock.now_ns())
                self.trouble = ""
                self._write_until_stopped()
        except OSError as error:
            self._give_up(str(error))

    def _give_up(self, reason: str) -> None:
        self.trouble = reason
        self._capacity = 0  # from now on every tick is counted as dropped
        self._lost += len(self._waiting)
        self._waiting.clear()
        log.error("ticks are not archived in %s: %s", self.root, reason)

    def _write_until_stopped(self) -> None:
        self._sealed_ns = clock.now_ns()
        is_last = False
        while not is_last:
            is_last = self._stopping.wait(WRITE_S)
            self._write(len(self._waiting))
            is_due = clock.now_ns() - self._sealed_ns >= SEAL_NS
            spooled = sum(spool.size for spool in self._spools.values())
            if is_last or is_due or spooled >= SEAL_BYTES:
                self._seal()
            self._say_dropped()

    def _write(self, count: int) -> None:
        """Take ``count`` ticks out of the buffer and append them to their days' spools."""
        for start in range(0, count, _SLICE):
            lines: dict[str, list[tuple[int, bytes]]] = {}
            for _ in range(min(_SLICE, count - start)):
                tick = self._waiting.popleft()
                if is_archived(tick):
                    self._encode(tick, lines)
            for day, of_day in lines.items():
                self._attempt(partial(self._append, day, of_day), at_stake=len(of_day))
        for spool in self._spools.values():
            self._attempt(spool.sync, at_stake=0)

    def _encode(self, tick: Archived, lines: dict[str, list[tuple[int, bytes]]]) -> None:
        self._seq += 1
        try:
            line = encode(seq=self._seq, tick=tick)
        except TypeError:
            self._lost += 1
        else:
            lines.setdefault(self._day.of(tick.ts_event), []).append((self._seq, line))

    def _append(self, day: str, lines: Sequence[tuple[int, bytes]]) -> None:
        spool = self._spools.get(day)
        if spool is None:
            spool = self._spools[day] = ticks.Spool(self.root / day, first=lines[0][0])
        spool.append(b"".join(line for _, line in lines))
        self.written += len(lines)

    def _seal(self) -> None:
        self._sealed_ns = clock.now_ns()
        spools, self._spools = self._spools, {}
        for spool in spools.values():
            self._attempt(spool.seal, at_stake=0)

    def _attempt(self, action: Callable[[], None], *, at_stake: int) -> None:
        """Do it; a failure costs at most the ticks at stake and is told in the status."""
        try:
            action()
        except (OSError, duckdb.Error) as error:
            self._lost += at_stake
            if self.trouble != str(error):
                log.exception("the tick archive in %s has a problem", self.root)
            self.trouble = str(error)
        else:
            self.trouble = ""

    def _say_dropped(self) -> None:
        dropped = self.dropped
        if dropped > self._said_dropped:
            newly = dropped - self._said_dropped
            log.warning("%d ticks were not archived, %d so far", newly, dropped)
            self._said_dropped = dropped


class _Days:
    """New York days of times, remembering the last one: asking the calendar takes microseconds."""

    def __init__(self) -> None:
        self._start = self._end = 0
        self._day = ""

    def of(self, ts: int) -> str:
        """Return ``YYYYMMDD``."""
        if not self._start <= ts < self._end:
            day = clock.new_york_date(clock.from_ns(ts))
            self._start, self._end = (
                clock.to_ns(datetime(each.year, each.month, each.day, tzinfo=clock.NEW_YORK))
                for each in (day, day + timedelta(days=1))
            )
            self._day = f"{day:%Y%m%d}"
        return self._day


def folder() -> Path:
    """Return the folder of the archive's days."""
    return Path(settings.VAR) / "ticks"


@asynccontextmanager
async def recording() -> AsyncIterator[None]:
    """
    Archive every accepted tick while the block runs, if the settings want it.

    A replay is not archived: its recording is there already, and its times are not when it was.
    """
    global _archive  # noqa: PLW0603 - one feed, and so one archive, per process
    if not settings.TICK_ARCHIVE or settings.FEED.startswith("replay:"):
        yield
        return
    archive = _archive = TickArchive(folder())
    archive.start()
    run_feed.listeners.append(archive.take)
    try:
        yield
    finally:
        if archive.take in run_feed.listeners:
            run_feed.listeners.remove(archive.take)
        _archive = None
        await asyncio.to_thread(archive.stop)


def status() -> ArchiveStatus:
    """Say how this process's archive is."""
    if _archive is None:
        return ArchiveStatus(is_on=False, written=0, dropped=0, waiting=0, trouble="")
    return _archive.status()


def keep(*, now: datetime) -> None:
    """
    Join small files, and let go what the settings do not keep. Safe to run at any time, twice.

    :raises OSError, duckdb.Error: if a file cannot be read, written or removed
    """
    today = clock.new_york_date(now)
    oldest = today - timedelta(days=settings.TICK_ARCHIVE_DAYS)
    removed = compaction.retain(
        folder(), oldest=f"{oldest:%Y%m%d}", bytes_max=settings.TICK_ARCHIVE_BYTES_MAX
    )
    if removed:
        log.info("the tick archive let go: %s", ", ".join(removed))
    compaction.compact(folder(), today=f"{today:%Y%m%d}")
