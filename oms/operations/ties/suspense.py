"""Suspended reports and what became of them, as the events of ``suspense:<id>`` tell them."""

from typing import Final

from oms.events import SUSPENSE_STREAMS, ReportSuspended, SuspenseResolved
from trading.eventlog.ties import Tie, TiedEvent, TiedTable, Told
from trading.kernel.clock import from_ns

_REPORT: Final = "oms_suspendedreport"
_RESOLUTION: Final = "oms_suspenseresolution"

_REPORTS = """
SELECT 'suspense:' || id AS stream, id::text AS key, exec_id, order_id, account_id, exec_type,
       last_qty, last_px, ts_event, text, code, reason, suspended_at
FROM oms_suspendedreport
"""

_RESOLUTIONS = """
SELECT 'suspense:' || suspended_id AS stream, suspended_id::text AS key, outcome, reason,
       resolved_by, resolved_at
FROM oms_suspenseresolution
"""


def _suspended(told: Told, event: TiedEvent) -> None:
    fact = dict(event.fact)
    told.put(
        _REPORT,
        fact.pop("suspense_id"),
        **fact,
        ts_event=fact["reported_ts_event"],
        suspended_at=from_ns(event.ts_event),
    )


def _resolved(told: Told, event: TiedEvent) -> None:
    fact = event.fact
    told.put(
        _RESOLUTION,
        fact["suspense_id"],
        outcome=fact["outcome"],
        reason=fact["reason"],
        resolved_by=event.actor,
        resolved_at=from_ns(event.ts_event),
    )


SUSPENSE = Tie(
    prefix=SUSPENSE_STREAMS,
    tables=(
        TiedTable(name=_REPORT, query=_REPORTS),
        TiedTable(name=_RESOLUTION, query=_RESOLUTIONS),
    ),
    facts={ReportSuspended.type: _suspended, SuspenseResolved.type: _resolved},
)
