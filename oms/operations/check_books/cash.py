"""What trades moved in cash: each fill, each account, and what an earlier rule gave away."""

from typing import Final, LiteralString

from oms.operations.check_books.invariant import Invariant
from trading.infra.database import sql
from trading.kernel.quantities import plain

# What each fill had to move, by the rule in force when it was booked: its event's version says so.
# Version 1 rounded each fill by itself, half up; version 2 rounds its order's whole gross, against
# the order's owner. ``round`` and ``ceil`` of NUMERIC are exact.
_AMOUNTS: LiteralString = """
WITH booked AS (
    SELECT e.exec_id, e.side, e.amount, e.last_qty * e.last_px AS gross, f.version,
           sum(e.last_qty * e.last_px) OVER (PARTITION BY e.order_id ORDER BY f.seq) AS total
    FROM oms_execution e LEFT JOIN (
        SELECT stream, seq, version, convert_from(payload, 'UTF8')::jsonb ->> 'exec_id' AS exec_id
        FROM eventlog_event WHERE type = 'OrderFilled'
    ) f ON f.stream = 'order:' || e.order_id AND f.exec_id = e.exec_id
), amounts AS (
    SELECT exec_id, side, version, gross, amount, CASE
        WHEN version = 1 THEN round(gross, 2)
        WHEN side = 'BUY' THEN (ceil(total * 100) - ceil((total - gross) * 100)) / 100
        ELSE (floor(total * 100) - floor((total - gross) * 100)) / 100 END AS due
    FROM booked
)
"""
_NOT_DUE: LiteralString = (
    "SELECT exec_id, amount, due FROM amounts WHERE amount IS DISTINCT FROM due"
)
_ROUNDED_ALONE: LiteralString = """
SELECT count(*), coalesce(sum(CASE side WHEN 'BUY' THEN gross - amount ELSE amount - gross END), 0)
FROM amounts WHERE version = 1
"""

INVARIANTS: Final = (
    Invariant(
        "a fill moved what the rule of its event says: its order's exact gross, rounded once",
        _AMOUNTS + _NOT_DUE,
    ),
    # With this, an account's cash is what was paid in and what its orders moved.
    Invariant(
        "an execution's amount is what its journal entry moved in cash",
        """SELECT e.exec_id, e.amount, coalesce(sum(p.amount), 0)
           FROM oms_execution e LEFT JOIN oms_journalentry j ON j.exec_id = e.exec_id
           LEFT JOIN oms_posting p ON p.entry_id = j.id AND p.ledger_account = 'CASH'
           GROUP BY e.exec_id
           HAVING CASE e.side WHEN 'BUY' THEN -e.amount ELSE e.amount END
                  <> coalesce(sum(p.amount), 0)""",
    ),
    Invariant(
        "the cash of a cash account is never below zero",
        "SELECT id, cash FROM oms_account WHERE account_type = 'CASH' AND cash < 0",
    ),
)


def notes() -> tuple[str, ...]:
    """Say how far the cash that the earlier rule booked is from the exact sums."""
    found = sql(_AMOUNTS + _ROUNDED_ALONE).fetchone()
    assert found is not None
    fills, gained = found
    if not fills:
        return ()
    whom = "customers" if gained >= 0 else "the firm"
    return (
        (
            f"{fills} fills were booked by the earlier rule, each rounded by itself: together that "
            f"is {plain(abs(gained))} dollars beside their exact sum, in favour of {whom}"
        ),
    )
