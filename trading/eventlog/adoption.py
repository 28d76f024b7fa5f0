"""
Recording rows that are older than the facts that tell them.

The migration that brings in the fact does it, once. From then on such a row is proved like any
other. Before that nothing proves it, and ``verify_records`` says so: the fact is of a type of its
own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from trading.eventlog.codec import GENESIS, Record, canonical, hash_record
from trading.eventlog.record import TURN, TURN_LOCK
from trading.eventlog.ties import ADOPTED
from trading.kernel.clock import to_ns
from trading.kernel.events import Fact

_ACTOR = "system:migration"

_HEAD = "SELECT seq, hash FROM eventlog_streamhead WHERE stream = %s FOR UPDATE"
_NUMBERS = (
    "SELECT nextval('eventlog_event_id_seq'), clock_timestamp(), pg_current_xact_id()::text::bigint"
)
_WRITE = """
INSERT INTO eventlog_event (id, stream, seq, type, version, ts_event, recorded_at, actor,
                            request_id, correlation_id, xid, payload, prev_hash, hash)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_MOVE = """
INSERT INTO eventlog_streamhead (stream, seq, hash) VALUES (%s, %s, %s)
ON CONFLICT (stream) DO UPDATE SET seq = excluded.seq, hash = excluded.hash
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowAdopted(Fact):
    """What columns of a row were when the fact that tells them was brought in."""

    type: ClassVar[str] = ADOPTED

    table: str
    key: str
    columns: dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A row as it was found. ``columns`` holds JSON values, Decimals as plain text."""

    stream: str
    table: str
    key: str
    columns: Mapping[str, object]


def adopt(*, rows: Sequence[Found], cursor: Any, now: datetime) -> None:  # noqa: ANN401 - Django's
    """
    Append a fact for each row to its stream, in the open transaction of a migration's cursor.

    It takes the log's turn as every writer does, since the platform may run beside a migration.
    """
    if rows:
        cursor.execute(TURN, TURN_LOCK)
    for row in rows:
        cursor.execute(_HEAD, [row.stream])
        seq, last = cursor.fetchone() or (0, GENESIS)
        cursor.execute(_NUMBERS)
        event_id, recorded_at, xid = cursor.fetchone()
        fact = RowAdopted(table=row.table, key=row.key, columns=dict(row.columns))
        record = Record(
            id=event_id,
            stream=row.stream,
            seq=seq + 1,
            type=fact.type,
            version=fact.version,
            ts_event=to_ns(now),
            recorded_at=recorded_at,
            actor=_ACTOR,
            request_id="",
            correlation_id="",
            xid=xid,
            payload=canonical(fact),
            prev_hash=bytes(last),
        )
        digest = hash_record(record)
        cursor.execute(
            _WRITE,
            [
                record.id, record.stream, record.seq, record.type, record.version, record.ts_event,
                record.recorded_at, record.actor, record.request_id, record.correlation_id,
                record.xid, record.payload, record.prev_hash, digest,
            ],
        )  # fmt: skip
        cursor.execute(_MOVE, [row.stream, record.seq, digest])
