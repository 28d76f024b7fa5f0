"""DOOR. What compliance found."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum, unique
from pathlib import Path


@unique
class Problem(StrEnum):
    """What can be wrong with a record or a row, in the words that people read."""

    HASH_MISMATCH = "hash mismatch: its content is not what was recorded"
    MISSING = "missing: the stream goes on, or ends later, than its records do"
    OUT_OF_ORDER = "out of order: its number is taken or too low"
    CHAIN_BROKEN = "chain broken: it is not the record that its neighbour was chained to"
    HEAD_MISMATCH = "head mismatch: the stream's head and its last record do not agree"
    FACT_UNREADABLE = "unreadable: it does not hold what its kind of fact always holds"
    ROW_DIFFERS = "row changed: it is not what its events tell"
    ROW_UNTOLD = "row without an event: nothing recorded made it"
    ROW_MISSING = "row missing: its events tell of it"
    UNEXPECTED = "unexpected: the log is not the one that was expected outside the database"
    UNGUARDED = "unguarded: its rows are written once, and nothing refuses to change them"
    EXPECTATION_DAMAGED = "expectation damaged: its file cannot be read"


@unique
class RunOutcome(StrEnum):
    CLEAN = "CLEAN"
    TAMPERED = "TAMPERED"
    UNBALANCED = "UNBALANCED"


@unique
class Extension(StrEnum):
    """What became of the file of what is expected of the log when it was to be extended."""

    BEGUN = "BEGUN"
    EXTENDED = "EXTENDED"
    UNCHANGED = "UNCHANGED"


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRecord:
    """
    Where the log, or a row that it tells of, is not what was written.

    ``id`` is the event's number or the row's key, None when no row is there to have one; ``detail``
    says more where there is more to say. What concerns the log as a whole has no ``stream``.
    """

    table: str
    id: int | str | None
    stream: str
    seq: int
    problem: Problem
    detail: str = ""

    def __str__(self) -> str:
        row = "no id" if self.id is None else f"id {self.id}"
        where = [f"table {self.table}", row]
        if self.stream:
            where.append(f"stream {self.stream}")
        if self.stream and self.seq:
            where.append(f"seq {self.seq}")
        said = f"{', '.join(where)}: {self.problem}"
        return f"{said}: {self.detail}" if self.detail else said


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """
    What the file outside the database expects of the log, and how far that reaches.

    ``since`` is when the file was begun; ``records`` and ``last_id`` are of its last line, before
    this verification wrote its own. ``is_new``: there was no file, and this verification began it.
    ``verified_before`` is a night whose records were found intact before the file was begun, so
    that an earlier file is missing; None if there is no such night.
    """

    path: Path
    since: datetime | None
    records: int
    last_id: int
    is_new: bool
    verified_before: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationReport:
    """
    The outcome of reading the whole log, or one stream of it, and the rows that it tells of.

    ``first_bad`` is a record whose content was changed if there is one, since a changed record also
    leaves a hole where it used to be; else the first place where the chain does not hold; else the
    first row that is not what its events tell; else where the log is not as expected. ``bad`` holds
    it and some of the others. ``adopted`` counts rows that are older than the facts that would
    tell them: they were recorded as they were found, and nothing proves them before that.
    """

    records: int
    streams: int
    rows: int
    adopted: int
    problems: int
    bad: tuple[BadRecord, ...]
    expected: Expected | None

    @property
    def first_bad(self) -> BadRecord | None:
        return self.bad[0] if self.bad else None

    @property
    def outcome(self) -> RunOutcome:
        return RunOutcome.TAMPERED if self.bad else RunOutcome.CLEAN


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationState:
    """
    A verification as it stands. ``requested_by`` is empty for the schedule's.

    ``outcome`` and ``finished_at`` are None until it is done, ``detail`` says what it found, or why
    it could not be done.
    """

    id: int
    requested_by: str
    requested_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    outcome: RunOutcome | None
    records: int | None
    rows: int | None
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsState:
    """
    What is known of the records.

    ``last`` is the last verification that ended, ``pending`` the newest that waits or is at work,
    ``failed`` the newest that could not be finished, if none has ended since it was begun.
    """

    last: VerificationState | None
    pending: VerificationState | None
    failed: VerificationState | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedRun:
    """A verification, done. ``business_date`` is the day whose night it was asked for in."""

    business_date: date
    outcome: RunOutcome
    records: int
    detail: str
