"""Writing facts: inside the transaction that makes them true, or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from trading.eventlog.codec import GENESIS, Record, canonical, hash_record
from trading.eventlog.follow import poke
from trading.infra.database import sql
from trading.infra.transactions import after_commit
from trading.kernel.events import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """
    A fact and its circumstances.

    ``stream`` names the thing it happened to (``order:<id>``, ``account:<id>``, ``config:<name>``),
    ``ts_event`` is ns since the epoch, ``actor`` who caused it (``user:<id>``, ``system:<part>``).
    """

    stream: str
    fact: Fact
    ts_event: int
    actor: str
    request_id: str = ""
    correlation_id: str = ""


# Locks the heads of all streams in name order (so that writers cannot wait for each other in a
# circle), and takes ids, the clock and the transaction's number in the same round trip.
_PREPARE = """
WITH heads AS (
    INSERT INTO eventlog_streamhead AS head (stream, seq, hash)
    SELECT stream, 0, %s::bytea FROM unnest(%s::text[]) AS stream ORDER BY stream
    ON CONFLICT (stream) DO UPDATE SET seq = head.seq
    RETURNING stream, seq, hash
)
SELECT array(SELECT nextval('eventlog_event_id_seq') FROM generate_series(1, %s)),
       clock_timestamp(), pg_current_xact_id()::text::bigint,
       array(SELECT stream FROM heads), array(SELECT seq FROM heads),
       array(SELECT hash FROM heads)
"""

_WRITE = """
WITH written AS (
    INSERT INTO eventlog_event (id, stream, seq, type, version, ts_event, recorded_at, actor,
                                request_id, correlation_id, xid, payload, prev_hash, hash)
    SELECT id, stream, seq, type, version, ts_event, %s, actor, request_id, correlation_id, %s,
           payload, prev_hash, hash
    FROM unnest(%s::bigint[], %s::text[], %s::int[], %s::text[], %s::int[], %s::bigint[],
                %s::text[], %s::text[], %s::text[], %s::bytea[], %s::bytea[], %s::bytea[])
      AS event (id, stream, seq, type, version, ts_event, actor, request_id, correlation_id,
                payload, prev_hash, hash)
)
UPDATE eventlog_streamhead AS head SET seq = tail.seq, hash = tail.hash
FROM unnest(%s::text[], %s::int[], %s::bytea[]) AS tail (stream, seq, hash)
WHERE head.stream = tail.stream
"""


def record(events: Sequence[NewEvent]) -> list[Record]:
    """
    Append facts to their streams, in the order given. Two round trips, however many there are.

    :raises RuntimeError: without an open transaction, since a fact alone is not a fact
    """
    if not events:
        return []
    if not connection.in_atomic_block:
        raise RuntimeError("facts are recorded in the transaction that makes them true")
    streams = sorted({event.stream for event in events})
    prepared = sql(_PREPARE, [GENESIS, streams, len(events)]).fetchone()
    assert prepared is not None
    ids, recorded_at, xid, names, seqs, hashes = prepared
    heads = {name: (seq, bytes(last)) for name, seq, last in zip(names, seqs, hashes, strict=True)}
    records: list[Record] = []
    digests: list[bytes] = []
    for event_id, event in zip(ids, events, strict=True):
        seq, last = heads[event.stream]
        written = Record(
            id=event_id,
            stream=event.stream,
            seq=seq + 1,
            type=event.fact.type,
            version=event.fact.version,
            ts_event=event.ts_event,
            recorded_at=recorded_at,
            actor=event.actor,
            request_id=event.request_id,
            correlation_id=event.correlation_id,
            xid=xid,
            payload=canonical(event.fact),
            prev_hash=last,
        )
        digest = hash_record(written)
        heads[event.stream] = (seq + 1, digest)
        records.append(written)
        digests.append(digest)
    sql(
        _WRITE,
        [
            recorded_at,
            xid,
            [row.id for row in records],
            [row.stream for row in records],
            [row.seq for row in records],
            [row.type for row in records],
            [row.version for row in records],
            [row.ts_event for row in records],
            [row.actor for row in records],
            [row.request_id for row in records],
            [row.correlation_id for row in records],
            [row.payload for row in records],
            [row.prev_hash for row in records],
            digests,
            streams,
            [heads[stream][0] for stream in streams],
            [heads[stream][1] for stream in streams],
        ],
    )
    after_commit(poke)
    return records
