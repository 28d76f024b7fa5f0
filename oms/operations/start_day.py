"""Start a business day: the day's profit is measured from what each account is worth now."""

from datetime import datetime
from uuid import UUID

from oms import locks
from oms.operations.judge import value_books
from oms.repository import load
from trading.infra.database import ask
from trading.infra.transactions import transaction
from trading.kernel.clock import new_york_date

_BEHIND = "SELECT id FROM oms_account WHERE day_start_date < %s ORDER BY id"

_START = "UPDATE oms_account SET day_start_equity = %s, day_start_date = %s WHERE id = %s"


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
                ask(_START, [worth, today, account_id])
    return len(behind)
