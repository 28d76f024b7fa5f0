"""
The kill switch is a state: which working orders the engaged switches bind, as both stand now.

It is looked at again and again, so that no cancel hangs on a message that was handled once.
"""

from datetime import datetime

from oms import queries
from oms.contracts import CancelOrder
from oms.halts import switch_in_words
from risk import interface as risk


def list_bound(*, now: datetime) -> list[CancelOrder]:
    """Return a cancel for each open order that an engaged switch binds, each order once."""
    bound: dict[object, CancelOrder] = {}
    for switch in risk.list_active_switches():
        # Neither is set when the whole firm is stopped.
        open_ids = queries.list_open_order_ids(account_id=switch.account_id, symbol=switch.symbol)
        for account_id, order_id in open_ids:
            bound.setdefault(
                order_id,
                CancelOrder(
                    account_id=account_id,
                    order_id=order_id,
                    actor=switch.engaged_by,
                    request_id="",
                    received_at=now,
                    text=f"canceled by the firm: {switch_in_words(switch)}",
                    rule=f"switch:{switch.id}",
                ),
            )
    return list(bound.values())
