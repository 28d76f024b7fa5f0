"""
What one report does to an order and the books. Pure: it changes only what it is given.

Everything that can refuse a report is asked before anything is changed, so that a refused report
leaves no trace.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from oms.contracts import AccountType, ExecutionReport
from oms.domain import lots as tax_lots, posting, reserving
from oms.domain.fills import FillState
from oms.domain.lots import Closing, Lot
from oms.domain.reports import CashNotFree, SharesOnOffer, require_sound
from oms.domain.state import AccountState, OrderState, PositionState, WorkingSet
from oms.domain.transitions import TERMINAL, next_status
from trading.kernel.fix import ExecType, OrdStatus, Side
from trading.kernel.money import ZERO, fill_amount
from trading.kernel.quantities import ZERO_QTY, Price, Qty, plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """A fill's traces in the books: the dollars, the entry's lines, the lots made or changed."""

    amount: Decimal
    postings: tuple[posting.Posting, ...]
    opened: Lot | None
    changed: Sequence[Lot]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fill:
    """A trade that may be booked: where the order stands after it, and the dollars it moves."""

    qty: Qty
    state: FillState
    status: OrdStatus
    amount: Decimal


def apply_report(*, report: ExecutionReport, books: WorkingSet, lot_id: UUID) -> Booked | None:
    """
    Move the order and, for a trade, cash, position and lots; ``lot_id`` names the lot a buy opens.

    :raises UnsoundReport: if its own numbers make no sense
    :raises IllegalTransition: if the report cannot follow the order's status
    :raises Overfill: if it fills more than is left
    :raises CashNotFree: if it spends cash that a cash account has not, or has reserved otherwise
    :raises SharesOnOffer: if it sells shares that are not held, or on offer otherwise
    :raises NotEnoughLots: if a sale closes shares that no lot holds
    """
    require_sound(report)
    order = books.orders[report.order_id]
    account = books.accounts[order.account_id]
    position = books.position(
        account_id=order.account_id, instrument_id=order.instrument_id, symbol=order.symbol
    )
    if report.exec_type is not ExecType.TRADE:
        order.status = next_status(order.status, report.exec_type, is_complete=False)
        order.text = report.text or order.text
        if order.status in TERMINAL:
            reserving.release(order=order, account=account, position=position)
        return None
    assert report.last_qty is not None
    assert report.last_px is not None
    fill = _fill(order, qty=report.last_qty, px=report.last_px)
    key = (order.account_id, order.instrument_id)
    closing: Closing | None = None
    if order.side is Side.BUY:
        _require_cash(order, account, fill)
    else:
        _require_shares(order, position, fill)
        closing = tax_lots.close_first_in_first_out(lots=books.lots.get(key, []), qty=fill.qty)
    order.status, order.fill = fill.status, fill.state
    # The shares leave the reservation before they leave the position: never more offered than held.
    if order.status in TERMINAL:
        reserving.release(order=order, account=account, position=position)
    else:
        reserving.shrink(order=order, account=account, position=position)
    held = books.lots.setdefault(key, [])
    if closing is None:
        return _bought(fill, account=account, position=position, held=held, lot_id=lot_id)
    return _sold(fill, closing, account=account, position=position, held=held)


def _fill(order: OrderState, *, qty: Qty, px: Price) -> _Fill:
    state = order.fill.filled(last_qty=qty, last_px=px)
    return _Fill(
        qty=qty,
        state=state,
        status=next_status(order.status, ExecType.TRADE, is_complete=state.is_complete),
        amount=fill_amount(side=order.side, gross_before=order.fill.gross, gross_after=state.gross),
    )


def _require_cash(order: OrderState, account: AccountState, fill: _Fill) -> None:
    """Let no fill of a cash account spend what other orders have reserved, or what is not there."""
    if account.account_type is not AccountType.CASH:
        return
    still_reserved = (
        ZERO if fill.status in TERMINAL else reserving.cash_needed(order=order, fill=fill.state)
    )
    free = account.cash - account.reserved
    change = order.cash_remaining - still_reserved - fill.amount
    if change < 0 and free + change < 0:
        raise CashNotFree(
            f"the fill costs {plain(fill.amount)}: {plain(max(free, ZERO))} of the account's cash "
            "is free",
            amount=fill.amount,
        )


def _require_shares(order: OrderState, position: PositionState, fill: _Fill) -> None:
    own = order.qty_remaining
    still_offered = ZERO_QTY if fill.status in TERMINAL else fill.state.leaves_qty
    left = position.qty - fill.qty - (position.reserved_qty - own + still_offered)
    if left < 0:
        raise SharesOnOffer(
            f"{plain(fill.qty)} shares were sold: {plain(position.qty)} are held, other open sales "
            f"offer {plain(position.reserved_qty - own)}",
            qty=fill.qty,
        )


def _bought(
    fill: _Fill, *, account: AccountState, position: PositionState, held: list[Lot], lot_id: UUID
) -> Booked:
    opened = Lot(id=lot_id, qty_open=fill.qty, cost=fill.amount)
    held.append(opened)
    account.cash -= fill.amount
    position.cost += fill.amount
    position.qty = Qty(position.qty + fill.qty)
    return Booked(
        amount=fill.amount,
        postings=posting.trade(side=Side.BUY, amount=fill.amount, cost_closed=ZERO),
        opened=opened,
        changed=(),
    )


def _sold(
    fill: _Fill,
    closing: Closing,
    *,
    account: AccountState,
    position: PositionState,
    held: list[Lot],
) -> Booked:
    now_open = {lot.id: lot for lot in closing.lots}
    held[:] = [lot for lot in (now_open.get(old.id, old) for old in held) if lot.qty_open > 0]
    account.cash += fill.amount
    position.cost -= closing.cost
    position.realized_pl += fill.amount - closing.cost
    position.qty = Qty(position.qty - fill.qty)
    return Booked(
        amount=fill.amount,
        postings=posting.trade(side=Side.SELL, amount=fill.amount, cost_closed=closing.cost),
        opened=None,
        changed=closing.lots,
    )
