"""
The desk's thread: it takes every command that waits and does them as one batch.

It is the one writer of orders of its database: its session holds the lock that says so. When it
dies, the session's loss included, it is started again and recovers as after any start.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import structlog

from marketdata.contracts import Tick, TradingStatus
from oms.contracts import CancelOrder, PlaceOrder
from oms.desk import switches
from oms.desk.commands import Command, OutcomeUnknown, Waiting, closed, fail, refuse
from oms.desk.inbox import TAKEN_MAX, Inbox, account_of
from oms.desk.work import DeskWork
from oms.paper.exchange import PaperExchange
from trading.infra.database import CONNECTION_LOST, LOCK_HELD
from trading.infra.exclusive import ExclusiveSession
from trading.infra.supervision import Part, PartState
from trading.kernel.clock import utc_now

log = structlog.get_logger(__name__)

BOOK_SECONDS_MAX = 0.005  # a fill waits no longer for the next order to share its commit
# How often the switches are looked at: in a busy desk not before the first has passed, in an idle
# one when the second has.
LOOK_SECONDS_MIN = 0.05
LOOK_SECONDS_MAX = 0.2
# How often orders are looked for that no part works; where it takes long, a hundred times that.
SWEEP_SECONDS = 2.0
SWEEP_SHARE = 100
# A desk that has not come round for so long takes no more orders: they would only wait.
LAG_SECONDS_MAX = 5.0
LOCK = (0x6F6D73, 1)  # "oms", the first of its kind


class _Look:
    """An item that only asks for a look around."""


_LOOK = _Look()
_Item = Waiting | Tick | TradingStatus | _Look


@dataclass(slots=True)
class _Taken:
    """What one turn of the desk has to do, by kind, each in order of arrival."""

    places: list[Waiting] = field(default_factory=list)
    cancels: list[Waiting] = field(default_factory=list)
    expiries: list[Waiting] = field(default_factory=list)
    ticks: list[Tick | TradingStatus] = field(default_factory=list)


class Desk:
    """The writer of a database. Of several that are started one writes, the others wait for it."""

    def __init__(self) -> None:
        self._work = DeskWork()
        self._session = ExclusiveSession(name="desk", lock=LOCK)
        self._inbox: Inbox[Tick | TradingStatus | _Look | None] = Inbox()
        self._gate = Lock()  # nothing comes in between closing and refusing what waits
        self._is_open = False
        self._ends = False  # asked to stop: what waits is finished first
        # Whether ticks are taken in: without a session nobody takes them out of the inbox again.
        self._hears = False
        self._look_at = 0.0
        self._sweep_at = 0.0
        self._part = Part(
            name="desk", live=self._live, wake=self._end_wait, lag_seconds_max=LAG_SECONDS_MAX
        )

    # --- For other threads ------------------------------------------------------------------------

    def start(self) -> None:
        """Start the thread; it recovers open orders before it takes the first command."""
        self._part.start()

    def stop(self) -> None:
        """Finish what waits and end the thread."""
        with self._gate:
            self._is_open = False
        self._part.stop()

    def trouble(self) -> str:
        """Return why the desk cannot work, or an empty string."""
        return self._part.trouble()

    def state(self) -> PartState:
        return self._part.state()

    def parked(self) -> int:
        """Return how many orders were taken out of the market since they cannot be worked."""
        return len(self._work.parked)

    def held(self) -> int:
        """Return how many accounts another session keeps from being traded."""
        return len(self._work.held.ids)

    def submit(self, command: Command) -> "Future[Any]":
        """
        Hand in a command; the future holds its answer or the error that names why not.

        :raises DeskClosed: if the desk does not run, or has not come round for long
        """
        with self._gate:
            trouble = self._part.trouble()
            if trouble or not self._is_open:
                raise closed(trouble or "the desk is stopping")
            waiting = Waiting(command)
            self._inbox.put(waiting)
        return waiting.answer

    def copy_of_market(self, *, symbol: str) -> PaperExchange:
        """Return what the paper market shows of a symbol now, to be tried out. Any thread may."""
        return self._work.exchange.copy_of(symbol=symbol)

    def on_tick(self, tick: Tick | TradingStatus) -> None:
        """
        Pass on a tick if an order rests in its symbol; called for each, so it does little.

        A status is passed on always: an order may be on its way that was sent before the halt.
        """
        if self._hears and (tick.symbol in self._work.watched or isinstance(tick, TradingStatus)):
            self._inbox.put(tick)

    def look_at_switches(self) -> None:
        """Let it look at the kill switches in its next turn, and begin that now."""
        if self._hears:
            self._inbox.put(_LOOK)

    def wait_until_ready(self, seconds: float) -> bool:
        """Wait until the desk takes orders; False once the time is over."""
        return self._part.wait_until_standing(seconds)

    # --- The thread -------------------------------------------------------------------------------

    def _live(self, part: Part) -> None:
        with self._session.opened():
            try:
                self._ends = False
                self._hears = True  # before the recovery asks for the first halt
                self._work.recover()
                self._enforce_switches()  # before the first tick is shown
                with self._gate:
                    self._is_open = True
                part.stands()
                while self._turn():
                    part.beat()
            finally:
                self._close()

    def _end_wait(self) -> None:
        self._inbox.put(None)

    def _close(self) -> None:
        """Take nothing more, and tell those who wait that nothing was done for them."""
        with self._gate:
            self._is_open = self._hears = False
            left = [item for item in self._inbox.take_all() if isinstance(item, Waiting)]
            refuse(left, why="the desk ended")

    def _turn(self) -> bool:
        """Take what waits, do it, answer; False once asked to stop."""
        items = self._take()
        self._ends = self._ends or None in items
        is_last = self._ends and not self._inbox.has_backlog
        taken = self._sorted(items)
        try:
            self._look_around()
            self._work.ticks(taken.ticks)
            self._batch(taken.places, self._work.place)
            self._batch(taken.cancels, self._work.cancel)
            self._batch(taken.expiries, self._work.expire)
            if not taken.places or is_last:
                self._work.book()
        finally:
            # Only if the desk dies here: nobody waits for ever.
            refuse([*taken.places, *taken.cancels, *taken.expiries], why="the desk died")
        return not is_last

    def _take(self) -> "list[_Item | None]":
        """
        Take what waits, or nothing once it is time to look at the switches again.

        Orders that come at once take what their forerunners brought about into their own commit;
        if none come it is booked for itself.
        """
        if self._work.unbooked:
            if items := self._inbox.take(seconds=BOOK_SECONDS_MAX):
                return items
            self._work.book()
        return self._inbox.take(seconds=LOOK_SECONDS_MAX)

    def _sorted(self, items: Sequence[_Item | None]) -> _Taken:
        taken = _Taken()
        for item in items:
            if item is None:
                continue
            if isinstance(item, _Look):
                self._look_at = 0.0
                continue
            if not isinstance(item, Waiting):
                taken.ticks.append(item)
            elif isinstance(item.command, PlaceOrder):
                taken.places.append(item)
            elif isinstance(item.command, CancelOrder):
                taken.cancels.append(item)
            else:
                taken.expiries.append(item)
        return taken

    def _batch(self, waiting: Sequence[Waiting], work: Callable[[Sequence[Waiting]], None]) -> None:
        """
        Do a batch. If it fails as a whole, do each of it alone, so that one fails only itself.

        An account that another session holds is left out, refused by name. When the connection
        broke nobody knows what was committed: then every caller is told so, and
        the desk dies, to be started again from what the database holds.
        """
        waiting = self._of_free_accounts(waiting)
        if not waiting:
            return
        try:
            work(waiting)
        except LOCK_HELD:
            undone = [one for one in waiting if not one.answer.done()]
            if not self._work.look_who_is_held(map(account_of, undone)):
                refuse(undone, why="another session locks what every order needs")
                raise
            self._batch(undone, work)
        except CONNECTION_LOST:
            fail(waiting)
            raise
        except Exception:
            log.exception("a batch failed", commands=len(waiting))
            undone = [one for one in waiting if not one.answer.done()]
            if len(waiting) == 1:
                fail(undone)
                return
            for one in undone:
                self._batch([one], work)

    def _of_free_accounts(self, waiting: Sequence[Waiting]) -> Sequence[Waiting]:
        """Refuse the commands for held accounts; return the others."""
        held = self._work.held.ids
        if not held:
            return waiting
        refuse(
            [one for one in waiting if account_of(one) in held],
            why="the account is held by another session",
        )
        return [one for one in waiting if account_of(one) not in held]

    # --- What it looks at by itself ---------------------------------------------------------------

    def _look_around(self) -> None:
        began = time.monotonic()
        if began >= self._look_at:
            self._look_at = began + LOOK_SECONDS_MIN
            self._enforce_switches()
        if began >= self._sweep_at:
            self._work.take_up_unworked()
            took = time.monotonic() - began
            self._sweep_at = began + max(SWEEP_SECONDS, SWEEP_SHARE * took)

    def _enforce_switches(self) -> None:
        """Take back what an engaged switch binds; what cannot be canceled is kept from trading."""
        bound = [
            Waiting(command)
            for command in switches.list_bound(now=utc_now())
            if command.order_id not in self._work.parked
        ]
        for start in range(0, len(bound), TAKEN_MAX):
            self._batch(bound[start : start + TAKEN_MAX], self._work.cancel)
            self._part.beat()
        for one in bound:
            assert isinstance(one.command, CancelOrder)
            if isinstance(one.answer.exception(), OutcomeUnknown):
                self._work.park(order_id=one.command.order_id, reason="its cancel was not recorded")
            elif account_of(one) in self._work.held.ids:
                self._work.withdraw(order_id=one.command.order_id)
