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
from oms.domain import posting
from oms.domain.booking import Booked, apply_report
from oms.domain.lots import Lot
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
from trading.eventlog.record import NewEvent, ask_ledger, record_in
from trading.infra.database import Later, ask, pipeline
from trading.infra.transactions import transaction
from trading.kernel.clock import from_ns, new_york_date
from trading.kernel.errors import TradingError
from trading.kernel.events import Fact
from trading.kernel.fix import ExecType
from trading.kernel.identifiers import new_id

AnyState = OrderState | AccountState | PositionState
Refused = tuple[tuple[ExecutionReport, TradingError], ...]

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
    refused: Refused


_KNOWN_EXECUTIONS = "SELECT exec_id FROM oms_execution WHERE exec_id = ANY(%s)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """What reports may touch beside accounts and positions, and what of them is known already."""

    orders: dict[UUID, OrderState]
    lots: dict[tuple[UUID, UUID], list[Lot]]
    known: set[str]


def apply_reports(*, reports: Sequence[ExecutionReport], now: datetime, actor: str) -> Applied:
    """Apply these reports in the order given, in one transaction."""
    ids = order_ids_of(reports)
    with transaction():
        with pipeline():
            accounts = locks.ask_accounts(order_ids=ids)
            reported = ask_reported(reports=reports)
            positions = load.ask_positions(order_ids=ids)
            ledger = ask_ledger(streams=map(order_stream, ids), events=len(reports))
        found = reported()
        books = WorkingSet(
            accounts=accounts(), positions=positions(), orders=found.orders, lots=found.lots
        )
        changes = save.Changes()
        events, refused = book(
            reports=reports, known=found.known, books=books, changes=changes, actor=actor
        )
        with pipeline(commits=True):
            save.save(changes=changes, now=now)
            record_in(ledger(), events)
    return Applied(orders=changes.orders, refused=refused)


def order_ids_of(reports: Sequence[ExecutionReport]) -> set[UUID]:
    return {report.order_id for report in reports}


def ask_reported(*, reports: Sequence[ExecutionReport]) -> Later[Reported]:
    """Lock the orders, whose accounts are locked already, and read them, in a pipeline."""
    ids = order_ids_of(reports)
    locks.lock_orders(ids=ids)
    orders = load.ask_orders(ids=ids)
    lots = load.ask_lots_of(order_ids=ids)
    known = ask(_KNOWN_EXECUTIONS, [[report.exec_id for report in reports]])
    return lambda: Reported(orders=orders(), lots=lots(), known={row[0] for row in known})


def book(
    *,
    reports: Sequence[ExecutionReport],
    known: set[str],
    books: WorkingSet,
    changes: save.Changes,
    actor: str,
) -> tuple[list[NewEvent], Refused]:
    """Apply the reports to the working copies; return what is to be recorded, and the refused."""
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
    return events, tuple(refused)


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
        cost_closed=posting.cost_closed(booked.postings),
        entry_id=execution.entry_id,
        position_qty=books.positions[key].qty,
    )


def _execution(report: ExecutionReport, order: OrderState, booked: Booked) -> save.NewExecution:
    assert report.last_qty is not None
    assert report.last_px is not None
    executed_at = from_ns(report.ts_event)
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
        description=posting.describe_trade(
            side=order.side, qty=report.last_qty, symbol=order.symbol, px=report.last_px
        ),
    )
