"""
Apply execution reports: the one door through which a market changes an order and the books.

Invariants: a known report changes nothing; cash, position, lots, journal, reservation and events
move in one commit; a report that cannot be booked stands alone: it is suspended by name and stops
no other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from oms import locks
from oms.contracts import ExecutionReport
from oms.domain import posting
from oms.domain.booking import Booked, apply_report
from oms.domain.lots import Lot
from oms.domain.reports import ExecIdReused, Terms, UnsoundReport, terms_of
from oms.domain.state import OrderState, WorkingSet
from oms.events import (
    CancelRequested,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    order_stream,
)
from oms.operations.suspend import ask_known, is_recorded, suspend, suspension
from oms.repository import load, save
from trading.eventlog.record import NewEvent, ask_ledger, record, record_in
from trading.infra.database import CONNECTION_LOST, Later, pipeline
from trading.infra.transactions import transaction
from trading.kernel.clock import from_ns, new_york_date
from trading.kernel.errors import TradingError
from trading.kernel.events import Fact
from trading.kernel.fix import ExecType
from trading.kernel.identifiers import new_id

log = structlog.get_logger(__name__)

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """What reports may touch beside accounts and positions, and what of them is known already."""

    orders: dict[UUID, OrderState]
    lots: dict[tuple[UUID, UUID], list[Lot]]
    known: dict[str, set[Terms]]


def apply_reports(*, reports: Sequence[ExecutionReport], now: datetime, actor: str) -> Applied:
    """
    Apply these reports in the order given, in one transaction.

    If the database refuses the batch, each is applied in its own, and the one that it refuses
    alone is suspended. Only a lost connection is raised: then nobody knows what was booked.
    """
    try:
        return _apply_together(reports, now=now, actor=actor)
    except CONNECTION_LOST:
        raise
    except Exception as error:
        log.exception("a batch of reports failed", reports=len(reports))
        if len(reports) == 1:
            return _suspend_alone(reports[0], error, now=now, actor=actor)
    applied = Applied(orders={}, refused=())
    for report in reports:
        one = apply_reports(reports=[report], now=now, actor=actor)
        applied = Applied(
            orders=applied.orders | one.orders, refused=(*applied.refused, *one.refused)
        )
    return applied


def _apply_together(reports: Sequence[ExecutionReport], *, now: datetime, actor: str) -> Applied:
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
            reports=reports, known=found.known, books=books, changes=changes, now=now, actor=actor
        )
        with pipeline(commits=True):
            save.save(changes=changes, now=now)
            record_in(ledger(), events)
    return Applied(orders=changes.orders, refused=refused)


def _suspend_alone(
    report: ExecutionReport, error: Exception, *, now: datetime, actor: str
) -> Applied:
    """Suspend a report that cannot even be tried: the database refuses what it would change."""
    refusal = UnsoundReport(f"{type(error).__name__}: {error}")
    changes = save.Changes()
    fact = suspend(report=report, error=refusal, books=None, changes=changes)
    with transaction():
        save.save(changes=changes, now=now)
        record([suspension(fact=fact, now=now, actor=actor)])
    return Applied(orders={}, refused=((report, refusal),))


def order_ids_of(reports: Sequence[ExecutionReport]) -> set[UUID]:
    return {report.order_id for report in reports}


def ask_reported(*, reports: Sequence[ExecutionReport]) -> Later[Reported]:
    """Lock the orders, whose accounts are locked already, and read them, in a pipeline."""
    ids = order_ids_of(reports)
    locks.lock_orders(ids=ids)
    orders = load.ask_orders(ids=ids)
    lots = load.ask_lots_of(order_ids=ids)
    known = ask_known(exec_ids=[report.exec_id for report in reports])
    return lambda: Reported(orders=orders(), lots=lots(), known=known())


def book(
    *,
    reports: Sequence[ExecutionReport],
    known: dict[str, set[Terms]],
    books: WorkingSet,
    changes: save.Changes,
    now: datetime,
    actor: str,
) -> tuple[list[NewEvent], Refused]:
    """
    Apply the reports to the working copies; return what is to be recorded, and the refused.

    What cannot be booked is suspended in the same commit, so that none is lost and none stops
    another. A report that is known already changes nothing.
    """
    events: list[NewEvent] = []
    refused: list[tuple[ExecutionReport, TradingError]] = []
    for report in reports:
        terms = terms_of(report)
        heard = known.setdefault(terms.exec_id, set())
        if terms in heard:
            continue
        try:
            if heard:
                raise ExecIdReused(f"{terms.exec_id} was used before, for something else")
            event = apply_one(report=report, books=books, changes=changes, actor=actor)
        except TradingError as error:
            if report.exec_type is not ExecType.TRADE and is_recorded(terms=terms):
                continue  # said again; the order has moved on
            heard.add(terms)
            refused.append((report, error))
            suspended = suspend(report=report, error=error, books=books, changes=changes)
            events.append(suspension(fact=suspended, now=now, actor=actor))
            continue
        if report.exec_type is ExecType.TRADE:
            heard.add(terms)
        events.append(event)
    return events, tuple(refused)


def apply_one(
    *, report: ExecutionReport, books: WorkingSet, changes: save.Changes, actor: str
) -> NewEvent:
    """
    Apply one report to the working copies; return the event that is to be recorded.

    :raises TradingError: if it cannot be booked; then nothing has changed
    """
    return NewEvent(
        stream=order_stream(report.order_id),
        fact=_apply(report, books, changes),
        ts_event=report.ts_event,
        actor=actor,
        correlation_id=str(report.order_id),
    )


def _apply(report: ExecutionReport, books: WorkingSet, changes: save.Changes) -> Fact:
    if report.order_id not in books.orders:
        raise UnknownOrder(f"no order {report.order_id}", order_id=report.order_id)
    order = books.orders[report.order_id]
    key = (order.account_id, order.instrument_id)
    booked = apply_report(report=report, books=books, lot_id=new_id())
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
