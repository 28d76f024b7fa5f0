"""
The tick archive of this process: fed by the pipeline, written behind it, kept in order.

The event loop's thread only numbers ticks and puts them into a bounded buffer. A thread of its own
empties it every second: what is older survives a crash of the process, and of the machine as far
as its disk keeps what it was told to. When the disk cannot keep up the buffer fills, and then new
ticks are dropped, counted and reported; the feed never waits.
"""

import asyncio
import itertools
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
from marketdata.domain.archive import Archived, Days, encode, is_archived
from marketdata.store import compaction, ticks
from trading.kernel import clock

CAPACITY = 200_000  # ticks that may wait, some 75 MB of them
WRITE_S = 1.0
SEAL_NS = 60 * clock.NS_PER_SECOND
SEAL_BYTES = 64_000_000
RETRY_S_MAX = 60.0
_DOUBLINGS_MAX = 10  # more lead beyond RETRY_S_MAX, and very many beyond what a float can hold
_SLICE = 500
# Of ticks that cannot be written, one in so many goes to the log, the first of all among them.
_FAILURES_A_LOG_LINE = 1_000

log = logging.getLogger(__name__)
_archive: "TickArchive | None" = None
_unarchived = itertools.count(clock.now_ns())  # numbers for ticks that nobody archives


class ArchivedElsewhere(Exception):
    """Another process writes to this archive."""


class TickArchive:
    """
    ``take`` is called by one thread and never waits, ``waiting`` by any; all else is the writer's.
    """

    def __init__(self, root: Path, *, capacity: int = CAPACITY) -> None:
        self.root = root
        self.written = 0
        self.trouble = "not started"
        self._capacity = capacity
        self._waiting: deque[tuple[int, Update]] = deque()
        # Each is counted by one thread: who takes, who writes.
        self._overflowed = self._lost = self._unwritable = 0
        self._spools: dict[str, ticks.Spool] = {}
        self._seq = _newest(root)
        self._sealed_ns = 0
        self._said_dropped = 0
        self._day = Days()
        self._failures = 0  # in a row to begin
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="tick-archive", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Write what waits, seal it, and end. Blocks while that takes."""
        self._stopping.set()
        self._thread.join()

    def take(self, tick: Update) -> int:
        """Put a tick into the buffer, or count it as dropped when that is full; return its seq."""
        self._seq += 1
        if len(self._waiting) < self._capacity:
            self._waiting.append((self._seq, tick))
        else:
            self._overflowed += 1
        return self._seq

    def waiting(self) -> tuple[tuple[int, Update], ...]:
        """
        Return the ticks that may not be on the disk yet, each with its seq.

        Whoever asks for these first, then reads spools, then chunks, misses none.
        """
        return tuple(self._waiting)  # one step for other threads

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
            trouble=self.trouble or self._unwritable_trouble(),
        )

    def _unwritable_trouble(self) -> str:
        count = self._unwritable
        return f"{count} ticks could not be written: no column can hold them" if count else ""

    def revive(self) -> None:
        """Start the writer again if it has ended though nobody asked it to."""
        if not self._stopping.is_set() and not self._thread.is_alive():
            log.error("the writer of the tick archive had ended; it begins again")
            self.trouble = "the writer had ended"
            self._thread = Thread(target=self._run, name="tick-archive", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        """Archive until stopped; after each trouble begin again as at a start, later each time."""
        while True:
            try:
                self._archive()
            except Exception as error:
                self.trouble = str(error) or type(error).__name__
                log.exception("ticks are not archived in %s; it is tried again", self.root)
                self._let_go_of_spools()
            else:
                return
            pause_s = retry_pause_s(failures=self._failures)
            self._failures += 1
            if self._stopping.wait(pause_s):
                break
        self._lost += len(self._waiting)
        self._waiting.clear()

    def _archive(self) -> None:
        """:raises ArchivedElsewhere: if another process writes there"""
        with ticks.held(self.root / ".writing") as is_ours:
            if not is_ours:
                raise ArchivedElsewhere("another process archives there")
            ticks.recover(self.root)
            self.trouble = ""
            self._write_until_stopped()

    def _let_go_of_spools(self) -> None:
        """Leave them on the disk: the next attempt makes chunks of them."""
        spools, self._spools = self._spools, {}
        for spool in spools.values():
            spool.close()

    def _write_until_stopped(self) -> None:
        self._sealed_ns = clock.now_ns()
        is_last = False
        while not is_last:
            is_last = self._stopping.wait(WRITE_S)
            self._write(len(self._waiting))
            self._failures = 0
            is_due = clock.now_ns() - self._sealed_ns >= SEAL_NS
            spooled = sum(spool.size for spool in self._spools.values())
            if is_last or is_due or spooled >= SEAL_BYTES:
                self._seal()
            self._say_dropped()

    def _write(self, count: int) -> None:
        """Append the ``count`` ticks that wait longest to their days' spools."""
        for start in range(0, count, _SLICE):
            size = min(_SLICE, count - start)
            lines: dict[str, list[tuple[int, bytes]]] = {}
            for number in range(size):
                seq, tick = self._waiting[number]
                if is_archived(tick):
                    self._encode(seq, tick, lines)
            for day, of_day in lines.items():
                self._attempt(partial(self._append, day, of_day), at_stake=len(of_day))
            # Only now: a reader finds each of them here or in its spool.
            for _ in range(size):
                self._waiting.popleft()
        for spool in self._spools.values():
            self._attempt(spool.sync, at_stake=0)

    def _encode(self, seq: int, tick: Archived, lines: dict[str, list[tuple[int, bytes]]]) -> None:
        try:
            line, day = encode(seq=seq, tick=tick), self._day.of(tick.ts_event)
        except Exception:
            # It is one tick, and must not keep the others out.
            self._lost += 1
            self._unwritable += 1
            if self._unwritable % _FAILURES_A_LOG_LINE == 1:
                log.exception("a tick cannot be archived: %r", tick)
        else:
            lines.setdefault(day, []).append((seq, line))

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


