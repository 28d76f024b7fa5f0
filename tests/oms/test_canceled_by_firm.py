"""An order that the firm takes back says so: to its owner in words, in the record by name."""

import pytest

from compliance.interface import verify_records
from oms import interface as oms
from oms.api import wire
from oms.contracts import CancelOrder
from oms.models import Order
from risk import interface as risk
from risk.contracts import SwitchScope
from tests.oms.conftest import order
from tests.oms.desks import WAIT
from tests.waiting import until
from trading.eventlog.readers import list_stream
from trading.kernel.clock import utc_now
from trading.kernel.fix import OrdStatus

pytestmark = pytest.mark.django_db(transaction=True)


def rest(account_id):
    """Place an order that waits."""
    placed = oms.place_order(command=order(account_id, qty="10", limit="180.00")).result(WAIT)
    until(lambda: status_of(placed) == OrdStatus.NEW, what="the order to rest")
    return placed


def status_of(placed) -> str:
    return Order.objects.get(id=placed.id).status


def canceled_by_switch(placed, scope, account_id):
    switch = risk.engage_kill_switch(
        scope=scope,
        account_id=account_id if scope is SwitchScope.ACCOUNT else None,
        symbol="IBM" if scope is SwitchScope.SYMBOL else None,
        actor="user:officer",
        reason="insider rumour",
        now=utc_now(),
    )
    until(lambda: status_of(placed) == OrdStatus.CANCELED, what="the cancel")
    return switch


@pytest.mark.parametrize(
    ("scope", "why"),
    [
        (SwitchScope.FIRM, "all trading is halted"),
        (SwitchScope.ACCOUNT, "trading in this account is halted"),
        (SwitchScope.SYMBOL, "trading in IBM is halted"),
    ],
)
def test_the_owner_is_told_that_the_firm_canceled_and_why(process_desk, alice, scope, why):
    placed = rest(alice)
    switch = canceled_by_switch(placed, scope, alice)
    text = f"canceled by the firm: {why}"
    view = oms.find_order(account_id=alice, order_id=placed.id)
    assert view is not None and view.text == text
    assert wire.order(view)["text"] == text
    life = oms.find_order_life(account_id=alice, order_id=placed.id)
    assert life is not None
    said = [event.summary for event in life.events]
    assert said[-2:] == [f"Canceled by the firm: {why}", "Canceled with 10 unfilled"]
    assert not any("rumour" in words for words in said)  # the staff's reason stays inside
    told = list_stream(stream=f"order:{placed.id}")
    (requested,) = (event for event in told if event.type == "CancelRequested")
    assert requested.actor == "user:officer"
    assert f'"rule":"switch:{switch.id}"'.encode() in requested.payload
    assert verify_records().bad == ()


def test_ones_own_cancel_is_ones_own_whatever_the_order_waited_for(process_desk, alice):
    placed = rest(alice)
    Order.objects.filter(id=placed.id).update(text="the market is closed; the order waits")
    oms.cancel_order(
        command=CancelOrder(
            account_id=alice,
            order_id=placed.id,
            actor="user:test",
            request_id="",
            received_at=utc_now(),
        )
    ).result(WAIT)
    life = oms.find_order_life(account_id=alice, order_id=placed.id)
    assert life is not None
    assert life.order.text == ""
    assert "You asked to cancel it" in [event.summary for event in life.events]
    assert verify_records().bad == ()


def test_the_number_of_working_orders_is_known_beforehand(process_desk, alice, bob):
    rest(alice)
    rest(bob)
    assert oms.count_cancelable_orders() == 2
    assert oms.count_cancelable_orders(account_id=alice) == 1
    assert oms.count_cancelable_orders(symbol="IBM") == 2
    assert oms.count_cancelable_orders(symbol="BAC") == 0


def test_each_switch_counts_its_own_cancels_whoever_engages_another_meanwhile(
    process_desk, alice, bob
):
    placed = [rest(alice), rest(alice), rest(bob)]
    first = canceled_by_switch(placed[0], SwitchScope.ACCOUNT, alice)
    second = risk.engage_kill_switch(
        scope=SwitchScope.FIRM, account_id=None, symbol=None,
        actor="user:other-officer", reason="an outage", now=utc_now(),
    )  # fmt: skip
    until(lambda: {*map(status_of, placed)} == {OrdStatus.CANCELED}, what="the cancels")
    counted = [
        oms.await_switch(switch_id=switch.id, account_id=switch.account_id, symbol=switch.symbol)
        for switch in (first, second)
    ]
    assert counted == [(2, 0), (1, 0)]
    risk.lift_kill_switch(
        switch_id=second.id, actor="user:officer", reason="it is over", now=utc_now()
    )
    assert oms.await_switch(switch_id=first.id, account_id=alice, symbol=None) == (2, 0)


def test_a_switch_whose_number_begins_like_anothers_is_another(process_desk, alice):
    switch = canceled_by_switch(rest(alice), SwitchScope.ACCOUNT, alice)
    assert oms.await_switch(switch_id=switch.id * 10, account_id=alice, symbol=None)[0] == 0
    assert oms.await_switch(switch_id=int(f"{switch.id}7"), account_id=alice, symbol=None)[0] == 0
