"""Evaluate every invariant of the books, by sets. Reads only; says every break in words."""

import psycopg

from oms.contracts import BooksReport
from oms.operations.check_books import books, cash
from oms.operations.check_books.invariant import Invariant
from trading.infra.database import sql
from trading.infra.transactions import savepoint, snapshot

_COUNTS = """
SELECT (SELECT count(*) FROM oms_account), (SELECT count(*) FROM oms_order),
       (SELECT count(*) FROM oms_execution)
"""


def check_books() -> BooksReport:
    """Evaluate every invariant on one consistent snapshot."""
    breaks: list[str] = []
    with snapshot():
        counts = sql(_COUNTS).fetchone()
        assert counts is not None
        for invariant in (*books.INVARIANTS, *cash.INVARIANTS):
            breaks += _breaks_of(invariant)
        notes = () if breaks else cash.notes()
    return BooksReport(
        accounts=counts[0],
        orders=counts[1],
        executions=counts[2],
        breaks=tuple(breaks),
        notes=notes,
    )


def _breaks_of(invariant: Invariant) -> list[str]:
    """Return each break in words. What cannot be computed, of rows that make no sense, is one."""
    try:
        with savepoint():
            rows = sql(invariant.query).fetchall()
    except (psycopg.DataError, psycopg.errors.StatementTooComplex) as error:
        return [f"not known whether {invariant.sentence}: {error}"]
    return [f"not so: {invariant.sentence}: {', '.join(map(str, row))}" for row in rows]
