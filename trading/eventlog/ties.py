"""
How rows are tied to the events that made them: what an app says of its own facts and tables.

An app tells, fact by fact, what its tables hold after it. Whoever verifies the records folds a
stream's events and compares the rows, both ways: a row that no event made, an event without its
row, and every column that the events tell.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, LiteralString

ADOPTED = "RowAdopted"


@dataclass(frozen=True, slots=True, kw_only=True)
class TiedEvent:
    """An event of a tied stream; ``fact`` is its decoded payload, ``ts_event`` ns."""

    id: int
    stream: str
    seq: int
    type: str
    ts_event: int
    actor: str
    fact: Mapping[str, Any]


@dataclass(slots=True, kw_only=True)
class ToldRow:
    """
    A row as the events of its stream tell it.

    ``columns`` holds what they tell, as JSON has it or as the column does. ``seq`` is the event
    that told last; 0 means the installation itself, which may have left the row out if it
    ``may_be_absent``.
    """

    columns: dict[str, object] = field(default_factory=dict)
    event_id: int | None = None
    seq: int = 0
    may_be_absent: bool = False


class Told:
    """What the events of one stream tell of the tables that are tied to it."""

    def __init__(self) -> None:
        self.tables: dict[str, dict[str, ToldRow]] = {}
        self._event: TiedEvent | None = None

    def hear(self, event: TiedEvent, tell: "Tell | None") -> None:
        """
        Take up one event; ``tell`` is what its fact does to the rows, None if it does nothing.

        :raises LookupError, TypeError, ValueError, ArithmeticError: if the fact does not hold what
            its kind always holds
        """
        self._event = event
        if event.type == ADOPTED:
            self.put(event.fact["table"], event.fact["key"], **event.fact["columns"])
        elif tell is not None:
            tell(self, event)

    def put(
        self, table: str, key: object, *, may_be_absent: bool = False, **columns: object
    ) -> None:
        """Say what columns of a row are from this event on; a new row begins with them."""
        row = self.tables.setdefault(table, {}).setdefault(str(key), ToldRow())
        row.columns.update(columns)
        row.may_be_absent = may_be_absent
        if self._event is not None:
            row.event_id, row.seq = self._event.id, self._event.seq

    def drop(self, table: str, key: object) -> None:
        """Say that the row is gone from this event on."""
        self.tables.get(table, {}).pop(str(key), None)

    def columns(self, table: str, key: object) -> dict[str, object]:
        """
        Return what has been told of a row so far.

        :raises LookupError: if nothing has
        """
        return self.tables[table][str(key)].columns


Tell = Callable[[Told, TiedEvent], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class TiedTable:
    """
    A table whose rows are told by streams.

    ``query`` selects the row's stream, its key as text and the columns to compare, by name.
    """

    name: str
    query: LiteralString


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """
    Streams of one kind and the tables that they tell.

    ``prefix`` begins the streams' names. ``facts`` maps a fact's type to what it does to the rows.
    ``installed`` tells what a stream's rows are before its first event, ``always`` names the
    streams that have rows from the installation on.
    """

    prefix: str
    tables: tuple[TiedTable, ...]
    facts: Mapping[str, Tell]
    installed: Callable[[str, Told], None] | None = None
    always: tuple[str, ...] = ()
