"""What one report does to an order and the books. Pure: it changes only what it is given."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from oms.contracts import ExecutionReport
from oms.domain import lots as tax_lots, posting, reserving
from oms.domain.lots import Lot
from oms.domain.state import OrderState, WorkingSet
from oms.domain.transitions import TERMINAL, next_status
from trading.kernel.fix import ExecType, Side
from trading.kernel.money import ZERO, book_amount
from trading.kernel.quantities import Qty, notional


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """A fill's traces in the books: the dollars, the entry's lines, the lots made or changed."""

    amount: Decimal
    postings: tuple[posting.Posting, ...]
    opened: Lot | None
    changed: Sequence[Lot]


def apply_report(*, report: ExecutionReport, books: WorkingSet, lot_id: UUID) -> Booked | None:
    """
    Move the order and, for a trade, cash, position and lots; ``lot_id`` names the lot a buy opens.

    :raises IllegalTransition: if the report cannot follow the order's status
    :raises Overfill: if it fills more than is left
    :raises NotEnoughLots: if a sale closes shares that no lot holds
    """
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
    fill = order.fill.filled(last_qty=report.last_qty, last_px=report.last_px)
    order.status = next_status(order.status, report.exec_type, is_complete=fill.is_complete)
    order.fill = fill
    # The shares leave the reservation before they leave the position: never more offered than held.
    if order.status in TERMINAL:
        reserving.release(order=order, account=account, position=position)
    else:
        reserving.shrink(order=order, account=account, position=position)
    return _book_trade(report=report, order=order, books=books, lot_id=lot_id)


def _book_trade(
    *, report: ExecutionReport, order: OrderState, books: WorkingSet, lot_id: UUID
) -> Booked:
    assert report.last_qty is not None
    assert report.last_px is not None
    account = books.accounts[order.account_id]
    key = (order.account_id, order.instrument_id)
    position = books.positions[key]
    amount = book_amount(notional(qty=report.last_qty, px=report.last_px))
    held = books.lots.setdefault(key, [])
    opened: Lot | None = None
    changed: Sequence[Lot] = ()
    cost_closed = ZERO
    if order.side is Side.BUY:
        opened = Lot(id=lot_id, qty_open=report.last_qty, cost=amount)
        held.append(opened)
        account.cash -= amount
        position.cost += amount
        position.qty = Qty(position.qty + report.last_qty)
    else:
        closing = tax_lots.close_first_in_first_out(lots=held, qty=report.last_qty)
        changed, cost_closed = closing.lots, closing.cost
        now_open = {lot.id: lot for lot in closing.lots}
        books.lots[key] = [
            lot for lot in (now_open.get(old.id, old) for old in held) if lot.qty_open > 0
        ]
        account.cash += amount
        position.cost -= cost_closed
        position.realized_pl += amount - cost_closed
        position.qty = Qty(position.qty - report.last_qty)
    return Booked(
        amount=amount,
        postings=posting.trade(side=order.side, amount=amount, cost_closed=cost_closed),
        opened=opened,
        changed=changed,
    )
