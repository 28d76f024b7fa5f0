"""Writes back what a batch has changed: a few statements, however many rows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from oms.domain.booking import Booked
from oms.domain.reports import Terms
from oms.domain.state import AccountState, OrderState, PositionState, WorkingSet
from oms.domain.transitions import TERMINAL
from trading.infra.database import ask


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """An order's row at its birth, beside its working copy."""

    state: OrderState
    extended_hours: bool
    channel: str
    position_intent: str
    verdict: str  # JSON
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewExecution:
    """A fill's rows: the execution, its journal entry with postings, its lots."""

    exec_id: str
    order: OrderState
    booked: Booked
    entry_id: UUID
    last_qty: Decimal
    last_px: Decimal
    ts_event: int
    executed_at: datetime
    trade_date: date
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSuspended:
    """A report that could not be booked, as it came, and why."""

    id: UUID
    terms: Terms
    account_id: UUID | None
    ts_event: str
    text: str
    code: str
    reason: str


@dataclass(slots=True)
class Changes:
    """What a batch has changed."""

    new_orders: list[NewOrder] = field(default_factory=list)
    executions: list[NewExecution] = field(default_factory=list)
    suspended: list[NewSuspended] = field(default_factory=list)
    orders: dict[UUID, OrderState] = field(default_factory=dict)
    positions: dict[tuple[UUID, UUID], PositionState] = field(default_factory=dict)
    accounts: dict[UUID, AccountState] = field(default_factory=dict)

    def touch(self, *, books: WorkingSet, order: OrderState) -> None:
        """Note that the order, its account and its position differ from what is stored."""
        key = (order.account_id, order.instrument_id)
        self.orders[order.id] = order
        self.positions[key] = books.positions[key]
        self.accounts[order.account_id] = books.accounts[order.account_id]


_INSERT_ORDERS = """
INSERT INTO oms_order (id, account_id, instrument_id, symbol, cl_ord_id, side, ord_type,
    time_in_force, qty, limit_price, worst_price, extended_hours, channel, status, cum_qty, gross,
    text, position_intent, verdict, created_at, updated_at, expires_at, failed_at)
SELECT id, account_id, instrument_id, symbol, cl_ord_id, side, ord_type, time_in_force, qty,
    limit_price, worst_price, extended_hours, channel, status, 0, 0, text, position_intent, verdict,
    created_at, created_at, expires_at,
    CASE WHEN status = 'DENIED' THEN created_at END
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[],
    %s::text[], %s::numeric[], %s::numeric[], %s::numeric[], %s::bool[], %s::text[], %s::text[],
    %s::text[], %s::text[], %s::jsonb[], %s::timestamptz[], %s::timestamptz[])
  AS o (id, account_id, instrument_id, symbol, cl_ord_id, side, ord_type, time_in_force, qty,
    limit_price, worst_price, extended_hours, channel, status, text, position_intent, verdict,
    created_at, expires_at)
"""

_INSERT_RESERVATIONS = """
INSERT INTO oms_reservation (order_id, account_id, instrument_id, cash_initial, cash_remaining,
    qty_remaining)
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::numeric[], %s::numeric[],
    %s::numeric[])
"""

_UPDATE_ORDERS = """
UPDATE oms_order o SET status = n.status, cum_qty = n.cum_qty, gross = n.gross, text = n.text,
    updated_at = n.at,
    filled_at = CASE WHEN n.status = 'FILLED' THEN coalesce(o.filled_at, n.executed_at, n.at)
                     ELSE o.filled_at END,
    canceled_at = CASE WHEN n.status = 'CANCELED' THEN coalesce(o.canceled_at, n.at) END,
    expired_at = CASE WHEN n.status = 'EXPIRED' THEN coalesce(o.expired_at, n.at) END,
    failed_at = CASE WHEN n.status = 'REJECTED' THEN coalesce(o.failed_at, n.at) END
FROM (SELECT id, status, cum_qty, gross, text, executed_at, %s::timestamptz AS at
      FROM unnest(%s::uuid[], %s::text[], %s::numeric[], %s::numeric[], %s::text[],
          %s::timestamptz[])
        AS u (id, status, cum_qty, gross, text, executed_at)) n
WHERE o.id = n.id
"""

_UPDATE_RESERVATIONS = """
UPDATE oms_reservation r SET cash_remaining = n.cash_remaining, qty_remaining = n.qty_remaining
FROM unnest(%s::uuid[], %s::numeric[], %s::numeric[]) AS n (id, cash_remaining, qty_remaining)
WHERE r.order_id = n.id
"""

