"""Evaluate every invariant of the books, by sets. Reads only; says every break in words."""

from oms.contracts import BooksReport
from oms.operations.check_books import books, cash
from trading.infra.database import sql
from trading.infra.transactions import snapshot

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
            breaks += [
                f"not so: {invariant.sentence}: {', '.join(map(str, row))}"
                for row in sql(invariant.query).fetchall()
            ]
        notes = cash.notes()
    return BooksReport(
        accounts=counts[0],
        orders=counts[1],
        executions=counts[2],
        breaks=tuple(breaks),
        notes=notes,
    )
