"""A lock that another session keeps: it stops what it holds, by name, and nobody else."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.db import connection

from oms.contracts import CancelOrder
from oms.desk import DeskClosed
from oms.models import Execution, Order
from oms.operations.check_books import check_books
from risk.contracts import SwitchScope
from tests.oms.conftest import order
from tests.oms.desks import WAIT, engage, place, settle, status_of
from tests.waiting import until
from trading.eventlog.record import TURN, TURN_LOCK
from trading.kernel.clock import utc_now
from trading.kernel.fix import OrdStatus

pytestmark = pytest.mark.django_db(transaction=True)

ACCOUNT = "SELECT id FROM oms_account WHERE id = %s FOR UPDATE"
ORDERS = "SELECT id FROM oms_order WHERE account_id = %s FOR UPDATE"
POSITIONS = "SELECT id FROM oms_position WHERE account_id = %s FOR UPDATE"
LIMITS = "LOCK TABLE risk_limit IN ACCESS EXCLUSIVE MODE"


@contextmanager
def another_session_holds(query, parameters=()) -> Iterator[None]:
    named = connection.get_connection_params()
    with psycopg.connect(
        dbname=connection.settings_dict["NAME"],
        **{name: named[name] for name in ("host", "port", "user", "password")},
    ) as other:
        other.execute(query, parameters)
        yield


def cancel_of(placed) -> CancelOrder:
    return CancelOrder(
        account_id=placed.account_id, order_id=placed.id, actor="user:alice", request_id="",
        received_at=utc_now(),
    )  # fmt: skip


@pytest.mark.parametrize("rows", [ACCOUNT, ORDERS])
def test_a_held_account_is_refused_by_name_and_the_others_trade_on(desk, market, alice, bob, rows):
    held = place(desk, order(alice, qty="10", limit="180.00"))
    settle(desk)
    with another_session_holds(rows, [alice]):
        with pytest.raises(DeskClosed, match="held by another session"):
            place(desk, cancel_of(held))
        together = [desk.submit(order(who, qty="1", symbol="BAC")) for who in (alice, bob)]
        with pytest.raises(DeskClosed, match="nothing was recorded"):
            together[0].result(WAIT)
        assert together[1].result(WAIT).account_id == bob
        market.quote("BAC", 13.00, 13.01)
        other = place(desk, order(bob, qty="1", symbol="BAC"))
        until(lambda: status_of(other.id) == OrdStatus.FILLED, what="the other's fill")
        assert desk.held() == 1
    until(lambda: desk.held() == 0, what="the account to be free")
    place(desk, cancel_of(held))
    settle(desk)
    assert status_of(held.id) == OrdStatus.CANCELED
    assert Order.objects.filter(account_id=alice).count() == 1
    assert desk.state().deaths == 0
    assert check_books().breaks == ()


def test_a_cancel_that_meets_a_held_position_is_recorded_and_ends_the_order_later(desk, alice, bob):
    mine = place(desk, order(alice, qty="10", limit="180.00"))
    settle(desk)
    with another_session_holds(POSITIONS, [alice]):
        place(desk, cancel_of(mine))
        other = place(desk, order(bob, qty="1"))
        until(lambda: status_of(other.id) == OrdStatus.FILLED, what="the other's fill")
        assert status_of(mine.id) == OrdStatus.PENDING_CANCEL
    until(lambda: status_of(mine.id) == OrdStatus.CANCELED, what="the end of the cancel")
    assert desk.state().deaths == 0
    assert check_books().breaks == ()


def test_a_fill_of_a_held_account_is_booked_once_when_it_is_free(desk, market, alice, bob):
    mine = place(desk, order(alice, qty="10", limit="180.00"))
    other = place(desk, order(bob, qty="10", limit="180.00"))
    settle(desk)
    with another_session_holds(ACCOUNT, [alice]):
        desk.on_tick(market.quote("IBM", 179.90, 179.95))
        until(lambda: status_of(other.id) == OrdStatus.FILLED, what="the other's fill")
        until(desk.held, what="the account to be held")
        desk.on_tick(market.quote("IBM", 179.80, 179.85))
        settle(desk)
        assert status_of(mine.id) == OrdStatus.NEW
    until(lambda: status_of(mine.id) == OrdStatus.FILLED, what="the fill")
    settle(desk)
    assert Execution.objects.filter(account_id=alice).count() == 1
    assert desk.state().deaths == 0
    assert check_books().breaks == ()


def test_an_order_of_a_held_account_rests_on_in_the_market(desk, market, alice):
    mine = place(desk, order(alice, qty="10", limit="180.00"))
    settle(desk)
    with another_session_holds(ACCOUNT, [alice]):
        with pytest.raises(DeskClosed, match="held by another session"):
            place(desk, cancel_of(mine))
        sweeps = desk._sweep_at
        until(lambda: desk._sweep_at > sweeps + 2, what="two looks for orders that no part works")
        assert mine.id in desk._work.exchange.symbol_of
        desk.on_tick(market.quote("IBM", 179.90, 179.95))
    until(lambda: status_of(mine.id) == OrdStatus.FILLED, what="the fill")
    assert desk.state().deaths == 0
    assert check_books().breaks == ()


def test_a_switch_cancels_the_others_and_withdraws_what_is_held(desk, market, alice, bob):
    held = [place(desk, order(alice, qty="1", limit="150.00")) for _ in range(3)]
    others = [place(desk, order(bob, qty="1", limit="150.00")) for _ in range(26)]
    settle(desk)
    with another_session_holds(ACCOUNT, [alice]):
        engage(SwitchScope.FIRM)
        until(
            lambda: Order.objects.filter(status=OrdStatus.CANCELED).count() == len(others),
            what="the others to be canceled",
        )
        until(lambda: not desk._work.exchange.symbol_of, what="the held ones to be withdrawn")
        desk.on_tick(market.quote("IBM", 149.00, 149.50))
        settle(desk)
    until(
        lambda: {status_of(one.id) for one in held} == {OrdStatus.CANCELED},
        what="the held ones to be canceled",
    )
    assert Execution.objects.count() == 0
    assert desk.parked() == 0
    assert check_books().breaks == ()


@pytest.mark.parametrize(("query", "parameters"), [(TURN, TURN_LOCK), (LIMITS, ())])
def test_what_every_order_needs_is_held_and_the_desk_says_so(desk, alice, query, parameters):
    with another_session_holds(query, parameters):
        until(desk.trouble, what="the desk to be in trouble")  # though nobody places an order
        with pytest.raises(DeskClosed, match="nothing was recorded"):
            place(desk, order(alice, qty="1"))
    until(lambda: desk.trouble() == "", what="the desk to come back")
    assert not Order.objects.exists()


def test_an_order_that_meets_the_held_log_is_refused_and_was_not_recorded(desk, alice):
    with another_session_holds(TURN, TURN_LOCK):
        unlucky = desk.submit(order(alice, qty="1"))
        with pytest.raises(DeskClosed, match="nothing was recorded"):
            unlucky.result(WAIT)
    until(lambda: desk.trouble() == "", what="the desk to come back")
    assert not Order.objects.exists()
