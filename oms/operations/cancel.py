"""
Ask for orders to be canceled. No rule ever keeps an order from being taken back.

The request moves the order to PENDING_CANCEL and is recorded with who asked and, if that is not its
owner, why; the market's answer comes as a report. A cancel of what is already canceled or on its
way is no error.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from oms import locks
from oms.contracts import CancelOrder
from oms.domain.state import OrderState, WorkingSet
from oms.domain.transitions import TERMINAL, next_status
from oms.events import CancelRequested, order_stream
from oms.repository import load, save
from trading.eventlog.record import NewEvent, ask_ledger, record_in
from trading.infra.database import pipeline
from trading.infra.transactions import transaction
from trading.kernel.clock import to_ns
from trading.kernel.errors import TradingError
from trading.kernel.fix import ExecType, OrdStatus


class OrderNotFound(TradingError):
    """There is no such order, or it is not yours. Stop."""

    code = "ORDER_NOT_FOUND"

    def __init__(self, order_id: UUID | str) -> None:
        super().__init__(f"order not found for {order_id}")


class NotCancelable(TradingError):
    """The order has ended otherwise. Stop: its state is the answer."""

    code = "NOT_CANCELABLE"

    def __init__(self, status: OrdStatus) -> None:
        super().__init__(f'order is already in "{status.lower()}" state', status=status)


def request_cancels(
    *, commands: Sequence[CancelOrder], now: datetime
) -> list[OrderState | TradingError]:
    """Record these requests; return each order as it stands then, or why it cannot be canceled."""
    with transaction():
        ids = {command.order_id for command in commands}
        with pipeline():
            accounts = locks.ask_accounts(ids={command.account_id for command in commands})
            locks.lock_orders(ids=ids)
            orders = load.ask_orders(ids=ids)
            ledger = ask_ledger(streams=[order_stream(one) for one in ids], events=len(commands))
        books = WorkingSet(accounts=accounts(), positions={}, orders=orders())
        changes = save.Changes()
        events: list[NewEvent] = []
        outcomes: list[OrderState | TradingError] = []
        for command in commands:
            order = books.orders.get(command.order_id)
            if order is None or order.account_id != command.account_id:
                outcomes.append(OrderNotFound(command.order_id))
            elif order.status in TERMINAL and order.status is not OrdStatus.CANCELED:
                outcomes.append(NotCancelable(order.status))
            else:
                outcomes.append(order)
                if order.status not in {OrdStatus.CANCELED, OrdStatus.PENDING_CANCEL}:
                    order.status = next_status(
                        order.status, ExecType.PENDING_CANCEL, is_complete=False
                    )
                    order.text = command.text
                    changes.orders[order.id] = order
                    events.append(_requested(order, command))
        with pipeline(commits=True):
            save.save(changes=changes, now=now)
            record_in(ledger(), events)
    return outcomes


def _requested(order: OrderState, command: CancelOrder) -> NewEvent:
    return NewEvent(
        stream=order_stream(order.id),
        fact=CancelRequested(
            order_id=order.id,
            account_id=order.account_id,
            exec_id="",
            status=order.status,
            cum_qty=order.fill.cum_qty,
            leaves_qty=order.fill.leaves_qty,
            text=command.text,
            rule=command.rule,
        ),
        ts_event=to_ns(command.received_at),
        actor=command.actor,
        request_id=command.request_id,
        correlation_id=str(order.id),
    )
