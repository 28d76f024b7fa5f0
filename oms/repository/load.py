"""Loads what a batch may touch, under the accounts' locks."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from oms.contracts import AccountType
from oms.domain.fills import FillState
from oms.domain.lots import Lot
from oms.domain.state import AccountState, OrderState, PositionState, WorkingSet
from trading.infra.database import Later, ask
from trading.kernel.fix import OrdStatus, OrdType, Side, TimeInForce
from trading.kernel.money import ZERO
from trading.kernel.quantities import ZERO_QTY, Price, price_at_most

Positions = dict[tuple[UUID, UUID], PositionState]

_HOLDING: Final = """
SELECT p.account_id, p.instrument_id, p.symbol, p.qty, p.cost, p.reserved_qty, p.open_buy_qty,
    p.realized_pl, p.last_close, p.last_close_before, p.written_down_at IS NOT NULL
FROM oms_position p """
# What an account has ever traded may be thousands of rows; what counts is what it holds or wants.
_HELD: Final = "WHERE p.account_id = ANY(%s) AND (p.qty > 0 OR p.open_buy_qty > 0)"
_NAMED: Final = """JOIN unnest(%s::uuid[], %s::uuid[]) AS named (account_id, instrument_id)
    USING (account_id, instrument_id)"""
_OF_ORDERS: Final = """JOIN (
    SELECT DISTINCT account_id, instrument_id FROM oms_order WHERE id = ANY(%s)
) ordered USING (account_id, instrument_id)"""

_LOTS = """
SELECT account_id, instrument_id, id, qty_open, cost
FROM (
    SELECT lot.account_id, lot.instrument_id, lot.id, lot.qty_open, lot.cost, wanted.qty,
        sum(lot.qty_open) OVER (PARTITION BY lot.account_id, lot.instrument_id ORDER BY lot.id)
            - lot.qty_open AS qty_before
    FROM (
        SELECT account_id, instrument_id, sum(qty - cum_qty) AS qty
        FROM oms_order WHERE id = ANY(%s) AND side = 'SELL' GROUP BY account_id, instrument_id
    ) wanted
    JOIN oms_lot lot USING (account_id, instrument_id)
    WHERE lot.qty_open > 0
) queue
WHERE qty_before < qty ORDER BY id
"""

_COLUMNS: Final = """
SELECT o.id, o.account_id, o.instrument_id, o.symbol, o.cl_ord_id, o.side, o.ord_type,
       o.time_in_force, o.qty, o.limit_price, o.status, o.cum_qty, o.gross, o.created_at,
       o.expires_at, r.cash_initial, r.cash_remaining, r.qty_remaining, o.text, o.worst_price,
       o.extended_hours
FROM oms_order o LEFT JOIN oms_reservation r ON r.order_id = o.id
WHERE """

# The words of the partial index on open orders, so that the index serves them.
_IS_OPEN: Final = "o.status IN ('NEW', 'PARTIALLY_FILLED', 'PENDING_CANCEL', 'PENDING_NEW')"


_ACCOUNT = """
SELECT id, account_type, multiplier, is_employee, cash, reserved, day_start_equity, day_start_date,
    day_start_missing
