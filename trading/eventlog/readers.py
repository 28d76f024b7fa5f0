"""
Reading the log behind the writers, each reader with its own bookmark.

Ids are given in the order of the commits (``record`` takes turns), so a reader goes by the id
alone: no transaction elsewhere holds it back, and its bookmark means the same in any server that
the database is restored into.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from trading.infra.database import ask, pipeline
from trading.infra.transactions import transaction


@dataclass(frozen=True, slots=True)
class ReadEvent:
    """A committed event as readers see it; ``payload`` is its canonical JSON."""

    id: int
    stream: str
    seq: int
    type: str
    ts_event: int
    recorded_at: datetime
    actor: str
    payload: bytes
    xid: int


Handler = Callable[[Sequence[ReadEvent]], object]

_PAGE = """
SELECT id, stream, seq, type, ts_event, recorded_at, actor, payload, xid FROM eventlog_event
WHERE id > %s ORDER BY id LIMIT %s
"""

_TAIL = "SELECT coalesce(max(id), 0) FROM eventlog_event"

_STREAM = """
SELECT id, stream, seq, type, ts_event, recorded_at, actor, payload, xid FROM eventlog_event
WHERE stream = %s ORDER BY seq
"""

_LAST = _STREAM + " DESC LIMIT 1"

_BOOKMARK = "SELECT event_id FROM eventlog_bookmark WHERE reader = %s"
_LOCK = _BOOKMARK + " FOR NO KEY UPDATE"
_NEW_BOOKMARK = """
INSERT INTO eventlog_bookmark (reader, xid, event_id) VALUES (%s, 0, 0) ON CONFLICT DO NOTHING
"""
_MOVE = "UPDATE eventlog_bookmark SET event_id = %s WHERE reader = %s"


def _read_page(event_id: int, *, limit: int) -> list[ReadEvent]:
    return [ReadEvent(*row) for row in ask(_PAGE, [event_id, limit])]


def read_new(*, reader: str, handler: Handler, limit: int = 500) -> int:
    """
    Hand the next events to ``handler`` and move the bookmark, in one transaction.

    Returns how many were read; 0 means the reader has caught up. If the handler raises, its effects
    and the bookmark are undone together.
    """
    # Looked at without a lock first: a reader that has caught up leaves nothing to be synced.
    found = ask(_BOOKMARK, [reader]).fetchone()
    if found is not None and not _read_page(found[0], limit=1):
        return 0
    with transaction():
        if found is None:
            ask(_NEW_BOOKMARK, [reader])
        locked = ask(_LOCK, [reader]).fetchone()
        assert locked is not None
        events = _read_page(locked[0], limit=limit)
        if events:
            handler(events)
            with pipeline(commits=True):
                ask(_MOVE, [events[-1].id, reader])
    return len(events)


@dataclass(slots=True)
class Cursor:
    """A position that is kept in memory: for screens, which start from a fresh snapshot anyway."""

    event_id: int


def cursor_at_end() -> Cursor:
    """Return a cursor behind the last event."""
    row = ask(_TAIL).fetchone()
    assert row is not None
    return Cursor(event_id=row[0])


def read_after(cursor: Cursor, *, limit: int = 500) -> list[ReadEvent]:
    """Return the next events after ``cursor`` and move it behind them."""
    events = _read_page(cursor.event_id, limit=limit)
    if events:
        cursor.event_id = events[-1].id
    return events


def list_stream(*, stream: str) -> list[ReadEvent]:
    """Return everything that happened to one thing, in order."""
    return [ReadEvent(*row) for row in ask(_STREAM, [stream])]


def find_last(*, stream: str) -> ReadEvent | None:
    """Return the newest of what happened to one thing, None if nothing has."""
    row = ask(_LAST, [stream]).fetchone()
    return None if row is None else ReadEvent(*row)
