"""Writing facts: inside the transaction that makes them true, or not at all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from trading.eventlog.codec import GENESIS, Record, canonical, hash_record
from trading.eventlog.follow import poke
from trading.infra.database import Later, Rows, ask
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """What records need to be written: where their streams end, numbers, the clock, the writer."""

    heads: dict[str, tuple[int, bytes]]
    ids: list[int]
    recorded_at: datetime
    xid: int


# The log's turn: held from before the first number is taken until the transaction has ended, so
# that numbers are in the order of the commits and whoever has read one has missed none below it. It
# is taken after all other locks but those of the heads, which are only locked in turn.
TURN = "SELECT pg_advisory_xact_lock(%s, %s)"
TURN_LOCK = (0x6C6F67, 1)  # "log"

# Makes and locks the heads of streams that may be new to everybody, in the order of their names, so
# that writers cannot wait for each other in a circle.
_MAKE_HEADS = """
INSERT INTO eventlog_streamhead AS head (stream, seq, hash)
SELECT stream, 0, %s::bytea FROM unnest(%s::text[]) AS stream ORDER BY stream
ON CONFLICT (stream) DO UPDATE SET seq = head.seq
RETURNING stream, seq, hash
"""

_HEADS = """
SELECT stream, seq, hash FROM eventlog_streamhead WHERE stream = ANY(%s::text[])
ORDER BY stream FOR NO KEY UPDATE
"""

_NUMBERS = """
SELECT array(SELECT nextval('eventlog_event_id_seq') FROM generate_series(1, %s)),
       clock_timestamp(), pg_current_xact_id()::text::bigint
"""

# Two writers that both began a stream, or went on from the same head, meet at the unique
# (stream, seq): the later one fails and is undone.
_WRITE = """
WITH written AS (
    INSERT INTO eventlog_event (id, stream, seq, type, version, ts_event, recorded_at, actor,
                                request_id, correlation_id, xid, payload, prev_hash, hash)
    SELECT id, stream, seq, type, version, ts_event, %s::timestamptz, actor, request_id,
           correlation_id, %s::bigint, payload, prev_hash, hash
    FROM unnest(%s::bigint[], %s::text[], %s::int[], %s::text[], %s::int[], %s::bigint[],
                %s::text[], %s::text[], %s::text[], %s::bytea[], %s::bytea[], %s::bytea[])
      AS event (id, stream, seq, type, version, ts_event, actor, request_id, correlation_id,
                payload, prev_hash, hash)
)
INSERT INTO eventlog_streamhead (stream, seq, hash)
SELECT stream, seq, hash FROM unnest(%s::text[], %s::int[], %s::bytea[]) AS tail (stream, seq, hash)
ORDER BY stream
ON CONFLICT (stream) DO UPDATE SET seq = excluded.seq, hash = excluded.hash
"""


def take_turn() -> None:
    """Lock the log for the open transaction, as every writer does."""
    ask(TURN, TURN_LOCK)


def ask_ledger(*, streams: Iterable[str], events: int) -> Later[Ledger]:
    """
    Lock the streams and ask for what up to ``events`` records need, in a pipeline.

    A stream that is not there yet begins with the first record. Ask after all other locks: from
    here to the end of the transaction nobody else writes to the log.
    """
    take_turn()
    heads = ask(_HEADS, [sorted(streams)])
    numbers = ask(_NUMBERS, [events])
    return lambda: _ledger(heads, numbers)


def record(events: Sequence[NewEvent]) -> list[Record]:
    """
    Append facts to their streams, in the order given. A few round trips, however many there are.

    :raises RuntimeError: without an open transaction, since a fact alone is not a fact
    """
    if not events:
        return []
    _require_transaction()
    take_turn()
    heads = ask(_MAKE_HEADS, [GENESIS, sorted({event.stream for event in events})])
    return record_in(_ledger(heads, ask(_NUMBERS, [len(events)])), events)


def record_in(ledger: Ledger, events: Sequence[NewEvent]) -> list[Record]:
    """
    Do the same with what was asked for before. One statement, which may travel in a pipeline.

    :raises RuntimeError: without an open transaction
    """
    if not events:
        return []
    _require_transaction()
    records: list[Record] = []
    tails: dict[str, tuple[int, bytes]] = {}
    digests: list[bytes] = []
    # There may be more numbers than records: what was refused is not recorded.
    for event_id, event in zip(ledger.ids, events, strict=False):
        seq, last = tails.get(event.stream) or ledger.heads.get(event.stream, (0, GENESIS))
        written = Record(
            id=event_id,
            stream=event.stream,
            seq=seq + 1,
            type=event.fact.type,
            version=event.fact.version,
            ts_event=event.ts_event,
            recorded_at=ledger.recorded_at,
            actor=event.actor,
            request_id=event.request_id,
            correlation_id=event.correlation_id,
            xid=ledger.xid,
            payload=canonical(event.fact),
            prev_hash=last,
        )
        digest = hash_record(written)
        tails[event.stream] = (seq + 1, digest)
        records.append(written)
        digests.append(digest)
    if len(records) < len(events):
        raise RuntimeError(f"{len(ledger.ids)} numbers were asked for, not {len(events)}")
    ask(
        _WRITE,
        [
            ledger.recorded_at,
            ledger.xid,
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
            list(tails),
            [seq for seq, _ in tails.values()],
            [digest for _, digest in tails.values()],
        ],
    )
    after_commit(poke)
    return records


def _require_transaction() -> None:
    if not connection.in_atomic_block:
        raise RuntimeError("facts are recorded in the transaction that makes them true")


def _ledger(heads: Rows, numbers: Rows) -> Ledger:
    found = numbers.fetchone()
    assert found is not None
    ids, recorded_at, xid = found
    return Ledger(
        heads={stream: (seq, bytes(last)) for stream, seq, last in heads},
        ids=ids,
        recorded_at=recorded_at,
        xid=xid,
    )