FROM oms_account WHERE id = %s
"""


def find_account(*, account_id: UUID) -> AccountState | None:
    """Return an account without locking it: to look, not to change."""
    row = ask(_ACCOUNT, [account_id]).fetchone()
    return None if row is None else account_state(row)


def account_state(row: Sequence[Any]) -> AccountState:
    """Turn the columns of _ACCOUNT into a working copy."""
    return AccountState(
        id=row[0],
        account_type=AccountType(row[1]),
        multiplier=row[2],
        is_employee=row[3],
        cash=row[4],
        reserved=row[5],
        day_start_equity=row[6],
        day_start_date=row[7],
        day_start_missing=tuple(row[8]),
    )


def load_working_set(
    *, accounts: dict[UUID, AccountState], pairs: Collection[tuple[UUID, UUID]] = ()
) -> WorkingSet:
    """Return the accounts with everything they hold and these (account, instrument) pairs."""
    positions = ask_positions(account_ids=accounts, pairs=pairs)
    return WorkingSet(accounts=accounts, positions=positions())


def ask_positions(
    *,
    account_ids: Collection[UUID] = (),
    pairs: Collection[tuple[UUID, UUID]] = (),
    order_ids: Collection[UUID] = (),
) -> Later[Positions]:
    """
    Read positions in a pipeline: all that these accounts hold or want, and the ones named.

    Named are the (account id, instrument id) ``pairs`` and the instruments of ``order_ids``,
    held or not.
    """
    rows: list[Iterable[Sequence[Any]]] = []
    if account_ids:
        rows.append(ask(_HOLDING + _HELD, [list(account_ids)]))
    if pairs:
        named = list(pairs)
        rows.append(ask(_HOLDING + _NAMED, [[a for a, _ in named], [i for _, i in named]]))
    if order_ids:
        rows.append(ask(_HOLDING + _OF_ORDERS, [list(order_ids)]))
    return lambda: {(row[0], row[1]): _position(row) for found in rows for row in found}


def _position(row: Sequence[Any]) -> PositionState:
    return PositionState(
        account_id=row[0],
        instrument_id=row[1],
        symbol=row[2],
        qty=row[3],
        cost=row[4],
        reserved_qty=row[5],
        open_buy_qty=row[6],
        realized_pl=row[7],
        last_close=row[8],
        last_close_before=row[9],
        is_written_down=row[10],
    )


def ask_lots_of(*, order_ids: Collection[UUID]) -> Later[dict[tuple[UUID, UUID], list[Lot]]]:
    """
    Read the open lots that these orders may close, oldest first, in a pipeline.

    Only as many as their open shares need: the next sale's cost does not grow with the lots behind.
    """
    rows = ask(_LOTS, [list(order_ids)])

    def read() -> dict[tuple[UUID, UUID], list[Lot]]:
        lots: defaultdict[tuple[UUID, UUID], list[Lot]] = defaultdict(list)
        for account_id, instrument_id, lot_id, qty_open, cost in rows:
            lots[account_id, instrument_id].append(Lot(id=lot_id, qty_open=qty_open, cost=cost))
        return dict(lots)

    return read


def _worst_price(row: Sequence[Any]) -> Price | None:
    """
    Return the most that a share of a market buy may cost.

    Orders that were placed before that was written down may spend what they reserved, no more.
    """
    qty, limit_price, cash_initial, worst_price = row[8], row[9], row[15], row[19]
    if worst_price is None and limit_price is None and cash_initial:
        return price_at_most(cash_initial / qty)
    return None if worst_price is None else Price(worst_price)


def _order(row: Sequence[Any]) -> OrderState:
    return OrderState(
        id=row[0],
        account_id=row[1],
        instrument_id=row[2],
        symbol=row[3],
        cl_ord_id=row[4],
        side=Side(row[5]),
        ord_type=OrdType(row[6]),
        time_in_force=TimeInForce(row[7]),
        fill=FillState(
            order_qty=row[8],
            cum_qty=row[11],
            gross=row[12],
        ),
        limit_price=row[9],
        status=OrdStatus(row[10]),
        created_at=row[13],
        expires_at=row[14],
        cash_initial=row[15] or ZERO,
        cash_remaining=row[16] or ZERO,
        qty_remaining=row[17] or ZERO_QTY,
        text=row[18],
        worst_price=_worst_price(row),
        extended_hours=row[20],
    )


def ask_orders(*, ids: Collection[UUID]) -> Later[dict[UUID, OrderState]]:
    """Read these orders as they stand, in a pipeline; unknown ids are left out."""
    rows = ask(_COLUMNS + "o.id = ANY(%s)", [list(ids)])
    return lambda: {row[0]: _order(row) for row in rows}


def get_owners(*, order_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Return the account of each of these orders; unknown ids are left out."""
    rows = ask("SELECT id, account_id FROM oms_order WHERE id = ANY(%s)", [list(order_ids)])
    return dict(rows.fetchall())


def list_open_orders() -> list[OrderState]:
    """Return every order that may still trade, in the order of their arrival."""
    return [_order(row) for row in ask(_COLUMNS + _IS_OPEN + " ORDER BY o.id").fetchall()]


def list_held_symbols() -> list[str]:
    """Return the symbols that any account holds."""
    rows = ask("SELECT DISTINCT symbol FROM oms_position WHERE qty <> 0 ORDER BY symbol")
    return [row[0] for row in rows.fetchall()]


def list_due_orders(*, now: datetime) -> list[OrderState]:
    """Return the open orders whose time is over."""
    query = _COLUMNS + _IS_OPEN + " AND o.expires_at <= %s ORDER BY o.id"
    return [_order(row) for row in ask(query, [now]).fetchall()]
