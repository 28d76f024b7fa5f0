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
    "do_requested_verifications",
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
    verified once. None if another process is verifying.
    """
    return nightly.run_nightly(now=now)


def request_verification(*, actor: str, now: datetime) -> int:
    """
    Ask for a verification of all records and of the books; return its number.

    It waits for the background worker. If one waits already, that one is returned.
    """
    return nightly.ask_for(actor=actor, now=now)


def do_requested_verifications() -> list[FinishedRun]:
    """Do the verifications that somebody asked for and nobody has begun."""
    return nightly.run_asked_for()


def verification_state() -> RecordsState:
    """Return the last verification that ended, and one that was asked for and has not."""
    return nightly.state()


def catch_up_on_verification(*, now: datetime) -> list[FinishedRun]:
    """
    Finish what a crash left unfinished, and make good last night if nobody was up at its hour.

    Call it when the platform starts.
    """
    return nightly.catch_up(now=now)
