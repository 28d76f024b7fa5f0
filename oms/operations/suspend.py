"""Suspend what a market reports and the books cannot take: kept as it came, and recorded."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from oms.contracts import ExecutionReport
from oms.domain.reports import Terms, stored_text, terms_of, trimmed
from oms.domain.state import WorkingSet
from oms.events import ReportSuspended, order_stream, suspense_stream
from oms.repository import save
from trading.eventlog.codec import member
from trading.eventlog.record import NewEvent
from trading.infra.database import Later, ask
from trading.kernel.clock import to_ns
from trading.kernel.errors import TradingError
from trading.kernel.identifiers import new_id

# What is known of these exec_ids: what was booked, and what could not be.
_KNOWN: Final = """
SELECT exec_id, order_id, 'TRADE', last_qty::text, last_px::text FROM oms_execution
WHERE exec_id = ANY(%s)
UNION ALL
SELECT exec_id, order_id, exec_type, last_qty, last_px FROM oms_suspendedreport
WHERE exec_id = ANY(%s)
"""

_IS_RECORDED: Final = """
SELECT 1 FROM eventlog_event
WHERE stream = %s AND position(%s in payload) > 0 LIMIT 1
"""


def ask_known(*, exec_ids: Sequence[str]) -> Later[dict[str, set[Terms]]]:
    """Read what was booked or suspended under these exec_ids before, in a pipeline."""
    wanted = [stored_text(exec_id) for exec_id in exec_ids]
    rows = ask(_KNOWN, [wanted, wanted])
    return lambda: _known(rows)


def _known(rows: Iterable[Sequence[Any]]) -> dict[str, set[Terms]]:
    known: dict[str, set[Terms]] = {}
    for exec_id, order_id, exec_type, last_qty, last_px in rows:
        terms = Terms(
            exec_id=exec_id,
            order_id=order_id,
            exec_type=exec_type,
            last_qty=trimmed(last_qty),
            last_px=trimmed(last_px),
        )
        known.setdefault(exec_id, set()).add(terms)
    return known


def is_recorded(*, terms: Terms) -> bool:
    """Tell whether the order's stream holds this report already."""
    told = member("exec_id", terms.exec_id)
    return ask(_IS_RECORDED, [order_stream(terms.order_id), told]).fetchone() is not None


def suspend(
    *,
    report: ExecutionReport,
    error: TradingError,
    books: WorkingSet | None,
    changes: save.Changes,
) -> ReportSuspended:
    """Note that a report could not be booked; return the fact of it."""
    terms = terms_of(report)
    order = None if books is None else books.orders.get(report.order_id)
    row = save.NewSuspended(
        id=new_id(),
        terms=terms,
        account_id=None if order is None else order.account_id,
        ts_event=str(report.ts_event),
        text=stored_text(report.text),
        code=error.code,
        reason=stored_text(error.message),
    )
    changes.suspended.append(row)
    return ReportSuspended(
        suspense_id=row.id,
        exec_id=terms.exec_id,
        order_id=terms.order_id,
        account_id=row.account_id,
        exec_type=terms.exec_type,
        last_qty=terms.last_qty,
        last_px=terms.last_px,
        reported_ts_event=row.ts_event,
        text=row.text,
        code=row.code,
        reason=row.reason,
    )


def suspension(*, fact: ReportSuspended, now: datetime, actor: str) -> NewEvent:
    """Return the event of a suspended report."""
    # A stream of its own, which nobody else can write yet, so that there is none to lock.
    return NewEvent(
        stream=suspense_stream(fact.suspense_id),
        fact=fact,
        ts_event=to_ns(now),
        actor=actor,
        correlation_id=str(fact.order_id),
    )
