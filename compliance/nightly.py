"""
A verification, the night's or somebody's: asked for as a row, done once, picked up after a crash.

It proves the records and every row that they tell, and checks the invariants of the books.
"""

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

import structlog
from django.conf import settings
from django.db.models import Q, QuerySet

from compliance.contracts import (
    FinishedRun,
    RecordsState,
    RunOutcome,
    VerificationReport,
    VerificationState,
)
from compliance.models import VerificationRun
from compliance.verify import verify
from oms import interface as oms
from oms.contracts import BooksReport
from trading.eventlog.models import Event
from trading.infra.database import CONNECTION_LOST, sql
from trading.kernel.clock import new_york_date, utc_now

_log = structlog.get_logger(__name__)

_MORNING = timedelta(hours=12)  # a night belongs to the day before it, until noon
_BREAKS_KEPT = 20
_HOUR = timedelta(hours=2)  # after midnight: when the schedule asks for it
# Each try reads the whole log. One that was broken off left no reason: the database went away.
_RETRY_FAILED, _RETRY_BROKEN_OFF = timedelta(hours=1), timedelta(minutes=5)
_LOCK = 0x6F70656E62656C6C  # "openbell" in ASCII; no other part of the platform takes this one


def run_nightly(*, now: datetime) -> FinishedRun | None:
    business_date = new_york_date(now - _MORNING)
    run, _ = VerificationRun.objects.get_or_create(
        business_date=business_date, requested_by="", defaults={"requested_at": now}
    )
    return _run(run.pk)


def ask_for(*, actor: str, now: datetime) -> int:
    waiting = VerificationRun.objects.filter(started_at=None).exclude(requested_by="").first()
    if waiting is not None:
        return waiting.pk  # it will read all that is recorded by then
    made = VerificationRun.objects.create(
        business_date=new_york_date(now), requested_by=actor, requested_at=now
    )
    return made.pk


def run_due(*, now: datetime) -> list[FinishedRun]:
    """
    Do what waits, and try again what was broken off and a night that failed, each after a pause.

    What somebody asked for and failed is not tried by itself: it was told, and they ask again.
    """
    waits = Q(started_at=None)
    # One that is at work is among these too; then the lock is not free.
    broken_off = Q(detail="", started_at__lt=now - _RETRY_BROKEN_OFF)
    failed_night = Q(requested_by="", started_at__lt=now - _RETRY_FAILED)
    return _run_all(_unfinished().filter(waits | broken_off | failed_night))


def catch_up(*, now: datetime) -> list[FinishedRun]:
    last_night = new_york_date(now - _HOUR) - timedelta(days=1)
    if _began_by(last_night):
        # Each verification reads all records, so one makes good however many nights were missed.
        VerificationRun.objects.get_or_create(
            business_date=last_night, requested_by="", defaults={"requested_at": now}
        )
    return _run_all(_unfinished())


def state() -> RecordsState:
    finished = VerificationRun.objects.filter(finished_at__isnull=False)
    last = finished.order_by("-finished_at", "-pk").first()
    failed = _unfinished().exclude(detail="")
    if last is not None:
        failed = failed.filter(started_at__gt=last.finished_at)
    return RecordsState(
        last=_state(last),
        pending=_state(_unfinished().filter(detail="").order_by("-pk").first()),
        failed=_state(failed.order_by("-started_at", "-pk").first()),
    )


def _state(run: VerificationRun | None) -> VerificationState | None:
    if run is None:
        return None
    return VerificationState(
        id=run.pk,
        requested_by=run.requested_by,
        requested_at=run.requested_at,
        started_at=run.started_at,
        finished_at=run.finished_at,
        outcome=RunOutcome(run.outcome) if run.outcome else None,
        records=run.records,
        rows=run.rows,
        detail=run.detail,
    )


def _began_by(business_date: date) -> bool:
    first = Event.objects.order_by("id").values_list("recorded_at", flat=True).first()
    return first is not None and new_york_date(first) <= business_date


def _unfinished() -> "QuerySet[VerificationRun]":
    """Those that wait, are at work or were broken off have no ``detail``; a failed one says why."""
    return VerificationRun.objects.filter(finished_at__isnull=True)


def _run_all(runs: "QuerySet[VerificationRun]") -> list[FinishedRun]:
    ids = runs.order_by("business_date", "pk").values_list("pk", flat=True)
    finished = [_run(run_id) for run_id in ids]
    return [run for run in finished if run is not None]


def _run(run_id: int) -> FinishedRun | None:
    """Verify and store the outcome, unless that is done; None if another process is at it."""
    with _alone() as is_alone:
        if not is_alone:
            return None
        run = VerificationRun.objects.get(pk=run_id)
        if run.finished_at is None:
            run.started_at, run.detail = utc_now(), ""
            run.save(update_fields=["started_at", "detail"])
            try:
                report = verify(stream=None, path=settings.RECORDS_EXPECTATION)
                _finish(run, report, oms.check_books())
            except Exception as error:
                run.detail = f"it could not be finished: {type(error).__name__}: {error}"
                _log.error("verification_failed", run=run.pk, error=run.detail)
                with contextlib.suppress(*CONNECTION_LOST):
                    run.save(update_fields=["detail"])
                raise
    assert run.records is not None
    return FinishedRun(
        business_date=run.business_date,
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