_DELETE_RESERVATIONS = "DELETE FROM oms_reservation WHERE order_id = ANY(%s)"

_INSERT_EXECUTIONS = """
INSERT INTO oms_execution (exec_id, order_id, account_id, symbol, side, last_qty, last_px, amount,
    ts_event, executed_at, trade_date)
SELECT * FROM unnest(%s::text[], %s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::numeric[],
    %s::numeric[], %s::numeric[], %s::bigint[], %s::timestamptz[], %s::date[])
"""

_INSERT_ENTRIES = """
INSERT INTO oms_journalentry (id, account_id, kind, exec_id, description, business_date, created_at)
SELECT id, account_id, 'TRADE', exec_id, description, business_date, created_at
FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::date[], %s::timestamptz[])
  AS e (id, account_id, exec_id, description, business_date, created_at)
"""

_INSERT_POSTINGS = """
INSERT INTO oms_posting (entry_id, account_id, ledger_account, amount)
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::numeric[])
"""

_INSERT_LOTS = """
INSERT INTO oms_lot (id, account_id, instrument_id, exec_id, opened_at, qty, qty_open, cost)
SELECT id, account_id, instrument_id, exec_id, opened_at, qty, qty, cost
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::timestamptz[], %s::numeric[],
    %s::numeric[]) AS l (id, account_id, instrument_id, exec_id, opened_at, qty, cost)
"""

_UPDATE_LOTS = """
UPDATE oms_lot l SET qty_open = n.qty_open, cost = n.cost
FROM unnest(%s::uuid[], %s::numeric[], %s::numeric[]) AS n (id, qty_open, cost) WHERE l.id = n.id
"""

_UPSERT_POSITIONS = """
INSERT INTO oms_position (account_id, instrument_id, symbol, qty, cost, reserved_qty, open_buy_qty,
    realized_pl)
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::numeric[], %s::numeric[],
    %s::numeric[], %s::numeric[], %s::numeric[])
ON CONFLICT (account_id, instrument_id) DO UPDATE SET qty = excluded.qty, cost = excluded.cost,
    reserved_qty = excluded.reserved_qty, open_buy_qty = excluded.open_buy_qty,
    realized_pl = excluded.realized_pl,
    written_down_at = CASE WHEN excluded.qty > 0 THEN oms_position.written_down_at END
"""

_UPDATE_ACCOUNTS = """
UPDATE oms_account a SET cash = n.cash, reserved = n.reserved
FROM unnest(%s::uuid[], %s::numeric[], %s::numeric[]) AS n (id, cash, reserved) WHERE a.id = n.id
"""


_INSERT_SUSPENDED = """
INSERT INTO oms_suspendedreport (suspended_at, id, exec_id, order_id, account_id, exec_type,
    last_qty, last_px, ts_event, text, code, reason)
SELECT %s::timestamptz, r.* FROM unnest(%s::uuid[], %s::text[], %s::uuid[], %s::uuid[], %s::text[],
    %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[]) AS r
"""


def save(*, changes: Changes, now: datetime) -> None:
    """Write what the batch changed, inside its open transaction and a pipeline."""
    if changes.new_orders:
        _insert_orders(changes.new_orders)
    if changes.executions:
        _insert_executions(changes.executions)
    if changes.orders:
        _update_orders(changes, now=now)
    if changes.suspended:
        _insert_suspended(changes.suspended, now=now)
    _write_balances(changes)


def _insert_orders(new: Sequence[NewOrder]) -> None:
    rows = [order.state for order in new]
    ask(
        _INSERT_ORDERS,
        [
            [row.id for row in rows],
            [row.account_id for row in rows],
            [row.instrument_id for row in rows],
            [row.symbol for row in rows],
            [row.cl_ord_id for row in rows],
            [row.side.value for row in rows],
            [row.ord_type.value for row in rows],
            [row.time_in_force.value for row in rows],
            [row.qty for row in rows],
            [row.limit_price for row in rows],
            [row.worst_price for row in rows],
            [order.extended_hours for order in new],
            [order.channel for order in new],
            [row.status.value for row in rows],
            [row.text for row in rows],
            [order.position_intent for order in new],
            [order.verdict for order in new],
            [order.created_at for order in new],
            [row.expires_at for row in rows],
        ],
    )
    kept = [row for row in rows if row.status not in TERMINAL]
    if kept:
        ask(
            _INSERT_RESERVATIONS,
            [
                [row.id for row in kept],
                [row.account_id for row in kept],
                [row.instrument_id for row in kept],
                [row.cash_initial for row in kept],
                [row.cash_remaining for row in kept],
                [row.qty_remaining for row in kept],
            ],
        )


