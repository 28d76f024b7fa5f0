"""The only file that locks: accounts first, then orders, always in the order of their ids."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, LiteralString
from uuid import UUID

from oms.domain.state import AccountState
from oms.repository.load import account_state
from trading.infra.database import Later, ask
from trading.infra.transactions import rehearsal

# For the open transaction. A row that another process holds longer than the timeout fails the
# batch, by name, instead of hanging it. The rest keeps the cost of an order the same however large
# the tables are: rows are found by their keys, never by a scan, and planned once, not each time.
_BEGIN = """
SELECT set_config('lock_timeout', '2s', true),
    set_config('plan_cache_mode', 'force_generic_plan', true),
    set_config('enable_seqscan', 'off', true),
    set_config('enable_hashjoin', 'off', true),
    set_config('enable_mergejoin', 'off', true)
"""

_ACCOUNTS = """
SELECT id, account_type, multiplier, is_employee, cash, reserved, day_start_equity, day_start_date,
    day_start_missing
FROM oms_account WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE
"""

_ACCOUNTS_WITH = """
SELECT id, account_type, multiplier, is_employee, cash, reserved, day_start_equity, day_start_date,
    day_start_missing
FROM oms_account WHERE id IN (
    SELECT unnest(%s::uuid[]) UNION SELECT account_id FROM oms_order WHERE id = ANY(%s)
)
ORDER BY id FOR NO KEY UPDATE
"""

_ORDERS = "SELECT id FROM oms_order WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"

# Rows of accounts that a change may touch; those that another session holds are passed over.
_ROWS: tuple[LiteralString, ...] = (
    "SELECT id, id FROM oms_account WHERE id = ANY(%s)",
    "SELECT account_id, id FROM oms_position WHERE account_id = ANY(%s)",
    """
    SELECT account_id, id FROM oms_order
    WHERE account_id = ANY(%s)
      AND status IN ('NEW', 'PARTIALLY_FILLED', 'PENDING_CANCEL', 'PENDING_NEW')
    """,
)
_NOT_HELD = " FOR NO KEY UPDATE SKIP LOCKED"


def lock_accounts(*, ids: Collection[UUID]) -> dict[UUID, AccountState]:
    """Lock these accounts for the open transaction and return them; unknown ids are left out."""
    return ask_accounts(ids=ids)()


def ask_accounts(
    *, ids: Collection[UUID] = (), order_ids: Collection[UUID] = ()
) -> Later[dict[UUID, AccountState]]:
    """Do the same in a pipeline, for these accounts and those of these orders."""
    ask(_BEGIN)
    if order_ids:
        return _accounts(ask(_ACCOUNTS_WITH, [list(ids), list(order_ids)]))
    return _accounts(ask(_ACCOUNTS, [sorted(ids)]))


def _accounts(rows: Iterable[Sequence[Any]]) -> Later[dict[UUID, AccountState]]:
    return lambda: {row[0]: account_state(row) for row in rows}


def lock_orders(*, ids: Collection[UUID]) -> None:
    """Lock these orders. The caller holds their accounts' locks already."""
    ask(_ORDERS, [sorted(ids)])


def find_held(*, ids: Collection[UUID]) -> set[UUID]:
    """Return those of these accounts that another session keeps from being changed now."""
    held: set[UUID] = set()
    with rehearsal():
        for query in _ROWS:
            rows = set(ask(query, [list(ids)]))
            held |= {
                account_id for account_id, _ in rows.difference(ask(query + _NOT_HELD, [list(ids)]))
            }
    return held
