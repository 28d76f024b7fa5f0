"""
Apply execution reports: the one door through which a market changes an order and the books.

Invariants: a known ``exec_id`` changes nothing; cash, position, lots, journal, reservation and
events move in one commit; a report that cannot be applied stops alone and is returned by name.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from oms import locks
from oms.contracts import ExecutionReport
from oms.domain.booking import Booked, apply_report
from oms.domain.state import AccountState, OrderState, PositionState, WorkingSet
from oms.events import (
    CancelRequested,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    order_stream,
)
from oms.repository import load, save
from trading.eventlog.record import Ledger, NewEvent, ask_ledger, record_in
from trading.infra.database import pipeline, sql
from trading.infra.transactions import transaction
from trading.kernel.clock import from_ns, new_york_date
from trading.kernel.errors import TradingError
from trading.kernel.events import Fact
from trading.kernel.fix import ExecType, Side
from trading.kernel.identifiers import new_id
from trading.kernel.quantities import plain

AnyState = OrderState | AccountState | PositionState

_FACTS = {
    ExecType.NEW: OrderAccepted,
    ExecType.CANCELED: OrderCanceled,
    ExecType.EXPIRED: OrderExpired,
    ExecType.REJECTED: OrderRejected,
    ExecType.PENDING_CANCEL: CancelRequested,
}


class UnknownOrder(TradingError):
    """A report names an order that we do not have. Stop and look."""

    code = "UNKNOWN_ORDER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """The orders that moved, and the reports that could not be applied with the reason."""

    orders: dict[UUID, OrderState]
    refused: tuple[tuple[ExecutionReport, TradingError], ...]


_KNOWN_EXECUTIONS = "SELECT exec_id FROM oms_execution WHERE exec_id = ANY(%s)"


def apply_reports(*, reports: Sequence[ExecutionReport], now: datetime, actor: str) -> Applied:
    """Apply these reports in the order given, in one transaction."""
    with transaction():
        books, known, ledger = _load(reports)
        changes = save.Changes()
        events: list[NewEvent] = []
        refused: list[tuple[ExecutionReport, TradingError]] = []
        for report in reports:
            if report.exec_id in known:
                continue
            if report.exec_type is ExecType.TRADE:
                known.add(report.exec_id)
            try:
                fact = _apply(report, books, changes)
            except TradingError as error:
                refused.append((report, error))
                continue
            events.append(
                NewEvent(
                    stream=order_stream(report.order_id),
                    fact=fact,
                    ts_event=report.ts_event,
                    actor=actor,
                    correlation_id=str(report.order_id),
                )
            )
        with pipeline(commits=True):
            save.save(changes=changes, now=now)
            record_in(ledger, events)
    return Applied(orders=changes.orders, refused=tuple(refused))


def _load(reports: Sequence[ExecutionReport]) -> tuple[WorkingSet, set[str], Ledger]:
    """Lock the accounts, then the orders, and load what the reports may touch: one round trip."""
    ids = {report.order_id for report in reports}
    with pipeline():
        accounts = locks.ask_accounts_of(order_ids=ids)
        locks.lock_orders(ids=ids)
        orders = load.ask_orders(ids=ids)
        positions = load.ask_positions_of(order_ids=ids)
        lots = load.ask_lots_of(order_ids=ids)
        known = sql(_KNOWN_EXECUTIONS, [[report.exec_id for report in reports]])
        ledger = ask_ledger(streams=[order_stream(one) for one in ids], events=len(reports))
    books = WorkingSet(accounts=accounts(), positions=positions(), orders=orders(), lots=lots())
    return books, {row[0] for row in known}, ledger()


def _apply(report: ExecutionReport, books: WorkingSet, changes: save.Changes) -> Fact:
    if report.order_id not in books.orders:
        raise UnknownOrder(f"no order {report.order_id}", order_id=report.order_id)
    order = books.orders[report.order_id]
    key = (order.account_id, order.instrument_id)
    touched: list[AnyState] = [order, books.accounts[order.account_id]]
    if key in books.positions:
        touched.append(books.positions[key])
    before = [replace(state) for state in touched]
    try:
        booked = apply_report(report=report, books=books, lot_id=new_id())
    except TradingError:
        # The refused report leaves no trace. The working copies are put back in place, since an
        # earlier report of the batch may have noted them as changed already.
        for state, was in zip(touched, before, strict=True):
            for column in fields(state):
                setattr(state, column.name, getattr(was, column.name))
        raise
    changes.touch(books=books, order=order)
    common: dict[str, Any] = {
        "order_id": order.id,
        "account_id": order.account_id,
        "exec_id": report.exec_id,
        "status": order.status,
        "cum_qty": order.fill.cum_qty,
        "leaves_qty": order.fill.leaves_qty,
        "text": report.text,
    }
    if booked is None:
        return _FACTS[report.exec_type](**common)
    execution = _execution(report, order, booked)
    changes.executions.append(execution)
    return OrderFilled(
        **common,
        symbol=order.symbol,
        side=order.side,
        last_qty=execution.last_qty,
        last_px=execution.last_px,
        amount=booked.amount,
        entry_id=execution.entry_id,
        position_qty=books.positions[key].qty,
    )


def _execution(report: ExecutionReport, order: OrderState, booked: Booked) -> save.NewExecution:
    assert report.last_qty is not None
    assert report.last_px is not None
    executed_at = from_ns(report.ts_event)
    verb = "Bought" if order.side is Side.BUY else "Sold"
    return save.NewExecution(
        exec_id=report.exec_id,
        order=order,
        booked=booked,
        entry_id=new_id(),
        last_qty=report.last_qty,
        last_px=report.last_px,
        ts_event=report.ts_event,
        executed_at=executed_at,
        trade_date=new_york_date(executed_at),
        description=f"{verb} {plain(report.last_qty)} {order.symbol} at {plain(report.last_px)}",
    )
