"""DOOR. What compliance found."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum, unique


@unique
class Problem(StrEnum):
    """What can be wrong with a record, in the words that people read."""

    HASH_MISMATCH = "hash mismatch: its content is not what was recorded"
    MISSING = "missing: the stream goes on, or ends later, than its records do"
    OUT_OF_ORDER = "out of order: its number is taken or too low"
    CHAIN_BROKEN = "chain broken: it is not the record that its neighbour was chained to"
    HEAD_MISMATCH = "head mismatch: the stream's head and its last record do not agree"


@unique
class RunOutcome(StrEnum):
    CLEAN = "CLEAN"
    TAMPERED = "TAMPERED"


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRecord:
    """Where the log is not what was written. ``id`` is None when no row is there to have one."""

    table: str
    id: int | None
    stream: str
    seq: int
    problem: Problem

    def __str__(self) -> str:
        row = "no id" if self.id is None else f"id {self.id}"
        return f"table {self.table}, {row}, stream {self.stream}, seq {self.seq}: {self.problem}"


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationReport:
    """
    The outcome of reading the whole log, or one stream of it.

    ``first_bad`` is a record whose content was changed if there is one, since a changed record also
    leaves a hole where it used to be; else the first place where the chain does not hold.
    """

    records: int
    streams: int
    problems: int
    first_bad: BadRecord | None

    @property
    def outcome(self) -> RunOutcome:
        return RunOutcome.CLEAN if self.first_bad is None else RunOutcome.TAMPERED


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedRun:
    """A night's verification, done."""

    business_date: date
    outcome: RunOutcome
    records: int
    detail: str
