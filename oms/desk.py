"""
The desk: one thread that writes. It takes every command that waits and does them as one batch.

Orders go risk-checked into the database, commit, then to the paper exchange; what the exchange
answers is booked at once, or with the orders that wait already, in the same commit. Nothing is sent
before its order is safe on disk, so a crash between the two loses nothing: the order is open and
goes to the exchange at the next start. Starting and recovering are the same code path.
"""

import contextlib
import queue
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event, Thread
from typing import Any

import structlog
from django.db import connections

from marketdata import interface as marketdata
from marketdata.contracts import Need, Quote, Tick
from oms.contracts import CancelOrder, ExecutionReport, PlaceOrder
from oms.domain.state import OrderState
from oms.operations.apply_reports import Refused, apply_reports
from oms.operations.cancel import request_cancels
from oms.operations.place import place_orders, view_of
from oms.paper.exchange import PaperExchange, is_acknowledged
from oms.repository import load
from trading.infra.database import CONNECTION_LOST
from trading.kernel.clock import now_ns, to_ns, utc_now
from trading.kernel.errors import TradingError
from trading.kernel.fix import ExecType, OrdStatus

log = structlog.get_logger(__name__)

BATCH_MAX = 256
LOOK_SECONDS = 0.1
BOOK_SECONDS_MAX = 0.005  # a fill waits no longer for the next order to share its commit
APPLY_TRIES = 5
APPLY_PAUSE_SECONDS = 0.5
ACTOR = "system:paper-exchange"


class DeskClosed(TradingError):
    """The desk is not running, so nothing was written. Try again later."""

    code = "DESK_CLOSED"


class OutcomeUnknown(TradingError):
    """The database did not say whether it took the order. Ask by id; never resend blind."""

    code = "OUTCOME_UNKNOWN"


