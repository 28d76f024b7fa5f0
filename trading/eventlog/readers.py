"""
Reading the log behind the writers, each reader with its own bookmark.

Ids are given before the commit and commits overtake each other, so a reader goes by (xid, id) and
only up to the commit horizon: below the oldest running transaction nothing can appear any more.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from trading.eventlog.models import Bookmark
from trading.infra.database import ask
from trading.infra.transactions import transaction


@dataclass(frozen=True, slots=True, kw_only=True)
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
WHERE (xid, id) > (%s, %s) AND xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
ORDER BY xid, id LIMIT %s
"""

_TAIL = """
SELECT coalesce(max(xid), 0) FROM eventlog_event
WHERE xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
"""

_STREAM = """
SELECT id, stream, seq, type, ts_event, recorded_at, actor, payload, xid FROM eventlog_event
WHERE stream = %s ORDER BY seq
"""

_LAST_ID = 2**63 - 1


def _read_events(rows: Sequence[tuple[object, ...]]) -> list[ReadEvent]:
    names = ("id", "stream", "seq", "type", "ts_event", "recorded_at", "actor", "payload", "xid")
    return [ReadEvent(**dict(zip(names, row, strict=True))) for row in rows]  # type: ignore[arg-type]


def read_new(*, reader: str, handler: Handler, limit: int = 500) -> int:
    """
    Hand the next events to ``handler`` and move the bookmark, in one transaction.

    Returns how many were read; 0 means the reader has caught up. If the handler raises, its effects
    and the bookmark are undone together.
    """
    with transaction():
        Bookmark.objects.get_or_create(reader=reader)
        bookmark = Bookmark.objects.select_for_update().get(reader=reader)
        events = _read_events(ask(_PAGE, [bookmark.xid, bookmark.event_id, limit]).fetchall())
        if events:
            handler(events)
            bookmark.xid, bookmark.event_id = events[-1].xid, events[-1].id
            bookmark.save(update_fields=["xid", "event_id"])
    return len(events)


@dataclass(slots=True)
class Cursor:
    """A position that is kept in memory: for screens, which start from a fresh snapshot anyway."""

    xid: int
    event_id: int = _LAST_ID


def cursor_at_end() -> Cursor:
    """Return a cursor behind the last event that no running transaction can precede."""
    row = ask(_TAIL).fetchone()
    assert row is not None
    return Cursor(xid=row[0])


def read_after(cursor: Cursor, *, limit: int = 500) -> list[ReadEvent]:
    """Return the next events after ``cursor`` and move it behind them."""
    events = _read_events(ask(_PAGE, [cursor.xid, cursor.event_id, limit]).fetchall())
    if events:
        cursor.xid, cursor.event_id = events[-1].xid, events[-1].id
    return events


def list_stream(*, stream: str) -> list[ReadEvent]:
    """Return everything that happened to one thing, in order."""
    return _read_events(ask(_STREAM, [stream]).fetchall())
