"""
Walking the event log record by record: is everything there, and as it was written?

A record is checked against its own hash, against the record before it, and a stream's end against
its head. Whoever rewrites a record, every record after it and the head leaves no trace here: the
expectation outside the database (``expected.py``) finds that.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from compliance.contracts import BadRecord, Problem
from compliance.domain.findings import Findings
from trading.eventlog.codec import GENESIS, Record, hash_record

EVENT_TABLE = "eventlog_event"
HEAD_TABLE = "eventlog_streamhead"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRecord:
    """A row of the log and the hash that stands beside it."""

    record: Record
    hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where a stream says that it ends."""

    seq: int
    hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRow:
    """A record beside its stream's head; either may be absent."""

    stream: str
    stored: StoredRecord | None
    head: Head | None


@dataclass(slots=True)
class Walked:
    """How much was read."""

    records: int = 0
    streams: int = 0


def walk(rows: Iterable[LogRow], findings: Findings) -> Walked:
    """Check rows that come ordered by stream and seq. Keeps one stream's end in memory."""
    walked = Walked()
    for name, rows_of_stream in groupby(rows, key=attrgetter("stream")):
        stream = _Stream(name)
        for bad in stream.problems(rows_of_stream):
            findings.add(bad)
        walked.records += stream.records
        walked.streams += 1
    return walked


class _Stream:
    """One stream on the way from its first record to its head."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.records = 0
        self.next_seq = 1
        self.last: StoredRecord | None = None  # None too when the last one cannot be trusted

    def problems(self, rows: Iterable[LogRow]) -> Iterator[BadRecord]:
        head: Head | None = None
        for row in rows:
            head = row.head
            if row.stored is not None:
                self.records += 1
                yield from self._visit(row.stored)
        yield from self._end(head)

    def _visit(self, stored: StoredRecord) -> Iterator[BadRecord]:
        record = stored.record
        if hash_record(record) != stored.hash:
            yield self._bad(Problem.HASH_MISMATCH, seq=record.seq, row_id=record.id)
            # Its number may be what was changed; if it is the next one, take it at its word.
            if record.seq == self.next_seq:
                self.next_seq += 1
            self.last = None
            return
        if record.seq < self.next_seq:
            yield self._bad(Problem.OUT_OF_ORDER, seq=record.seq, row_id=record.id)
            return
        if record.seq > self.next_seq:
            yield self._bad(Problem.MISSING, seq=self.next_seq, row_id=None)
        elif record.seq == 1 and record.prev_hash != GENESIS:
            yield self._bad(Problem.CHAIN_BROKEN, seq=1, row_id=record.id)
        elif self.last is not None and record.prev_hash != self.last.hash:
            # This one carries what it was chained to, so it is the one before that was replaced.
            before = self.last.record
            yield self._bad(Problem.CHAIN_BROKEN, seq=before.seq, row_id=before.id)
        self.next_seq, self.last = record.seq + 1, stored

    def _end(self, head: Head | None) -> Iterator[BadRecord]:
        last_seq = self.next_seq - 1
        if head is not None and head.seq > last_seq:
            yield self._bad(Problem.MISSING, seq=self.next_seq, row_id=None)
            return
        agrees = head is not None and (
            head.seq == last_seq and (self.last is None or head.hash == self.last.hash)
        )
        if not agrees:
            yield self._bad(Problem.HEAD_MISMATCH, seq=last_seq, row_id=None, table=HEAD_TABLE)

    def _bad(
        self, problem: Problem, *, seq: int, row_id: int | None, table: str = EVENT_TABLE
    ) -> BadRecord:
        return BadRecord(table=table, id=row_id, stream=self.name, seq=seq, problem=problem)
