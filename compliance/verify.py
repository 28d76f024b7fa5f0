"""Reading the whole event log, a little at a time, and checking it and every row that it tells."""

from collections.abc import Iterator
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection

from compliance import expectation
from compliance.contracts import Expected, Extension, RunOutcome, VerificationReport
from compliance.domain import expected
from compliance.domain.chain import Head, LogRow, StoredRecord, walk
from compliance.domain.expected import Line
from compliance.domain.findings import Findings
from compliance.domain.tied import TiedRows
from compliance.expectation import Stretch
from compliance.guards import find_unguarded
from compliance.models import VerificationRun
from compliance.ties import TIES, read_rows
from trading.eventlog.codec import Record
from trading.infra.transactions import snapshot
from trading.kernel.clock import utc_now
from trading.kernel.errors import TradingError

_ROWS_AT_ONCE = 1_000

# One statement, so records and heads are of the same instant while others write. Times that no
# honest clock gives are cut to ones that Python can hold; their hash does not match either way.
_LOG = """
SELECT coalesce(event.stream, head.stream) COLLATE "C" AS stream,
       event.id, event.seq, event.type, event.version, event.ts_event,
       least(greatest(event.recorded_at, '0002-01-01Z'::timestamptz), '9998-01-01Z'::timestamptz),
       event.actor, event.request_id, event.correlation_id, event.xid, event.payload,
       event.prev_hash, event.hash, head.seq, head.hash
FROM eventlog_event AS event
FULL JOIN eventlog_streamhead AS head ON head.stream = event.stream
WHERE %(stream)s::text IS NULL OR coalesce(event.stream, head.stream) = %(stream)s::text
ORDER BY 1, event.seq, event.id
"""


class StreamNotFound(TradingError):
    """Nothing was ever recorded under this name. Ask for another."""

    code = "STREAM_NOT_FOUND"


def verify(*, stream: str | None, path: Path | None) -> VerificationReport:
    """
    Check the log and the rows that it tells, or one stream of both.

    The whole log is also compared with the file of what is expected of it at ``path``; if all is
    well, the file is extended, or begun if there is none.
    """
    findings = Findings()
    # Before the log is read: what the running platform adds meanwhile is of later records.
    stretch = expectation.look(path) if path is not None and stream is None else None
    with snapshot():
        tied = TiedRows(
            ties=[tie for tie in TIES if stream is None or stream.startswith(tie.prefix)],
            open_rows=partial(read_rows, stream=stream),
            findings=findings,
            whole=stream is None,
        )
        walked = walk(tied.watch(_read_log(stream=stream)), findings)
        last = None if stretch is None else _compare(stretch, findings)
        if stream is None:
            for unguarded in find_unguarded():
                findings.add(unguarded)
    if stream is not None and walked.streams == 0:
        raise StreamNotFound(f"there is no stream {stream}", stream=stream)
    return VerificationReport(
        records=walked.records,
        streams=walked.streams,
        rows=tied.rows,
        adopted=tied.adopted,
        problems=findings.problems,
        bad=findings.bad(),
        expected=None if stretch is None else _extend(stretch, last, findings),
    )


class _Seen:
    """Notes the first and the last line as they pass by."""

    def __init__(self) -> None:
        self.first: Line | None = None
        self.last: Line | None = None

    def pass_on(self, lines: Iterator[Line]) -> Iterator[Line]:
        for line in lines:
            self.first, self.last = self.first or line, line
            yield line


def _compare(stretch: Stretch, findings: Findings) -> _Seen:
    seen = _Seen()
    lines = seen.pass_on(stretch.lines(findings))
    bad = expected.compare(lines, expectation.read_links())
    if bad is not None:
        findings.add(bad)
    return seen


def _extend(stretch: Stretch, seen: _Seen | None, findings: Findings) -> Expected:
    """Say how far the file reached; add what is new to it, unless something is wrong."""
    is_new = findings.problems == 0 and (
        expectation.extend(path=stretch.path, now=utc_now()) is Extension.BEGUN
    )
    first = None if seen is None else seen.first
    last = None if seen is None else seen.last
    return Expected(
        path=stretch.path,
        since=None if first is None else first.at,
        records=0 if last is None else last.records,
        last_id=0 if last is None else last.last_id,
        is_new=is_new,
        verified_before=_verified_before(stretch.path, None if first is None else first.at),
    )


def _verified_before(path: Path, since: datetime | None) -> date | None:
    """Return the last night that was verified against an earlier file in this one's place."""
    if path != settings.RECORDS_EXPECTATION:
        return None
    runs = VerificationRun.objects.filter(outcome=RunOutcome.CLEAN)
    if since is not None:
        runs = runs.filter(finished_at__lt=since)
    return runs.order_by("business_date").values_list("business_date", flat=True).last()


def _read_log(*, stream: str | None) -> Iterator[LogRow]:
    """Read through a cursor that stays on the server: memory does not grow with the log."""
    with psycopg.ServerCursor(connection.connection, "verify_records") as cursor:
        cursor.itersize = _ROWS_AT_ONCE
        for row in cursor.execute(_LOG, {"stream": stream}):
            yield _log_row(row)


def _log_row(row: tuple[Any, ...]) -> LogRow:
    stream, event_id, *_, head_seq, head_hash = row
    return LogRow(
        stream=stream,
        stored=None if event_id is None else _stored(row),
        head=None if head_seq is None else Head(seq=head_seq, hash=bytes(head_hash)),
    )


def _stored(row: tuple[Any, ...]) -> StoredRecord:
    return StoredRecord(
        record=Record(
            stream=row[0],
            id=row[1],
            seq=row[2],
            type=row[3],
            version=row[4],
            ts_event=row[5],
            recorded_at=row[6],
            actor=row[7],
            request_id=row[8],
            correlation_id=row[9],
            xid=row[10],
            payload=bytes(row[11]),
            prev_hash=bytes(row[12]),
        ),
        hash=bytes(row[13]),
    )
