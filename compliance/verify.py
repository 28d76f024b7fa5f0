"""Reading the whole event log, a little at a time, and checking every record of it."""

from collections.abc import Iterator
from typing import Any

import psycopg
from django.db import connection

from compliance.contracts import VerificationReport
from compliance.domain.chain import Head, LogRow, StoredRecord, walk
from trading.eventlog.codec import Record
from trading.infra.transactions import transaction
from trading.kernel.errors import TradingError

_ROWS_AT_ONCE = 1_000

# One statement, so records and heads are of the same instant while others write. It writes nothing
# itself: its transaction has no number, and readers of the log do not wait for it. Times that no
# honest clock gives are cut to ones that Python can hold; their hash does not match either way.
_LOG = """
SELECT coalesce(event.stream, head.stream) AS stream,
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


def verify(*, stream: str | None) -> VerificationReport:
    with transaction():
        report = walk(_read_log(stream=stream))
    if stream is not None and report.streams == 0:
        raise StreamNotFound(f"there is no stream {stream}", stream=stream)
    return report


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
