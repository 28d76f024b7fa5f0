"""The night's verification happens once a day, also when the lights go out in the middle of it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from unittest.mock import patch

import psycopg
import pytest
from django.db import connection

from compliance import nightly
from compliance.contracts import RunOutcome
from compliance.interface import (
    catch_up_on_verification,
    do_due_verifications,
    extend_expectation,
    request_verification,
    verification_state,
    verify_records_nightly,
)
from compliance.models import VerificationRun
from compliance.tasks import verify_records_nightly as task
from oms.contracts import BooksReport
from tests.compliance.builders import tamper, write_three_streams
from trading.infra.database import sql
from trading.kernel.clock import NEW_YORK, new_york_date, utc_now

pytestmark = pytest.mark.django_db

NIGHT = datetime(2026, 11, 21, 1, 30, tzinfo=UTC)  # still the 20th in New York
BUSINESS_DATE = date(2026, 11, 20)


class LightsOut(Exception):
    """Stands for a crash."""


def run_of_the_night() -> VerificationRun:
    return VerificationRun.objects.get(business_date=BUSINESS_DATE)


def test_a_clean_night_is_stored() -> None:
    write_three_streams()
    finished = verify_records_nightly(now=NIGHT)
    assert finished is not None
    assert (finished.business_date, finished.outcome) == (BUSINESS_DATE, RunOutcome.CLEAN)
    run = run_of_the_night()
    assert (run.outcome, run.records, run.detail) == ("CLEAN", 15, "")
    assert run.requested_at == NIGHT
    assert run.started_at is not None and run.finished_at is not None


def test_a_night_counts_rows_and_checks_the_books() -> None:
    verify_records_nightly(now=NIGHT)
    run = run_of_the_night()
    assert (run.rows, run.problems, run.breaks) == (8, 0, 0)  # the limits of the installation


def test_books_that_do_not_balance_are_told_apart_from_records_that_are_not_intact() -> None:
    books = BooksReport(accounts=1, orders=0, executions=0, breaks=("not so: x",), notes=())
    with patch("oms.interface.check_books", return_value=books):
        finished = verify_records_nightly(now=NIGHT)
    assert finished is not None and finished.outcome is RunOutcome.UNBALANCED
    run = run_of_the_night()
    assert (run.outcome, run.breaks, run.detail) == ("UNBALANCED", 1, "not so: x")


def test_a_log_that_is_not_as_expected_is_a_tampered_night(expectation: Path) -> None:
    write_three_streams()
    extend_expectation(now=NIGHT)
    tamper("DELETE FROM eventlog_event")
    sql("DELETE FROM eventlog_streamhead")
    verify_records_nightly(now=NIGHT)
    run = run_of_the_night()
    assert run.outcome == "TAMPERED"
    assert "the log has 0" in run.detail


def test_a_tampered_night_names_the_record() -> None:
    event_id = write_three_streams()[3]
    tamper("UPDATE eventlog_event SET actor = 'user:bob' WHERE id = %s", [event_id])
    verify_records_nightly(now=NIGHT)
    run = run_of_the_night()
    assert run.outcome == "TAMPERED"
    assert f"id {event_id}, stream account:a, seq 4" in run.detail


@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 11, 20, 17, 0, tzinfo=UTC),  # noon in New York
        datetime(2026, 11, 21, 4, 59, tzinfo=UTC),
        datetime(2026, 11, 21, 7, 0, tzinfo=UTC),  # two in the morning
        datetime(2026, 11, 21, 16, 59, tzinfo=UTC),
    ],
)
def test_a_night_belongs_to_the_day_before_it(now: datetime) -> None:
    verify_records_nightly(now=now)
    assert run_of_the_night().requested_at == now


def test_a_second_call_does_nothing_and_gives_the_same_answer() -> None:
    first = verify_records_nightly(now=NIGHT)
    with patch.object(nightly, "verify", side_effect=LightsOut):
        assert verify_records_nightly(now=NIGHT) == first
    assert VerificationRun.objects.count() == 1


def test_a_crash_before_the_work_leaves_the_intent() -> None:
    with patch.object(nightly, "_run", side_effect=LightsOut), pytest.raises(LightsOut):
        verify_records_nightly(now=NIGHT)
    assert run_of_the_night().started_at is None
    (finished,) = catch_up_on_verification(now=NIGHT)
    assert finished.outcome is RunOutcome.CLEAN


def test_a_crash_in_the_middle_is_resumed() -> None:
    write_three_streams()
    with patch.object(nightly, "verify", side_effect=LightsOut), pytest.raises(LightsOut):
        verify_records_nightly(now=NIGHT)
    run = run_of_the_night()
    assert run.started_at is not None and run.finished_at is None and run.outcome == ""
    (finished,) = catch_up_on_verification(now=NIGHT)
    assert (finished.business_date, finished.records) == (BUSINESS_DATE, 15)
    assert run_of_the_night().finished_at is not None


def test_nothing_is_resumed_when_all_is_done() -> None:
    verify_records_nightly(now=NIGHT)
    assert catch_up_on_verification(now=NIGHT) == []


@pytest.mark.parametrize(
    ("start", "made_good"),
    [
        (timedelta(), None),  # the day of the first records: its night is still to come
        (timedelta(days=1, hours=-1), None),
        (timedelta(days=1, hours=3), timedelta()),  # three in the morning, an hour late
        (timedelta(days=1, hours=14), timedelta()),
        (timedelta(days=5, hours=1), timedelta(days=3)),  # the fifth night is still to come
        (timedelta(days=5, hours=9), timedelta(days=4)),
    ],
)
def test_last_night_is_made_good_if_nobody_was_up_at_its_hour(
    start: timedelta, made_good: timedelta | None
) -> None:
    write_three_streams()
    first_day = new_york_date(utc_now())
    midnight = datetime.combine(first_day, time(), tzinfo=NEW_YORK)
    finished = catch_up_on_verification(now=midnight + start)
    expected = [] if made_good is None else [(first_day + made_good, RunOutcome.CLEAN, 15)]
    assert [(run.business_date, run.outcome, run.records) for run in finished] == expected
    assert catch_up_on_verification(now=midnight + start) == []


def test_the_task_does_tonight_and_bears_unknown_arguments() -> None:
    task(a_later_version_sends="this")
    assert VerificationRun.objects.get().outcome == "CLEAN"


@pytest.fixture
def other_pid() -> Iterator[int]:
    """The server's id of a second connection that holds the lock, as another process would."""
    settings = connection.settings_dict
    with psycopg.connect(
        host=settings["HOST"],
        port=settings["PORT"],
        dbname=settings["NAME"],
        user=settings["USER"],
        password=settings["PASSWORD"],
        autocommit=True,
    ) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [nightly._LOCK])
        yield other.info.backend_pid


