"""The only file that locks: accounts first, then orders, always in the order of their ids."""

from collections.abc import Collection
from uuid import UUID

from oms.domain.state import AccountState
from oms.repository.load import account_state
from trading.infra.database import sql

# A row that another process holds longer than this fails the batch, by name, instead of hanging it.
_LOCK_TIMEOUT = "SET LOCAL lock_timeout = '5s'"

_ACCOUNTS = """
SELECT id, account_type, multiplier, is_employee, cash, reserved, day_start_equity, day_start_date
FROM oms_account WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE
"""

_ORDERS = "SELECT id FROM oms_order WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"


def lock_accounts(*, ids: Collection[UUID]) -> dict[UUID, AccountState]:
    """Lock these accounts for the open transaction and return them; unknown ids are left out."""
    sql(_LOCK_TIMEOUT)
    rows = sql(_ACCOUNTS, [sorted(ids)]).fetchall()
    return {row[0]: account_state(row) for row in rows}


def lock_orders(*, ids: Collection[UUID]) -> None:
    """Lock these orders. The caller holds their accounts' locks already."""
    sql(_ORDERS, [sorted(ids)])
