"""
Do the rows hold what the events tell, and do the events tell every row?

Events and rows come in the order of their streams, so that one stream's rows are in memory at a
time, however many there are.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from itertools import groupby
from operator import attrgetter
from typing import Any, Protocol
from uuid import UUID

import msgspec

from compliance.contracts import BadRecord, Problem
from compliance.domain.chain import EVENT_TABLE, LogRow
from compliance.domain.findings import Findings
from trading.eventlog.codec import Record
from trading.eventlog.ties import ADOPTED, Tie, TiedEvent, TiedTable, Told, ToldRow

_decode = msgspec.json.Decoder(dict[str, Any]).decode
_decode_any = msgspec.json.Decoder().decode

_SHOWN_MAX = 80
# What a fact raises that does not hold what its kind always holds.
_UNREADABLE = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRow:
    """A row of a tied table: the stream that tells it, its key as text, the columns to compare."""

    stream: str
    key: str
    columns: Mapping[str, object]


class OpenRows(Protocol):
    """Reads a tied table's rows, ordered by stream and key."""

    def __call__(self, table: TiedTable, /, *, tie: Tie) -> Iterator[StoredRow]: ...


class TiedRows:
    """Follows the log as it is read, and compares the rows that it tells."""

    def __init__(
        self, *, ties: Iterable[Tie], open_rows: OpenRows, findings: Findings, whole: bool
    ) -> None:
        """``whole``: the log comes whole, so what is not in it is not there."""
        self._followed = [_Followed(tie, open_rows, findings, whole=whole) for tie in ties]
        self._findings = findings
        self.adopted = 0

    @property
    def rows(self) -> int:
        """How many rows were compared."""
        return sum(followed.rows for followed in self._followed)

    def watch(self, rows: Iterable[LogRow]) -> Iterator[LogRow]:
        """Hand on the rows of the log, ordered by stream and seq; at the end all is compared."""
        for stream, of_stream in groupby(rows, key=attrgetter("stream")):
            followed = next((one for one in self._followed if one.tells(stream)), None)
            if followed is None:
                yield from of_stream
                continue
            told = followed.begin(stream)
            for row in of_stream:
                if row.stored is not None:
                    self._hear(told, row.stored.record, followed.tie)
                yield row
            followed.compare(stream, told)
        for followed in self._followed:
            followed.end()

    def _hear(self, told: Told, record: Record, tie: Tie) -> None:
        tell = tie.facts.get(record.type)
        if tell is None and record.type != ADOPTED:
            return
        try:
            event = TiedEvent(
                id=record.id,
                stream=record.stream,
                seq=record.seq,
                type=record.type,
                ts_event=record.ts_event,
                actor=record.actor,
                fact=_decode(record.payload),
            )
            told.hear(event, tell)
        except _UNREADABLE as error:
            self._findings.add(
                BadRecord(
                    table=EVENT_TABLE,
                    id=record.id,
                    stream=record.stream,
                    seq=record.seq,
                    problem=Problem.FACT_UNREADABLE,
                    detail=f"{record.type}: {type(error).__name__}: {error}",
                )
            )
        else:
            self.adopted += record.type == ADOPTED