def test_two_processes_do_not_verify_at_once(other_pid: int) -> None:
    assert verify_records_nightly(now=NIGHT) is None
    assert run_of_the_night().started_at is None
    assert catch_up_on_verification(now=NIGHT) == []
    sql("SELECT pg_terminate_backend(%s, 10000)", [other_pid])  # returns once it is gone
    (finished,) = catch_up_on_verification(now=NIGHT)
    assert finished.outcome is RunOutcome.CLEAN


def test_a_night_waits_for_another_verification_and_is_done_then(other_pid: int) -> None:
    assert verify_records_nightly(now=NIGHT) is None
    assert do_due_verifications(now=utc_now()) == []
    sql("SELECT pg_terminate_backend(%s, 10000)", [other_pid])
    (finished,) = do_due_verifications(now=utc_now())
    assert (finished.business_date, finished.outcome) == (BUSINESS_DATE, RunOutcome.CLEAN)
    assert do_due_verifications(now=utc_now()) == []


def test_a_night_that_failed_is_tried_again_after_an_hour() -> None:
    with patch.object(nightly, "verify", side_effect=LightsOut), pytest.raises(LightsOut):
        verify_records_nightly(now=NIGHT)
    begun = run_of_the_night().started_at
    assert begun is not None
    assert do_due_verifications(now=begun + timedelta(minutes=59)) == []
    (finished,) = do_due_verifications(now=begun + timedelta(minutes=61))
    assert finished.business_date == BUSINESS_DATE
    assert run_of_the_night().detail == ""


def test_what_somebody_asked_for_and_failed_is_told_and_not_tried_by_itself() -> None:
    asked = request_verification(actor="user:olga", now=NIGHT)
    with patch.object(nightly, "verify", side_effect=LightsOut), pytest.raises(LightsOut):
        do_due_verifications(now=NIGHT)
    assert do_due_verifications(now=utc_now() + timedelta(days=1)) == []
    state = verification_state()
    assert (state.last, state.pending) == (None, None)
    assert state.failed is not None and state.failed.id == asked
    assert "LightsOut" in state.failed.detail
    assert request_verification(actor="user:olga", now=NIGHT) != asked
    do_due_verifications(now=utc_now())
    assert verification_state().failed is None


def test_a_verification_that_was_broken_off_without_a_word_is_taken_up() -> None:
    """The database went away in the middle of it, and nobody could write down why."""
    asked = request_verification(actor="user:olga", now=NIGHT)
    begun = utc_now()
    VerificationRun.objects.filter(pk=asked).update(started_at=begun)
    assert do_due_verifications(now=begun + timedelta(minutes=4)) == []
    (finished,) = do_due_verifications(now=begun + timedelta(minutes=6))
    assert finished.outcome is RunOutcome.CLEAN
