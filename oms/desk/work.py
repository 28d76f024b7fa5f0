"""
What a turn of the desk does with the database and the paper exchange.

Orders go risk-checked into the database, commit, then to the paper exchange; what the exchange
answers is booked at once, or with the orders that wait already, in the same commit. Nothing is sent
before its order is safe on disk, so a crash between the two loses nothing: the order is open and
goes to the exchange at the next start. Starting and recovering are the same code path.
"""

import time
from collections.abc import Iterable, Sequence

import structlog
from django.db import connections

from marketdata import interface as marketdata
from marketdata.contracts import Need, Tick, TradingStatus
from oms.contracts import CancelOrder, ExecutionReport, PlaceOrder
from oms.desk.commands import ExpireOrders, NotBooked, Waiting, answer
from oms.desk.sending import Sending
from oms.domain.state import OrderState
from oms.operations.apply_reports import Refused, apply_reports
from oms.operations.cancel import request_cancels
from oms.operations.place import Placed, place_orders, view_of
from oms.paper.exchange import PaperExchange, is_acknowledged
from oms.repository import load
from trading.infra.database import CONNECTION_LOST
from trading.kernel.clock import now_ns, to_ns, utc_now
from trading.kernel.fix import ExecType, OrdStatus

log = structlog.get_logger(__name__)

APPLY_TRIES = 5
APPLY_PAUSE_SECONDS = 0.5
ACTOR = "system:paper-exchange"


class DeskWork:
    """The paper exchange, what it said that is not booked yet, and what is done with both."""

    def __init__(self) -> None:
        self.exchange = PaperExchange()
        self._sending = Sending(exchange=self.exchange)
        self.unbooked: list[ExecutionReport] = []  # never older than the turn before
        self.watched: frozenset[str] = frozenset()
        self._traded: frozenset[str] = frozenset()

    def recover(self) -> None:
        """
        Bring the exchange back to what the database says, as after any start.

        Orders whose time is over end first of all. The others that it had acknowledged rest again;
        those it never saw are judged again and submitted; cancels it never answered are answered.
        """
        self.exchange = self._sending.exchange = PaperExchange()
        # What was not booked nobody has seen: the exchange starts again from what was.
        self.unbooked = []
        open_orders = load.list_open_orders()
        self._trade([*load.list_held_symbols(), *(order.symbol for order in open_orders)])
        self._sending.judge_again([order for order in open_orders if not is_acknowledged(order)])
        for order in open_orders:
            if order.status is OrdStatus.PENDING_CANCEL:
                self._note(self.exchange.cancel(order_id=order.id, ts_event=now_ns()))
            elif is_acknowledged(order):
                self._note(self._sending.restore(order))
            else:
                self._note(self._sending.submit(order))
        self._watch()
        self.book()

    def place(self, waiting: Sequence[Waiting]) -> None:
        """Judge and record the orders, answer, then send them to the exchange."""
        commands = [one.command for one in waiting if isinstance(one.command, PlaceOrder)]
        placed = self._place(commands)
        outcomes = placed.outcomes
        answers = [
            view_of(order=outcome, command=command) if isinstance(outcome, OrderState) else outcome
            for command, outcome in zip(commands, outcomes, strict=True)
        ]
        answer(waiting, answers)
        accepted = [outcome for outcome in outcomes if isinstance(outcome, OrderState)]
        self._trade(order.symbol for order in accepted)
        for order in accepted:
            rules = placed.rules[order.account_id, order.symbol]
            self._note(self._sending.submit(order, quote_age_max_ms=rules.quote_age_ms.value))
        self._watch()

    def _place(self, commands: Sequence[PlaceOrder]) -> Placed:
        try:
            placed = place_orders(
                commands=commands, now=utc_now(), reports=self.unbooked, actor=ACTOR
            )
        except CONNECTION_LOST:
            raise  # whether it is booked the database will say
        except Exception:
            self.book()  # whatever is wrong with the orders
            raise
        self.unbooked = []
        self._say_refused(placed.refused)
        return placed

    def cancel(self, waiting: Sequence[Waiting]) -> None:
        """Record the requests, take the orders out of the exchange, record that, answer."""
        self.book()
        commands = [one.command for one in waiting if isinstance(one.command, CancelOrder)]
        outcomes = request_cancels(commands=commands, now=utc_now())
        for order in {id(one): one for one in outcomes if isinstance(one, OrderState)}.values():
            if order.status is OrdStatus.PENDING_CANCEL:
                self._note(self.exchange.cancel(order_id=order.id, ts_event=now_ns()))
        self._watch()
        self.book()
        answer(waiting, outcomes)

    def expire(self, waiting: Sequence[Waiting]) -> None:
        """End the orders whose time is over; answer with how many."""
        self.book()
        now = max(one.command.now for one in waiting if isinstance(one.command, ExpireOrders))
        due = load.list_due_orders(now=now)
        for order in due:
            self._note(
                self.exchange.cancel(
                    order_id=order.id, ts_event=to_ns(now), exec_type=ExecType.EXPIRED
                )
            )
        self._watch()
        self.book()
        answer(waiting, [len(due)] * len(waiting))

    def ticks(self, ticks: Sequence[Tick | TradingStatus]) -> None:
        if ticks:
            self._note(self._sending.ticks(ticks))
            self._watch()

    def _note(self, reports: Iterable[ExecutionReport]) -> None:
        self.unbooked += reports

    def _watch(self) -> None:
        watched = frozenset(
            symbol for symbol, market in self.exchange.markets.items() if market.orders
        )
        if watched != self.watched:
            self.watched = watched
            # What an order rests for may show for a moment only.
            marketdata.need_each_quote(who="desk", symbols=watched)

    def _trade(self, symbols: Iterable[str]) -> None:
        """Have what is or may be held followed, as long as the desk runs."""
        traded = self._traded.union(symbols)
        if traded != self._traded:
            self._traded = traded
            marketdata.need_prices(who=Need.TRADING, symbols=traded)

    def book(self) -> None:
        """
        Book what the exchange says.

        Tried again if the database fails, since a report that was booked after all is known by its
        ``exec_id``; in the end the desk stops rather than differ.
        """
        if not self.unbooked:
            return
        for tries_left in reversed(range(APPLY_TRIES)):
            try:
                applied = apply_reports(reports=self.unbooked, now=utc_now(), actor=ACTOR)
            except Exception as error:
                connections.close_all()
                if tries_left == 0:
                    raise NotBooked(f"{type(error).__name__}: {error}") from error
                log.exception("reports were not booked; trying again", tries_left=tries_left)
                time.sleep(APPLY_PAUSE_SECONDS)
            else:
                self.unbooked = []
                self._say_refused(applied.refused)
                return

    def _say_refused(self, refused: Refused) -> None:
        for report, error in refused:
            log.error("a report was refused", report=report, error=error.message)