class NotBooked(Exception):
    """The exchange said what the books do not hold. The desk stops: nothing may follow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpireOrders:
    """End the orders whose time is over: the close for day orders, 90 days for gtc."""

    now: datetime


Command = PlaceOrder | CancelOrder | ExpireOrders


@dataclass(slots=True)
class _Waiting:
    command: Command
    answer: Future[Any]


@dataclass(slots=True)
class _Taken:
    """What one turn of the desk has to do, by kind, each in order of arrival."""

    places: list[_Waiting] = field(default_factory=list)
    cancels: list[_Waiting] = field(default_factory=list)
    expiries: list[_Waiting] = field(default_factory=list)
    ticks: list[Tick] = field(default_factory=list)


class Desk:
    """The writer of one process. Several processes may run one: the rows' locks keep them right."""

    def __init__(self) -> None:
        self.exchange = PaperExchange()
        self._inbox: queue.SimpleQueue[_Waiting | Tick | None] = queue.SimpleQueue()
        self._thread: Thread | None = None
        self._ready = Event()
        self._failure: str = "not started"
        self._watched: frozenset[str] = frozenset()
        self._traded: frozenset[str] = frozenset()
        self._unbooked: list[ExecutionReport] = []  # never older than the turn before

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
        waiting = _Waiting(command, Future())
        self._inbox.put(waiting)
        return waiting.answer

    def on_tick(self, tick: Tick) -> None:
        """Pass on a tick if an order rests in its symbol; called for each, so it does little."""
        if tick.symbol in self._watched:
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
            self.recover()
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
            self._ticks(taken.ticks)
            self._batch(taken.places, self.place)
            self._batch(taken.cancels, self.cancel)
            self._batch(taken.expiries, self.expire)
            if not taken.places or items[-1] is None:
                self._book()
        finally:
            # Only if the desk stops here: whoever waits is told, nobody waits for ever.
            self._fail([*taken.places, *taken.cancels, *taken.expiries])
        return items[-1] is not None

    def _first(self) -> "_Waiting | Tick | None":
        """
        Take the next item, however long that takes.

        Orders that come at once take what their forerunners brought about into their own commit;
        if none come it is booked for itself.
        """
        if self._unbooked:
            with contextlib.suppress(queue.Empty):
                return self._inbox.get(timeout=BOOK_SECONDS_MAX)
            self._book()
        return self._inbox.get()

    def _sort(self, item: "_Waiting | Tick", taken: _Taken) -> None:
        if not isinstance(item, _Waiting):
            taken.ticks.append(item)
        elif isinstance(item.command, PlaceOrder):
            taken.places.append(item)
        elif isinstance(item.command, CancelOrder):
            taken.cancels.append(item)
        else:
            taken.expiries.append(item)

    def _batch(
        self, waiting: Sequence[_Waiting], work: Callable[[Sequence[_Waiting]], None]
    ) -> None:
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
            self._fail(waiting)
            connections.close_all()
            self.recover()
        except Exception:
            log.exception("a batch failed", commands=len(waiting))
            undone = [one for one in waiting if not one.answer.done()]
            if len(waiting) == 1:
                self._fail(undone)
                return
            for one in undone:
                self._batch([one], work)

    def _fail(self, waiting: Sequence[_Waiting]) -> None:
        for one in waiting:
            if not one.answer.done():
                one.answer.set_exception(
                    OutcomeUnknown("the outcome is unknown; ask by client order id")
                )

    def _refuse_the_rest(self) -> None:
        while True:
            try:
                item = self._inbox.get_nowait()
            except queue.Empty:
                return
            if isinstance(item, _Waiting):
                item.answer.set_exception(DeskClosed("the platform is stopping"))

    # --- The work ---------------------------------------------------------------------------------

    def recover(self) -> None:
        """
        Bring the exchange back to what the database says, as after any start.

        Orders it had acknowledged rest again; orders it never saw are submitted; cancels it never
        answered are answered.
        """
        self.exchange = PaperExchange()
        # What was not booked nobody has seen: the exchange starts again from what was.
        self._unbooked = []
        open_orders = load.list_open_orders()
        self._trade([*load.list_held_symbols(), *(order.symbol for order in open_orders)])
        for order in open_orders:
            if order.status is OrdStatus.PENDING_CANCEL:
                self._note(self.exchange.cancel(order_id=order.id, ts_event=now_ns()))
            elif is_acknowledged(order):
                self.exchange.restore(order=order)
            else:
                self._note(self._submit(order))
        self._watch()
        self._book()

    def place(self, waiting: Sequence[_Waiting]) -> None:
        """Judge and record the orders, answer, then send them to the exchange."""
        commands = [one.command for one in waiting if isinstance(one.command, PlaceOrder)]
        outcomes = self._place(commands)
        answers = [
            view_of(order=outcome, command=command) if isinstance(outcome, OrderState) else outcome
            for command, outcome in zip(commands, outcomes, strict=True)
        ]
        self._answer(waiting, answers)
        accepted = [outcome for outcome in outcomes if isinstance(outcome, OrderState)]
        self._trade(order.symbol for order in accepted)
        for order in accepted:
            self._note(self._submit(order))
        self._watch()

    def _place(self, commands: Sequence[PlaceOrder]) -> list[OrderState | TradingError]:
        try:
            placed = place_orders(
                commands=commands, now=utc_now(), reports=self._unbooked, actor=ACTOR
            )
        except CONNECTION_LOST:
            raise  # whether it is booked the database will say
        except Exception:
            self._book()  # whatever is wrong with the orders
            raise
        self._unbooked = []
        self._say_refused(placed.refused)
        return placed.outcomes

    def cancel(self, waiting: Sequence[_Waiting]) -> None:
        """Record the requests, take the orders out of the exchange, record that, answer."""
        self._book()
        commands = [one.command for one in waiting if isinstance(one.command, CancelOrder)]
        outcomes = request_cancels(commands=commands, now=utc_now())
        for order in {id(one): one for one in outcomes if isinstance(one, OrderState)}.values():
            if order.status is OrdStatus.PENDING_CANCEL:
                self._note(self.exchange.cancel(order_id=order.id, ts_event=now_ns()))
        self._watch()
        self._book()
        self._answer(waiting, outcomes)

    def expire(self, waiting: Sequence[_Waiting]) -> None:
        """End the orders whose time is over; answer with how many."""
        self._book()
        now = max(one.command.now for one in waiting if isinstance(one.command, ExpireOrders))
        due = load.list_due_orders(now=now)
        for order in due:
            self._note(
                self.exchange.cancel(
                    order_id=order.id, ts_event=to_ns(now), exec_type=ExecType.EXPIRED
                )
            )
        self._watch()
        self._book()
        self._answer(waiting, [len(due)] * len(waiting))

    def _ticks(self, ticks: Sequence[Tick]) -> None:
        for tick in ticks:
            if isinstance(tick, Quote):
                self._note(self.exchange.on_quote(tick))
            else:
                self._note(self.exchange.on_trade(tick))
        if ticks:
            self._watch()

    def _submit(self, order: OrderState) -> list[ExecutionReport]:
        quote = marketdata.latest_quote(symbol=order.symbol)
        return self.exchange.submit(order=order, quote=quote, ts_event=now_ns())

    def _note(self, reports: Iterable[ExecutionReport]) -> None:
        self._unbooked += reports

    def _watch(self) -> None:
        watched = frozenset(
            symbol for symbol, market in self.exchange.markets.items() if market.orders
        )
        if watched != self._watched:
            self._watched = watched
            # What an order rests for may show for a moment only.
            marketdata.need_each_quote(who="desk", symbols=watched)

    def _trade(self, symbols: Iterable[str]) -> None:
        """Have what is or may be held followed, as long as the desk runs."""
        traded = self._traded.union(symbols)
        if traded != self._traded:
            self._traded = traded
            marketdata.need_prices(who=Need.TRADING, symbols=traded)

    def _book(self) -> None:
        """
        Book what the exchange says.

        Tried again if the database fails, since a report that was booked after all is known by its
        ``exec_id``; in the end the desk stops rather than differ.
        """
        if not self._unbooked:
            return
        for tries_left in reversed(range(APPLY_TRIES)):
            try:
                applied = apply_reports(reports=self._unbooked, now=utc_now(), actor=ACTOR)
            except Exception as error:
                connections.close_all()
                if tries_left == 0:
                    raise NotBooked(f"{type(error).__name__}: {error}") from error
                log.exception("reports were not booked; trying again", tries_left=tries_left)
                time.sleep(APPLY_PAUSE_SECONDS)
            else:
                self._unbooked = []
                self._say_refused(applied.refused)
                return

    def _say_refused(self, refused: Refused) -> None:
        for report, error in refused:
            log.error("a report was refused", report=report, error=error.message)

    def _answer(self, waiting: Sequence[_Waiting], outcomes: Sequence[object]) -> None:
        for one, outcome in zip(waiting, outcomes, strict=True):
            if isinstance(outcome, TradingError):
                one.answer.set_exception(outcome)
            else:
                one.answer.set_result(outcome)
