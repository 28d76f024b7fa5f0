"""Start a business day: the day's profit is measured from what each account is worth now."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from oms import locks
from oms.events import DayStarted, account_stream
from oms.operations.judge import value_books
from oms.repository import load
from trading.eventlog.record import NewEvent, record
from trading.infra.database import ask
from trading.infra.transactions import transaction
from trading.kernel.clock import new_york_date, to_ns

_BEHIND = "SELECT id FROM oms_account WHERE day_start_date < %s ORDER BY id"

_START = """
UPDATE oms_account SET day_start_equity = %s, day_start_date = %s WHERE id = %s
RETURNING day_start_equity
"""

_ACTOR = "system:start-day"


def start_day(*, now: datetime) -> int:
    """
    Set every account's day-start equity once per New York day; return how many were behind.

    Safe to run twice, and late: an account that has its day already is left alone.
    """
    today = new_york_date(now)
    behind: list[UUID] = [row[0] for row in ask(_BEHIND, [today]).fetchall()]
    for account_id in behind:
        with transaction():
            accounts = locks.lock_accounts(ids={account_id})
            account = accounts[account_id]
            if account.day_start_date < today:
                books = load.load_working_set(accounts=accounts)
                worth = value_books(books=books, account=account).equity
                _start(account_id, worth=worth, today=today, now=now)
    return len(behind)


def _start(account_id: UUID, *, worth: Decimal, today: date, now: datetime) -> None:
    """Write the day's start and the fact of it, which tells what the column holds."""
    row = ask(_START, [worth, today, account_id]).fetchone()
    assert row is not None
    fact = DayStarted(account_id=account_id, business_date=today, equity=row[0])
    record(
        [NewEvent(stream=account_stream(account_id), fact=fact, ts_event=to_ns(now), actor=_ACTOR)]
    )
