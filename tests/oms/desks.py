"""A desk of a test's own, and what tests do with one."""

import contextlib
from datetime import timedelta

from oms.desk import Desk, DeskClosed, ExpireOrders, OutcomeUnknown
from oms.models import Order
from risk import interface as risk
from risk.contracts import KillSwitchState, SwitchScope
from tests.waiting import until
from trading.kernel.clock import utc_now

WAIT = 30.0


def started() -> Desk:
    """Start a desk; whoever asks for it stops it."""
    made = Desk()
    made.start()
    assert made.wait_until_ready(WAIT)
    return made


def place(desk, command):
    return desk.submit(command).result(WAIT)


def place_again(desk, command):
    """Place as a patient client does: again for as long as it is refused."""

    def take():
        try:
            return (desk.submit(command).result(WAIT),)
        except DeskClosed:
            return None

    (answer,) = until(take, what="the desk to take orders again")
    return answer


def settle(desk):
    """Wait until the desk has done everything handed in before, also if it dies meanwhile."""

    def ask():
        # A session that was ended may be noticed only now; asking for this once more does no harm.
        with contextlib.suppress(OutcomeUnknown):
            place_again(desk, ExpireOrders(now=utc_now() - timedelta(days=365)))
            return True
        return False

    until(ask, what="the desk to have done what it was handed")


def status_of(order_id) -> str:
    return Order.objects.get(id=order_id).status


def engage(scope=SwitchScope.FIRM, **target) -> KillSwitchState:
    return risk.engage_kill_switch(
        scope=scope, actor="user:principal", reason="a test", now=utc_now(), **target
    )
