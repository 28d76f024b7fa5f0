"""The desk's thread: it takes every command that waits and does them as one batch."""

import contextlib
import queue
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any

import structlog
from django.db import connections

from marketdata.contracts import Tick, TradingStatus
from oms.contracts import CancelOrder, PlaceOrder
from oms.desk.commands import Command, DeskClosed, NotBooked, Waiting, fail
from oms.desk.work import DeskWork
from trading.infra.database import CONNECTION_LOST

log = structlog.get_logger(__name__)

BATCH_MAX = 256
LOOK_SECONDS = 0.1
BOOK_SECONDS_MAX = 0.005  # a fill waits no longer for the next order to share its commit


@dataclass(slots=True)
class _Taken:
    """What one turn of the desk has to do, by kind, each in order of arrival."""

    places: list[Waiting] = field(default_factory=list)
    cancels: list[Waiting] = field(default_factory=list)
    expiries: list[Waiting] = field(default_factory=list)
    ticks: list[Tick | TradingStatus] = field(default_factory=list)


class Desk:
    """The writer of one process. Several processes may run one: the rows' locks keep them right."""

    def __init__(self) -> None:
        self._work = DeskWork()
        self._inbox: queue.SimpleQueue[Waiting | Tick | TradingStatus | None] = queue.SimpleQueue()
        self._thread: Thread | None = None
        self._ready = Event()
        self._failure: str = "not started"

    # --- For other threads ------------------------------------------------------------------------

    def start(self) -> None:
        """Start the thread; it recovers open orders before it takes the first command."""
        self._failure = "starting"
        self._thread = Thread(target=self._run, name="desk", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish what waits and end the thread."""
        self._ready.clear()
        self._inbox.put(None)
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def trouble(self) -> str:
        """Return why the desk cannot work, or an empty string."""
        if self._ready.is_set() and self._thread is not None and self._thread.is_alive():
            return ""
        return self._failure or "the thread has ended"

    def submit(self, command: Command) -> "Future[Any]":
        """
        Hand in a command; the future holds its answer or the error that names why not.

        :raises DeskClosed: if the desk does not run
        """
        if not self._ready.is_set():
            raise DeskClosed("orders are not taken at the moment; nothing was recorded")
        waiting = Waiting(command, Future())
        self._inbox.put(waiting)
        return waiting.answer

    def on_tick(self, tick: Tick | TradingStatus) -> None:
        """Pass on a tick if an order rests in its symbol; called for each, so it does little."""
        if tick.symbol in self._work.watched:
            self._inbox.put(tick)

    def wait_until_ready(self, seconds: float) -> bool:
        """Wait until the desk takes orders; False if it has ended or the time is over."""
        deadline = time.monotonic() + seconds
        while not self._ready.wait(LOOK_SECONDS):
            if self._thread is None or not self._thread.is_alive() or time.monotonic() > deadline:
                return self._ready.is_set()
        return True

    # --- The thread -------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._work.recover()
            self._ready.set()
            self._failure = ""
            while self._turn():
                pass
        except Exception as error:
            self._failure = f"stopped by {type(error).__name__}: {error}"
            log.exception("the desk stopped")
        finally:
            self._ready.clear()
            self._refuse_the_rest()
            connections.close_all()

    def _turn(self) -> bool:
        """Take what waits, do it, answer; False once asked to stop."""
        items = [self._first()]
        while len(items) < BATCH_MAX and items[-1] is not None:
            try:
                items.append(self._inbox.get_nowait())
            except queue.Empty:
                break
        taken = _Taken()
        for item in items:
            if item is not None:
                self._sort(item, taken)
        try:
            self._work.ticks(taken.ticks)
            self._batch(taken.places, self._work.place)
            self._batch(taken.cancels, self._work.cancel)
            self._batch(taken.expiries, self._work.expire)
            if not taken.places or items[-1] is None:
                self._work.book()
        finally:
            # Only if the desk stops here: whoever waits is told, nobody waits for ever.
            fail([*taken.places, *taken.cancels, *taken.expiries])
        return items[-1] is not None

    def _first(self) -> "Waiting | Tick | TradingStatus | None":
        """
        Take the next item, however long that takes.

        Orders that come at once take what their forerunners brought about into their own commit;
        if none come it is booked for itself.
        """
        if self._work.unbooked:
            with contextlib.suppress(queue.Empty):
                return self._inbox.get(timeout=BOOK_SECONDS_MAX)
            self._work.book()
        return self._inbox.get()

    def _sort(self, item: "Waiting | Tick | TradingStatus", taken: _Taken) -> None:
        if not isinstance(item, Waiting):
            taken.ticks.append(item)
        elif isinstance(item.command, PlaceOrder):
            taken.places.append(item)
        elif isinstance(item.command, CancelOrder):
            taken.cancels.append(item)
        else:
            taken.expiries.append(item)

    def _batch(self, waiting: Sequence[Waiting], work: Callable[[Sequence[Waiting]], None]) -> None:
        """
        Do a batch. If it fails as a whole, do each of it alone, so that one fails only itself.

        When the connection broke nobody knows what was committed: then every caller is told so, and
        the exchange is brought back to what the database holds.
        """
        if not waiting:
            return
        try:
            work(waiting)
        except NotBooked:
            raise
        except CONNECTION_LOST:
            log.exception("the database went away", commands=len(waiting))
            fail(waiting)
            connections.close_all()
            self._work.recover()
        except Exception:
            log.exception("a batch failed", commands=len(waiting))
            undone = [one for one in waiting if not one.answer.done()]
            if len(waiting) == 1:
                fail(undone)
                return
            for one in undone:
                self._batch([one], work)

    def _refuse_the_rest(self) -> None:
        while True:
            try:
                item = self._inbox.get_nowait()
            except queue.Empty:
                return
            if isinstance(item, Waiting):
                item.answer.set_exception(DeskClosed("the platform is stopping"))