class _Followed:
    """One tie: its tables, read alongside its streams."""

    def __init__(self, tie: Tie, open_rows: OpenRows, findings: Findings, *, whole: bool) -> None:
        self.tie = tie
        self.rows = 0
        self._findings = findings
        self._tables = {table.name: _Groups(open_rows(table, tie=tie)) for table in tie.tables}
        self._waiting = set(tie.always) if whole else set()

    def tells(self, stream: str) -> bool:
        return stream.startswith(self.tie.prefix)

    def begin(self, stream: str) -> Told:
        told = Told()
        if self.tie.installed is not None:
            self.tie.installed(stream, told)
        return told

    def compare(self, stream: str, told: Told) -> None:
        self._waiting.discard(stream)
        for name, groups in self._tables.items():
            for earlier, rows in groups.before(stream):
                self._compare_untold(name, earlier, rows)
            self._compare_table(name, stream, told, groups.at(stream))

    def end(self) -> None:
        """Compare the rows whose streams have no event."""
        for stream in sorted(self._waiting):
            self.compare(stream, self.begin(stream))
        for name, groups in self._tables.items():
            for stream, rows in groups.before(None):
                self._compare_untold(name, stream, rows)

    def _compare_untold(self, table: str, stream: str, rows: list[StoredRow]) -> None:
        self._compare_table(table, stream, self.begin(stream), rows)

    def _compare_table(self, table: str, stream: str, told: Told, rows: list[StoredRow]) -> None:
        expected = dict(told.tables.get(table, {}))
        for row in rows:
            self.rows += 1
            tells = expected.pop(row.key, None)
            if tells is None:
                self._add(Problem.ROW_UNTOLD, table, stream, row.key, seq=0)
            elif differing := _differing(tells, row):
                self._add(
                    Problem.ROW_DIFFERS, table, stream, row.key, seq=tells.seq, detail=differing
                )
        for key, tells in expected.items():
            if not tells.may_be_absent:
                detail = "" if tells.event_id is None else f"event id {tells.event_id} was the last"
                self._add(Problem.ROW_MISSING, table, stream, key, seq=tells.seq, detail=detail)

    def _add(
        self, problem: Problem, table: str, stream: str, key: str, *, seq: int, detail: str = ""
    ) -> None:
        self._findings.add(
            BadRecord(table=table, id=key, stream=stream, seq=seq, problem=problem, detail=detail)
        )


class _Groups:
    """The rows of a table by stream, in the order of the streams, with one group looked ahead."""

    def __init__(self, rows: Iterator[StoredRow]) -> None:
        self._groups = groupby(rows, key=attrgetter("stream"))
        self._next: tuple[str, list[StoredRow]] | None = None
        self._advance()

    def before(self, stream: str | None) -> Iterator[tuple[str, list[StoredRow]]]:
        """Take the groups that come before ``stream``; all that are left if it is None."""
        while self._next is not None and (stream is None or self._next[0] < stream):
            yield self._next
            self._advance()

    def at(self, stream: str) -> list[StoredRow]:
        """Take the group of ``stream``; empty if it has no rows."""
        if self._next is None or self._next[0] != stream:
            return []
        rows = self._next[1]
        self._advance()
        return rows

    def _advance(self) -> None:
        found = next(self._groups, None)
        self._next = None if found is None else (found[0], list(found[1]))


def _differing(told: ToldRow, row: StoredRow) -> str:
    """Return in words which columns are not what is told, or an empty string."""
    return ", ".join(
        f"{name} is {_shown(row.columns[name])}, told {_shown(value)}"
        for name, value in told.columns.items()
        if name in row.columns and not agrees(row.columns[name], value)
    )


def agrees(stored: object, told: object) -> bool:
    """Tell whether a column's value is the one that JSON, or another column, tells."""
    if stored == told:
        return True
    if stored is None or told is None:
        return False
    try:
        return _agrees(stored, told)
    except (ValueError, TypeError, InvalidOperation):
        return False


def _agrees(stored: object, told: object) -> bool:
    if isinstance(stored, Decimal):
        return stored == Decimal(str(told))
    if isinstance(stored, datetime):
        return stored == (told if isinstance(told, datetime) else datetime.fromisoformat(str(told)))
    if isinstance(told, dict | list) and isinstance(stored, str):
        return bool(_decode_any(stored) == told)  # JSON comes from the database as it is written
    if isinstance(stored, date | UUID):
        return str(stored) == str(told)
    return stored == told


def _shown(value: object) -> str:
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    return text if len(text) <= _SHOWN_MAX else f"{text[:_SHOWN_MAX]}..."
