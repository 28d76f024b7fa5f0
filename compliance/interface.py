"""DOOR. Prove that the records are what was written. Nothing here can delay an order."""

from datetime import datetime
from pathlib import Path

from django.conf import settings

from compliance import expectation as expecting, nightly, verify
from compliance.contracts import Extension, FinishedRun, RecordsState, VerificationReport
from compliance.expectation import ExpectationDamaged, LogShorterThanExpected
from compliance.verify import StreamNotFound

__all__ = [
    "ExpectationDamaged",
    "LogShorterThanExpected",
    "StreamNotFound",
    "catch_up_on_verification",
    "do_due_verifications",
    "extend_expectation",
    "request_verification",
    "verification_state",
    "verify_records",
    "verify_records_nightly",
]


def verify_records(
    *, stream: str | None = None, expectation: Path | None = None
) -> VerificationReport:
    """
    Recompute the hash of every record, follow the chains to their heads, compare the rows.

    Every row that events tell is compared with them, both ways. With ``expectation``, the file of
    what is expected of the log, the whole log is compared with it too; if all is well the file is
    extended, or begun if there is none. Reads the log as it is at one instant, whoever is writing,
    in constant memory. With ``stream`` only that stream and its rows are read.

    :raises StreamNotFound: if ``stream`` is given and was never written to
    """
    return verify.verify(stream=stream, path=expectation)


def extend_expectation(*, now: datetime) -> Extension:
    """
    Add what was recorded since to the file of what is expected of the log; say what became of it.

    :raises LogShorterThanExpected: if the log ends before what is expected
    :raises ExpectationDamaged: if the file's end cannot be read
    """
    return expecting.extend(path=settings.RECORDS_EXPECTATION, now=now)


def verify_records_nightly(*, now: datetime) -> FinishedRun | None:
    """
    Verify the records for the New York day that the night of ``now`` belongs to.

    Until noon that is the day before. The outcome is stored. Safe to call again: a day is
    verified once. None while another verification is on: it waits for that one, and
    ``do_due_verifications`` does it then.
    """
    return nightly.run_nightly(now=now)


def request_verification(*, actor: str, now: datetime) -> int:
    """
    Ask for a verification of all records and of the books; return its number.

    It waits for the background worker. If one waits already, that one is returned.
    """
    return nightly.ask_for(actor=actor, now=now)


def do_due_verifications(*, now: datetime) -> list[FinishedRun]:
    """
    Do the verifications that wait; try again what was broken off, and a night's that failed.

    They are tried again after a pause, and nothing is done while another verification is on. One
    that cannot be done raises why, which stands in ``verification_state`` then.
    """
    return nightly.run_due(now=now)


def verification_state() -> RecordsState:
    """Return the last verification that ended, one that is to come, and one that failed since."""
    return nightly.state()


def catch_up_on_verification(*, now: datetime) -> list[FinishedRun]:
    """
    Finish what a crash left unfinished, and make good last night if nobody was up at its hour.

    Call it when the platform starts.
    """
    return nightly.catch_up(now=now)