def _update_orders(changes: Changes, *, now: datetime) -> None:
    born = {order.state.id for order in changes.new_orders}
    rows = [order for order in changes.orders.values() if order.id not in born]
    if not rows:
        return
    executed_at = {row.order.id: row.executed_at for row in changes.executions}  # each one's last
    ask(
        _UPDATE_ORDERS,
        [
            now,
            [row.id for row in rows],
            [row.status.value for row in rows],
            [row.fill.cum_qty for row in rows],
            [row.fill.gross for row in rows],
            [row.text for row in rows],
            [executed_at.get(row.id) for row in rows],
        ],
    )
    live = [row for row in rows if row.status not in TERMINAL]
    if live:
        ask(
            _UPDATE_RESERVATIONS,
            [
                [row.id for row in live],
                [row.cash_remaining for row in live],
                [row.qty_remaining for row in live],
            ],
        )
    ended = [row.id for row in rows if row.status in TERMINAL]
    if ended:
        ask(_DELETE_RESERVATIONS, [ended])


def _insert_executions(new: Sequence[NewExecution]) -> None:
    ask(
        _INSERT_EXECUTIONS,
        [
            [row.exec_id for row in new],
            [row.order.id for row in new],
            [row.order.account_id for row in new],
            [row.order.symbol for row in new],
            [row.order.side.value for row in new],
            [row.last_qty for row in new],
            [row.last_px for row in new],
            [row.booked.amount for row in new],
            [row.ts_event for row in new],
            [row.executed_at for row in new],
            [row.trade_date for row in new],
        ],
    )
    ask(
        _INSERT_ENTRIES,
        [
            [row.entry_id for row in new],
            [row.order.account_id for row in new],
            [row.exec_id for row in new],
            [row.description for row in new],
            [row.trade_date for row in new],
            [row.executed_at for row in new],
        ],
    )
    lines = [(row, line) for row in new for line in row.booked.postings]
    if lines:
        ask(
            _INSERT_POSTINGS,
            [
                [row.entry_id for row, _ in lines],
                [row.order.account_id for row, _ in lines],
                [line.ledger_account.value for _, line in lines],
                [line.amount for _, line in lines],
            ],
        )
    _write_lots(new)


def _write_lots(new: Sequence[NewExecution]) -> None:
    opened = [(row, row.booked.opened) for row in new if row.booked.opened is not None]
    if opened:
        ask(
            _INSERT_LOTS,
            [
                [lot.id for _, lot in opened],
                [row.order.account_id for row, _ in opened],
                [row.order.instrument_id for row, _ in opened],
                [row.exec_id for row, _ in opened],
                [row.executed_at for row, _ in opened],
                [lot.qty_open for _, lot in opened],
                [lot.cost for _, lot in opened],
            ],
        )
    # A lot that several fills of the batch touched is written as the last of them left it.
    changed = {lot.id: lot for row in new for lot in row.booked.changed}
    if changed:
        ask(
            _UPDATE_LOTS,
            [
                list(changed),
                [lot.qty_open for lot in changed.values()],
                [lot.cost for lot in changed.values()],
            ],
        )


def _insert_suspended(new: Sequence[NewSuspended], *, now: datetime) -> None:
    ask(
        _INSERT_SUSPENDED,
        [
            now,
            [row.id for row in new],
            [row.terms.exec_id for row in new],
            [row.terms.order_id for row in new],
            [row.account_id for row in new],
            [row.terms.exec_type for row in new],
            [row.terms.last_qty for row in new],
            [row.terms.last_px for row in new],
            [row.ts_event for row in new],
            [row.text for row in new],
            [row.code for row in new],
            [row.reason for row in new],
        ],
    )


def _write_balances(changes: Changes) -> None:
    positions = list(changes.positions.values())
    if positions:
        ask(
            _UPSERT_POSITIONS,
            [
                [row.account_id for row in positions],
                [row.instrument_id for row in positions],
                [row.symbol for row in positions],
                [row.qty for row in positions],
                [row.cost for row in positions],
                [row.reserved_qty for row in positions],
                [row.open_buy_qty for row in positions],
                [row.realized_pl for row in positions],
            ],
        )
    accounts = list(changes.accounts.values())
    if accounts:
        ask(
            _UPDATE_ACCOUNTS,
            [
                [row.id for row in accounts],
                [row.cash for row in accounts],
                [row.reserved for row in accounts],
            ],
        )
