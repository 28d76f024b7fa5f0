"""DOOR. Prove that the records are what was written. Nothing here can delay an order."""

from datetime import datetime

from compliance import nightly, verify
from compliance.contracts import FinishedRun, VerificationReport
from compliance.verify import StreamNotFound

__all__ = [
    "StreamNotFound",
    "catch_up_on_verification",
    "verify_records",
    "verify_records_nightly",
]


def verify_records(*, stream: str | None = None) -> VerificationReport:
    """
    Recompute the hash of every record, or of one stream's, and follow the chains to their heads.

    Reads the log as it is at one instant, whoever is writing, in constant memory.

    :raises StreamNotFound: if ``stream`` is given and was never written to
    """
    return verify.verify(stream=stream)


def verify_records_nightly(*, now: datetime) -> FinishedRun | None:
    """
    Verify the records for the New York day that the night of ``now`` belongs to.

    Until noon that is the day before. The outcome is stored. Safe to call again: a day is
    verified once. None if another process is verifying.
    """
    return nightly.run_nightly(now=now)


def catch_up_on_verification(*, now: datetime) -> list[FinishedRun]:
    """
    Finish what a crash left unfinished, and make good last night if nobody was up at its hour.

    Call it when the platform starts.
    """
    return nightly.catch_up(now=now)