def retry_pause_s(*, failures: int) -> float:
    """Return how long to wait after so many failures in a row and one more, in seconds."""
    return min(WRITE_S * 2.0 ** min(failures, _DOUBLINGS_MAX), RETRY_S_MAX)


def _newest(root: Path) -> int:
    """Return a number below those of all ticks to come, and above those of all before."""
    try:
        # The clock may have been put back since an earlier process.
        return max(ticks.newest(root), clock.now_ns())
    except OSError:
        return clock.now_ns()  # the writer meets the same trouble, and says so


def folder() -> Path:
    """Return the folder of the archive's days."""
    return Path(settings.VAR) / "ticks"


@asynccontextmanager
async def recording() -> AsyncIterator[None]:
    """
    Archive every tick that is handed to ``take`` while the block runs, if the settings want it.

    A replay is not archived: its recording is there already, and its times are not when it was.
    """
    global _archive  # noqa: PLW0603 - one feed, and so one archive, per process
    if not settings.TICK_ARCHIVE or settings.FEED.startswith("replay:"):
        yield
        return
    archive = _archive = TickArchive(folder())
    archive.start()
    watch = asyncio.create_task(_watch(archive))
    try:
        yield
    finally:
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)
        _archive = None
        await asyncio.to_thread(archive.stop)


async def _watch(archive: TickArchive) -> None:
    while True:
        await asyncio.sleep(WRITE_S)
        archive.revive()


def take(update: Update) -> int:
    """Archive an accepted update, if that is wanted; return its number in that order."""
    return next(_unarchived) if _archive is None else _archive.take(update)


def waiting() -> tuple[tuple[int, Update], ...]:
    """Return what was taken and may not be on the disk yet, each with its number."""
    return () if _archive is None else _archive.waiting()


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
