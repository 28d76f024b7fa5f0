"""
What a turn of the desk does with the database and the paper exchange.

Orders go risk-checked into the database, commit, then to the paper exchange; what the exchange
answers is booked at once, or with the orders that wait already, in the same commit. Nothing is sent
before its order is safe on disk, so a crash between the two loses nothing: the order is open and
goes to the exchange at the next start. Starting and recovering are the same code path.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from uuid import UUID

import structlog

from marketdata import interface as marketdata
from marketdata.contracts import Need, Tick, TradingStatus
from oms.contracts import CancelOrder, ExecutionReport, PlaceOrder
from oms.desk.commands import ExpireOrders, Waiting, answer
from oms.desk.held import HeldAccounts
from oms.desk.sending import Sending
from oms.domain.state import OrderState
from oms.operations.apply_reports import Refused, apply_reports
from oms.operations.cancel import request_cancels
from oms.operations.place import Placed, place_orders, view_of
from oms.paper.exchange import PaperExchange, is_acknowledged
from oms.repository import load
from risk import interface as risk
from trading.eventlog.record import take_turn
from trading.infra.database import CONNECTION_LOST, LOCK_HELD, pipeline
from trading.infra.transactions import rehearsal
from trading.kernel.clock import now_ns, to_ns, utc_now
from trading.kernel.fix import ExecType, OrdStatus

log = structlog.get_logger(__name__)

ACTOR = "system:paper-exchange"


class DeskWork:
    """The paper exchange, what it said that is not booked yet, and what is done with both."""

    def __init__(self) -> None:
        self.exchange = PaperExchange()
        self._sending = Sending(exchange=self.exchange)
        self.unbooked: list[ExecutionReport] = []  # never older than the turn before
        self.watched: frozenset[str] = frozenset()
        self._traded: frozenset[str] = frozenset()
        # Orders that were taken out of the exchange since nothing can be done for them, with the
        # reason: open in the database until a person, or the next start, has mended the cause.
        self.parked: dict[UUID, str] = {}
        self.held = HeldAccounts()
        # Where the exchange failed half-way: its orders there are put back from the database.
        self._broken = self._sending.broken
        # Orders that are not taken up by themselves once more: they were, or the books refused what
        # the exchange said of them.
        self._disputed: set[UUID] = set()

    def recover(self) -> None:
        """
        Bring a new exchange to what the database says, as after any start.

        Orders whose time is over end first of all. The others that it had acknowledged rest again;
        those it never saw are judged again and submitted; cancels it never answered are answered.
        """
        # What was not booked nobody has seen: the exchange starts again from what was.
        self.exchange = self._sending.exchange = self.exchange.successor()
        self.unbooked = []
        self.parked = {}
        self.held = HeldAccounts()
        self._broken.clear()
        self._disputed = set()
        self.rehearse()
        open_orders = load.list_open_orders()
        self._trade([*load.list_held_symbols(), *(order.symbol for order in open_orders)])
        self._judge_again([order for order in open_orders if not is_acknowledged(order)])
        for order in open_orders:
            self._take_up(order)
        self._watch()
        self.book()

    def rehearse(self) -> None:
        """
        Read and lock, as an order does, what every order needs: the limits and the log's turn.

        :raises LockNotAvailable: if another session keeps one of them; then nothing can be recorded
        """
        with rehearsal(), pipeline():
            risk.ask_rules(pairs=(), at=utc_now())
            take_turn()

    def _judge_again(self, orders: Sequence[OrderState]) -> None:
        try:
            self._sending.judge_again(orders)
        except CONNECTION_LOST:
            raise
        except Exception:
            # One of them is the cause: each is judged alone as it is sent, and fails alone.
            log.exception("orders were not judged together", orders=len(orders))

    def _take_up(self, order: OrderState) -> None:
        """Bring an open order to where the database says that it stands."""
        if order.status is OrdStatus.PENDING_CANCEL:
            self._note(self.exchange.cancel(order_id=order.id, ts_event=now_ns()))
        elif is_acknowledged(order):
            self._note(self._sending.restore(order))
        else:
            self._submit(order)

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
            if order.symbol not in self._broken:  # else it goes there with all that is put back
                rules = placed.rules[order.account_id, order.symbol]
                self._submit(order, quote_age_max_ms=rules.quote_age_ms.value)
        self._watch()
        self._mend()

    def _place(self, commands: Sequence[PlaceOrder]) -> Placed:
        self.unbooked = self.held.keep(self.unbooked)
        try:
            placed = place_orders(
                commands=commands, now=utc_now(), reports=self.unbooked, actor=ACTOR
            )
        except CONNECTION_LOST:
            raise  # whether it is booked the database will say, once the session is recovered
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
        due = [order for order in load.list_due_orders(now=now) if self._is_free(order)]
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
        """Show ticks to the exchange. One that it cannot read is told and passed over."""
        if ticks:
            self._note(self._sending.ticks(ticks))
            self._watch()
            self._mend()

    def _submit(self, order: OrderState, *, quote_age_max_ms: Decimal | None = None) -> None:
        """Send an order; if the exchange cannot take it in it is rejected, alone and by name."""
        try:
            self._note(self._sending.submit(order, quote_age_max_ms=quote_age_max_ms))
        except CONNECTION_LOST:
            raise
        except Exception as error:
            log.exception("an order was not taken in", order_id=order.id)
            self._broken.add(order.symbol)
            text = f"the paper market could not take it in: {type(error).__name__}"
            self._note(self.exchange.reject(order_id=order.id, ts_event=now_ns(), text=text))

    def _mend(self) -> None:
        """Put the orders of a symbol back where the exchange failed, as the database has them."""
        if not self._broken:
            return
        self.book()
        broken = set(self._broken)
        self._broken.clear()
        for symbol in broken:
            self.exchange.forget(symbol=symbol)
        for order in load.list_open_orders():
            if order.symbol in broken and order.id not in self.parked and self._is_free(order):
                self._take_up(order)
        self._watch()
        self.book()

    def take_up_unworked(self) -> int:
        """
        Find orders that no part works, take them up and return how many there were.

        Either they are open in the database and the exchange does not know them, or the exchange
        has them and the database says that they have ended. An order that is found a second time,
        or that the two do not agree on, is parked. Of an account that was held and is free again
        the switches are looked at first, and its orders here the next time.
        """
        self.rehearse()
        self.book()
        open_orders = {order.id: order for order in load.list_open_orders()}
        self.parked = {one: why for one, why in self.parked.items() if one in open_orders}
        ended = self.exchange.symbol_of.keys() - open_orders.keys()
        unworked = {one: order for one, order in open_orders.items() if self._is_free(order)}
        for known in (*self.exchange.symbol_of, *self.parked):
            unworked.pop(known, None)
        for order_id in ended:
            log.error("the exchange had an order that has ended", order_id=order_id)
            self.exchange.cancel(order_id=order_id, ts_event=now_ns())
        for order in unworked.values():
            if order.id in self._disputed:
                self.park(order_id=order.id, reason="the exchange and the books do not agree on it")
                continue
            log.error("no part worked an open order", order_id=order.id, status=order.status)
            self._disputed.add(order.id)
            self._take_up(order)
        if ended or unworked:
            self._watch()
            self.book()
        self._mend()
        self.unbooked += self.held.let_go()
        self.book()
        return len(ended) + len(unworked)

    def _is_free(self, order: OrderState) -> bool:
        """Tell whether an order's account is free: of a held one not all is booked."""
        return order.account_id not in self.held.ids

    def look_who_is_held(self, account_ids: Iterable[UUID | None] = ()) -> bool:
        """Tell whether one of these accounts, or of those that reports are of, is newly held."""
        before = self.held.ids
        self.unbooked = self.held.look(account_ids=filter(None, account_ids), reports=self.unbooked)
        return self.held.ids != before

    def withdraw(self, *, order_id: UUID) -> None:
        """Take the order of a held account out of the market; its cancel is recorded later."""
        if order_id in self.exchange.symbol_of:
            log.error("an order is withdrawn: its account is held", order_id=order_id)
            self.exchange.cancel(order_id=order_id, ts_event=now_ns())

    def park(self, *, order_id: UUID, reason: str) -> None:
        """Keep an order from trading until the next start: nothing can be recorded of it."""
        log.error("an order is parked", order_id=order_id, reason=reason)
        self.parked[order_id] = reason
        self.exchange.cancel(order_id=order_id, ts_event=now_ns())

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

        If the database went away it is not tried again: what was committed only the recovery can
        tell. If an order's reports fail otherwise, that order alone is parked.
        """
        self.unbooked = self.held.keep(self.unbooked)
        if not self.unbooked:
            return
        try:
            self._apply(self.unbooked)
        except LOCK_HELD:
            if not self.look_who_is_held():
                raise  # it is no account that is held
            self.book()
        except CONNECTION_LOST:
            raise
        except Exception:
            log.exception("reports were not booked together", reports=len(self.unbooked))
            self._book_by_order()
        self.unbooked = []

    def _book_by_order(self) -> None:
        by_order: defaultdict[UUID, list[ExecutionReport]] = defaultdict(list)
        for report in self.unbooked:
            by_order[report.order_id].append(report)
        for order_id, reports in by_order.items():
            try:
                self._apply(reports)
            except CONNECTION_LOST:
                raise
            except Exception as error:
                log.exception("an order's reports were not booked", reports=reports)
                self.park(order_id=order_id, reason=f"not booked: {type(error).__name__}: {error}")

    def _apply(self, reports: Sequence[ExecutionReport]) -> None:
        applied = apply_reports(reports=reports, now=utc_now(), actor=ACTOR)
        self._say_refused(applied.refused)

    def _say_refused(self, refused: Refused) -> None:
        for report, error in refused:
            self._disputed.add(report.order_id)
            log.error("a report was refused", report=report, error=error.message)
