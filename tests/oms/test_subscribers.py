"""What follows the event log: screens are told, and a kill switch takes working orders back."""

import asyncio
from typing import Any

import pytest
from channels.layers import get_channel_layer

from oms import interface as oms
from oms.models import Order
from oms.operations.place import OrderDenied
from oms.subscribers import ScreenPush, account_group, look_at_kill_switches
from risk import interface as risk
from risk.contracts import SwitchScope
from tests.oms.conftest import order
from tests.oms.desks import WAIT
from tests.waiting import until
from trading.eventlog.readers import cursor_at_end, read_after
from trading.infra.database import in_thread
from trading.kernel.clock import utc_now
from trading.kernel.fix import OrdStatus

pytestmark = pytest.mark.django_db(transaction=True)


def read_all(cursor):
    """Read until the order's fill is among the events."""
    events = []

    def look():
        events.extend(read_after(cursor))
        return any(event.type == "OrderFilled" for event in events)

    until(look, what="the fill")
    return events


def place(command):
    return oms.place_order(command=command).result(WAIT)


@pytest.mark.parametrize("scope", list(SwitchScope))
def test_an_engaged_kill_switch_takes_working_orders_back_and_lets_none_in(
    process_desk, alice, bob, scope
):
    working = place(order(alice, qty="10", limit="180.00"))
    other = place(order(bob, qty="10", limit="13.00", symbol="BAC"))
    cursor = cursor_at_end()
    risk.engage_kill_switch(
        scope=scope,
        account_id=alice if scope is SwitchScope.ACCOUNT else None,
        symbol="IBM" if scope is SwitchScope.SYMBOL else None,
        actor="user:principal",
        reason="a test",
        now=utc_now(),
    )
    look_at_kill_switches(read_after(cursor))
    oms.expire_orders(now=utc_now())  # answered after everything handed in before it
    assert Order.objects.get(id=working.id).status == OrdStatus.CANCELED
    bound = scope is SwitchScope.FIRM
    assert (Order.objects.get(id=other.id).status == OrdStatus.CANCELED) is bound
    with pytest.raises(OrderDenied, match="new orders are stopped"):
        place(order(alice, qty="1"))
    if not bound:
        assert place(order(bob, qty="1", symbol="BAC")).status is OrdStatus.PENDING_NEW


def test_screens_are_told_which_orders_changed_in_numbered_messages(process_desk, alice):
    async def follow() -> list[dict[str, Any]]:
        layer = get_channel_layer()
        await layer.group_add(account_group(str(alice)), "browser")
        push = ScreenPush(loop=asyncio.get_running_loop())
        cursor = await in_thread(cursor_at_end)
        await in_thread(place, order(alice, qty="10"))
        await in_thread(oms.expire_orders, now=utc_now())
        push(await in_thread(read_all, cursor))
        return [await layer.receive("browser")]

    (message,) = asyncio.run(follow())
    assert message["number"] == 1
    assert [event["event"] for event in message["events"]] == ["pending_new", "new", "fill"]
