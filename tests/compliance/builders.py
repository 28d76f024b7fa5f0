"""A small log to look after, and ways to harm it that only the owner of the tables has."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, LiteralString

from trading.eventlog.record import NewEvent, record
from trading.infra.database import sql
from trading.kernel.events import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted(Fact):
    type: ClassVar[str] = "Noted"

    text: str


def write(stream: str, *texts: str) -> list[int]:
    """Record a fact for each text and return the ids of their rows."""
    written = record(
        [
            NewEvent(
                stream=stream,
                fact=Noted(text=text),
                ts_event=1_700_000_000_000_000_000 + number,
                actor="user:alice",
                request_id=f"request-{number}",
                correlation_id="day-1",
            )
            for number, text in enumerate(texts)
        ]
    )
    return [row.id for row in written]


def write_three_streams() -> list[int]:
    return [
        event_id
        for name in ("account:a", "order:a", "order:b")
        for event_id in write(name, "one", "two", "three", "four", "five")
    ]


@contextmanager
def taken_back() -> Iterator[None]:
    """Undo at the end whatever the block did to the database."""
    sql("SAVEPOINT untouched")  # by hand: the code under test insists on an outermost transaction
    yield
    sql("ROLLBACK TO SAVEPOINT untouched")


def tamper(query: LiteralString, parameters: Sequence[Any] = ()) -> None:
    """Run a statement that the table's triggers refuse, as somebody who can switch them off."""
    sql("ALTER TABLE eventlog_event DISABLE TRIGGER USER")
    sql(query, parameters)
    sql("ALTER TABLE eventlog_event ENABLE TRIGGER USER")
