"""
Buying power and shares kept aside for open orders.

Reserve when the order is let through, shrink with each fill, release what is left at the end. The
account's and the position's totals always move by the same amount as the order's own.
"""

from decimal import Decimal

from oms.domain.state import AccountState, OrderState, PositionState
from trading.kernel.fix import Side
from trading.kernel.money import ZERO, reserve_amount
from trading.kernel.quantities import ZERO_QTY, Qty


def reserve(
    *, order: OrderState, account: AccountState, position: PositionState, cash: Decimal
) -> None:
    """Keep aside what the order needs: ``cash`` dollars for a buy, its shares for a sell."""
    if order.side is Side.BUY:
        order.cash_initial = cash
    _set(order=order, account=account, position=position, cash=cash, qty=order.qty)


def shrink(*, order: OrderState, account: AccountState, position: PositionState) -> None:
    """Follow a fill: keep only the part that the shares still to come need."""
    leaves = order.fill.leaves_qty
    cash = reserve_amount(order.cash_initial * leaves / order.qty)
    _set(order=order, account=account, position=position, cash=cash, qty=leaves)


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
