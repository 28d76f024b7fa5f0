"""
Say what becomes of a suspended report: it is booked after all, or dismissed with a reason.

Both are recorded with who said so, and done once.
"""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from oms import locks
from oms.contracts import ExecutionReport
from oms.domain.reports import ExecIdReused
from oms.domain.state import WorkingSet
from oms.events import SuspenseResolved, suspense_stream
from oms.models import SuspendedReport, SuspenseResolution
from oms.operations.apply_reports import UnknownOrder, apply_one, ask_reported
from oms.operations.staff import require_reason
from oms.repository import load, save
from trading.eventlog.record import NewEvent, record
from trading.infra.database import ask
from trading.infra.transactions import transaction
from trading.kernel.clock import to_ns
from trading.kernel.errors import TradingError
from trading.kernel.fix import ExecType
from trading.kernel.quantities import Price, Qty

BOOKED = "BOOKED"
DISMISSED = "DISMISSED"

# Two decisions on one report wait for each other. The row itself cannot be locked: that takes the
# right to update it, which the application does not have on records that are written once.
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


class NotSuspended(TradingError):
    """There is no such suspended report, or it is resolved already. Look again."""

    code = "NOT_SUSPENDED"


class CannotBook(TradingError):
    """The report cannot be booked as it is, whatever has changed. Dismiss it or ask the market."""

    code = "CANNOT_BOOK"


def dismiss_suspended(
    *, suspense_id: UUID, actor: str, reason: str, now: datetime, request_id: str = ""
) -> None:
    """
    Say that a suspended report is not booked.

    :raises ReasonRequired: if the reason is blank
    :raises NotSuspended: if it is resolved already
    """
    require_reason(reason, purpose="the report is dismissed")
    with transaction():
        row = _open_row(suspense_id)
        record([_resolved(row, DISMISSED, actor=actor, reason=reason, now=now, request=request_id)])


def book_suspended(
    *, suspense_id: UUID, actor: str, reason: str, now: datetime, request_id: str = ""
) -> None:
    """
    Book a suspended report now that the books can take it.

    :raises ReasonRequired: if the reason is blank
    :raises NotSuspended: if it is resolved already
    :raises CannotBook: if its ``exec_id`` is booked already or its numbers are none
    :raises TradingError: the reason for which the books still cannot take it
    """
    require_reason(reason, purpose="the report is booked")
    with transaction():
        row = _open_row(suspense_id)
        report = _report_of(row)
        accounts = locks.ask_accounts(order_ids=[report.order_id])()
        found = ask_reported(reports=[report])()
        if report.order_id not in found.orders:
            raise UnknownOrder(f"no order {report.order_id}", order_id=report.order_id)
        if row.code == ExecIdReused.code:
            raise CannotBook(f"{row.exec_id} is booked already, with other terms")
        positions = load.ask_positions(order_ids=[report.order_id])()
        books = WorkingSet(
            accounts=accounts, positions=positions, orders=found.orders, lots=found.lots
        )
        changes = save.Changes()
        event = apply_one(report=report, books=books, changes=changes, actor=actor)
        save.save(changes=changes, now=now)
        resolved = _resolved(row, BOOKED, actor=actor, reason=reason, now=now, request=request_id)
        record([event, resolved])


def _open_row(suspense_id: UUID) -> SuspendedReport:
    ask(_LOCK, [f"suspense:{suspense_id}"])
    row = SuspendedReport.objects.filter(id=suspense_id).first()
    if row is None or SuspenseResolution.objects.filter(suspended_id=suspense_id).exists():
        raise NotSuspended("the report is not in suspense any more", suspense_id=suspense_id)
    return row


def _report_of(row: SuspendedReport) -> ExecutionReport:
    try:
        return ExecutionReport(
            order_id=row.order_id,
            exec_id=row.exec_id,
            exec_type=ExecType(row.exec_type),
            ts_event=int(row.ts_event),
            last_qty=Qty(Decimal(row.last_qty)) if row.last_qty else None,
            last_px=Price(Decimal(row.last_px)) if row.last_px else None,
            text=row.text,
        )
    except (ValueError, ArithmeticError) as error:
        raise CannotBook(f"its numbers are none: {error}") from None


def _resolved(
    row: SuspendedReport, outcome: str, *, actor: str, reason: str, now: datetime, request: str
) -> NewEvent:
    """Write what became of a report; return the event of it."""
    SuspenseResolution.objects.create(
        suspended=row, outcome=outcome, reason=reason, resolved_by=actor, resolved_at=now
    )
    return NewEvent(
        stream=suspense_stream(row.id),
        fact=SuspenseResolved(suspense_id=row.id, outcome=outcome, reason=reason),
        ts_event=to_ns(now),
        actor=actor,
        request_id=request,
    )
