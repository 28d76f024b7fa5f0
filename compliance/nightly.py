"""
The night's verification: asked for as a row, done once, picked up again after a crash.

It proves the records and every row that they tell, and checks the invariants of the books.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

import structlog
from django.conf import settings

from compliance.contracts import FinishedRun, RunOutcome, VerificationReport
from compliance.models import VerificationRun
from compliance.verify import verify
from oms import interface as oms
from oms.contracts import BooksReport
from trading.eventlog.models import Event
from trading.infra.database import sql
from trading.kernel.clock import new_york_date, utc_now

_log = structlog.get_logger(__name__)

_MORNING = timedelta(hours=12)  # a night belongs to the day before it, until noon
_BREAKS_KEPT = 20
_HOUR = timedelta(hours=2)  # after midnight: when the schedule asks for it
_LOCK = 0x6F70656E62656C6C  # "openbell" in ASCII; no other part of the platform takes this one


def run_nightly(*, now: datetime) -> FinishedRun | None:
    business_date = new_york_date(now - _MORNING)
    VerificationRun.objects.get_or_create(
        business_date=business_date, defaults={"requested_at": now}
    )
    return _run(business_date)


def catch_up(*, now: datetime) -> list[FinishedRun]:
    last_night = new_york_date(now - _HOUR) - timedelta(days=1)
    if _began_by(last_night):
        # Each verification reads all records, so one makes good however many nights were missed.
        VerificationRun.objects.get_or_create(
            business_date=last_night, defaults={"requested_at": now}
        )
    return _resume_unfinished()


def _began_by(business_date: date) -> bool:
    first = Event.objects.order_by("id").values_list("recorded_at", flat=True).first()
    return first is not None and new_york_date(first) <= business_date


def _resume_unfinished() -> list[FinishedRun]:
    unfinished = (
        VerificationRun.objects.filter(finished_at__isnull=True)
        .order_by("business_date")
        .values_list("business_date", flat=True)
    )
    finished = [_run(business_date) for business_date in unfinished]
    return [run for run in finished if run is not None]


def _run(business_date: date) -> FinishedRun | None:
    """Verify and store the outcome, unless that is done; None if another process is at it."""
    with _alone() as is_alone:
        if not is_alone:
            return None
        run = VerificationRun.objects.get(business_date=business_date)
        if run.finished_at is None:
            run.started_at = utc_now()
            run.save(update_fields=["started_at"])
            report = verify(stream=None, path=settings.RECORDS_EXPECTATION)
            _finish(run, report, oms.check_books())
    assert run.records is not None
    return FinishedRun(
        business_date=business_date,
        outcome=RunOutcome(run.outcome),
        records=run.records,
        detail=run.detail,
    )


def _finish(run: VerificationRun, report: VerificationReport, books: BooksReport) -> None:
    run.finished_at = utc_now()
    run.outcome = report.outcome
    if books.breaks and report.outcome is RunOutcome.CLEAN:
        run.outcome = RunOutcome.UNBALANCED
    run.records, run.rows = report.records, report.rows
    run.problems, run.breaks = report.problems, len(books.breaks)
    run.detail = "\n".join([*map(str, report.bad), *books.breaks[:_BREAKS_KEPT]])
    run.save(
        update_fields=[
            "finished_at", "outcome", "records", "rows", "problems", "breaks", "detail",
        ]
    )  # fmt: skip
    if report.first_bad is not None:
        first_bad = str(report.first_bad)
        _log.critical("records_tampered", first_bad=first_bad, problems=report.problems)
    if books.breaks:
        _log.critical("books_unbalanced", first_break=books.breaks[0], breaks=len(books.breaks))


@contextmanager
def _alone() -> Iterator[bool]:
    """
    Hold the one lock of all verifications while the block runs; yield whether it was free.

    The database gives it back when its connection ends, so a killed process leaves none behind. A
    row lock would do the same but number the transaction, and readers of the log would wait for it.
    """
    row = sql("SELECT pg_try_advisory_lock(%s)", [_LOCK]).fetchone()
    assert row is not None
    (is_alone,) = row
    try:
        yield is_alone
    finally:
        if is_alone:
            sql("SELECT pg_advisory_unlock(%s)", [_LOCK])
