"""An account's row and its deposits, as the events of ``account:<id>`` tell them."""

from decimal import Decimal
from typing import Final
from uuid import UUID

from oms.domain import posting
from oms.events import (
    ACCOUNT_STREAMS,
    AccountOpened,
    CashDeposited,
    DayStarted,
    PositionWrittenDown,
    WriteDownLifted,
)
from trading.eventlog.ties import Tie, TiedEvent, TiedTable, Told
from trading.kernel.clock import from_ns, new_york_date

_ACCOUNT: Final = "oms_account"
_ENTRY: Final = "oms_journalentry"
_POSTING: Final = "oms_posting"
_POSITION: Final = "oms_position"

# No operation sets the flag, so a set one was changed by hand.
_IS_EMPLOYEE = False

_ACCOUNTS = """
SELECT 'account:' || id AS stream, id::text AS key, account_number, owner_id, account_type,
       multiplier, is_employee, created_at, day_start_equity, day_start_date,
       day_start_missing, day_start_is_final
FROM oms_account
"""

_ENTRIES = """
SELECT 'account:' || account_id AS stream, id::text AS key, account_id, kind, exec_id,
       business_date, created_at
FROM oms_journalentry WHERE kind = 'DEPOSIT'
"""

# The lines of an entry on one ledger account count together; what moves nothing is not written.
_POSTINGS = """
SELECT 'account:' || e.account_id AS stream, p.entry_id || ' ' || p.ledger_account AS key,
       p.account_id, sum(p.amount) AS amount
FROM oms_posting p JOIN oms_journalentry e ON e.id = p.entry_id
WHERE e.kind = 'DEPOSIT'
GROUP BY e.account_id, p.entry_id, p.ledger_account, p.account_id
"""


# Quantities are checked by the books; only the write-down, a decision of staff, is told by events.
_WRITE_DOWNS = """
SELECT 'account:' || account_id AS stream, instrument_id::text AS key, symbol, written_down_at
FROM oms_position WHERE written_down_at IS NOT NULL
"""


def _opened(told: Told, event: TiedEvent) -> None:
    fact = event.fact
    told.put(
        _ACCOUNT,
        fact["account_id"],
        account_number=fact["account_number"],
        owner_id=fact["owner_id"],
        account_type=fact["account_type"],
        multiplier=fact["multiplier"],
        is_employee=_IS_EMPLOYEE,
        created_at=from_ns(event.ts_event),
    )


def _deposited(told: Told, event: TiedEvent) -> None:
    fact = event.fact
    at = from_ns(event.ts_event)
    told.put(
        _ENTRY,
        fact["entry_id"],
        account_id=fact["account_id"],
        kind="DEPOSIT",
        exec_id="",
        business_date=new_york_date(at),
        created_at=at,
    )
    put_postings(
        told,
        entry_id=fact["entry_id"],
        account_id=fact["account_id"],
        lines=posting.deposit(amount=Decimal(fact["amount"])),
    )


def _day_started(told: Told, event: TiedEvent) -> None:
    fact = event.fact
    told.put(
        _ACCOUNT,
        fact["account_id"],
        day_start_equity=fact["equity"],
        day_start_date=fact["business_date"],
    )
    if "missing" in fact:  # version 1 does not tell
        told.put(
            _ACCOUNT,
            fact["account_id"],
            day_start_missing=fact["missing"],
            day_start_is_final=not fact["missing"],
        )


def _written_down(told: Told, event: TiedEvent) -> None:
    """A write-down ends with the holding, without an event of its own."""
    fact = event.fact
    told.put(
        _POSITION,
        fact["instrument_id"],
        may_be_absent=True,
        symbol=fact["symbol"],
        written_down_at=from_ns(event.ts_event),
    )


def _write_down_lifted(told: Told, event: TiedEvent) -> None:
    told.drop(_POSITION, event.fact["instrument_id"])


def put_postings(
    told: Told,
    *,
    entry_id: UUID | str,
    account_id: UUID | str,
    lines: tuple[posting.Posting, ...],
) -> None:
    """Say what the lines of an entry are."""
    for line in lines:
        told.put(
            _POSTING,
            f"{entry_id} {line.ledger_account}",
            account_id=account_id,
            amount=line.amount,
        )


ACCOUNTS = Tie(
    prefix=ACCOUNT_STREAMS,
    tables=(
        TiedTable(name=_ACCOUNT, query=_ACCOUNTS),
        TiedTable(name=_ENTRY, query=_ENTRIES),
        TiedTable(name=_POSTING, query=_POSTINGS),
        TiedTable(name=_POSITION, query=_WRITE_DOWNS),
    ),
    facts={
        AccountOpened.type: _opened,
        CashDeposited.type: _deposited,
        DayStarted.type: _day_started,
        PositionWrittenDown.type: _written_down,
        WriteDownLifted.type: _write_down_lifted,
    },
)
