"""
Buying power and shares kept aside for open orders.

Reserve when the order is let through, shrink with each fill, release what is left at the end. The
account's and the position's totals always move by the same amount as the order's own.
"""

from decimal import Decimal

from oms.domain.fills import FillState
from oms.domain.state import AccountState, OrderState, PositionState
from trading.kernel.fix import Side
from trading.kernel.money import ZERO, fill_amount
from trading.kernel.quantities import ZERO_QTY, Qty, exact_sum, notional


def reserve(
    *, order: OrderState, account: AccountState, position: PositionState, cash: Decimal
) -> None:
    """Keep aside what the order needs: ``cash`` dollars for a buy, its shares for a sell."""
    if order.side is Side.BUY:
        order.cash_initial = cash
    _set(order=order, account=account, position=position, cash=cash, qty=order.qty)


def shrink(*, order: OrderState, account: AccountState, position: PositionState) -> None:
    """Follow a fill: keep only the part that the shares still to come need."""
    cash = cash_needed(order=order, fill=order.fill)
    _set(order=order, account=account, position=position, cash=cash, qty=order.fill.leaves_qty)


def cash_needed(*, order: OrderState, fill: FillState) -> Decimal:
    """
    Return the dollars that the shares still to come after ``fill`` cost at the most; a sale: none.

    By the same rounding as their fills, so that what is booked is never more than is kept aside.
    """
    if order.side is Side.SELL:
        return ZERO
    most = order.most_per_share
    assert most is not None, "an open buy has a limit or a worst price"
    still = notional(qty=fill.leaves_qty, px=most)
    return fill_amount(
        side=order.side, gross_before=fill.gross, gross_after=exact_sum(fill.gross, still)
    )


def release(*, order: OrderState, account: AccountState, position: PositionState) -> None:
    """Give back everything that is still kept aside."""
    _set(order=order, account=account, position=position, cash=ZERO, qty=ZERO_QTY)


def _set(
    *,
    order: OrderState,
    account: AccountState,
    position: PositionState,
    cash: Decimal,
    qty: Qty,
) -> None:
    moved = Qty(qty - order.qty_remaining)
    if order.side is Side.BUY:
        account.reserved += cash - order.cash_remaining
        position.open_buy_qty = Qty(position.open_buy_qty + moved)
        order.cash_remaining = cash
    else:
        position.reserved_qty = Qty(position.reserved_qty + moved)
    order.qty_remaining = qty
