"""One bad tick, order or report is isolated and told; a kill switch binds as it stands."""

import psycopg
import pytest
from django.db import connection
from msgspec.structs import replace

from oms import interface as oms
from oms.contracts import CancelOrder, ExecutionReport
from oms.desk import Desk, work as work_module
from oms.domain.state import OrderState
from oms.models import Execution, Order
from oms.operations.apply_reports import apply_reports
from oms.operations.cancel import request_cancels
from oms.operations.check_books import check_books
from oms.operations.place import place_orders
from oms.paper.exchange import PaperExchange
from risk import interface as risk
from risk.contracts import SwitchScope
from tests.oms.conftest import order
from tests.oms.desks import WAIT, engage, place, settle, started, status_of
from tests.waiting import until
from trading.kernel.clock import now_ns, utc_now
from trading.kernel.fix import ExecType, OrdStatus

pytestmark = pytest.mark.django_db(transaction=True)


def statuses() -> set[str]:
    return set(Order.objects.values_list("status", flat=True))


# --- Ticks and orders -----------------------------------------------------------------------------


@pytest.mark.parametrize("absurd", [{"ask_size": 1e20}, {"ask_px": 1e300}, {"bid_size": 1e25}])
def test_an_absurd_quote_is_passed_over_and_the_next_fills(desk, market, alice, absurd):
    placed = place(desk, order(alice, qty="10", limit="180.00"))
    settle(desk)
    quote = market.quote("IBM", 179.00, 179.50)
    desk.on_tick(replace(quote, **absurd))
    settle(desk)
    assert desk.state().deaths == 0
    desk.on_tick(market.quote("IBM", 179.00, 179.60))
    until(lambda: status_of(placed.id) == OrdStatus.FILLED, what="the fill")
    assert check_books().breaks == ()


def test_an_order_that_the_exchange_cannot_take_in_is_rejected_by_name_alone(
    desk, alice, monkeypatch
):
    real = PaperExchange.submit

    def fail_on_poison(self, *, order, **circumstances):
        if order.cl_ord_id == "poison":
            raise ArithmeticError("half-way")
        return real(self, order=order, **circumstances)

    monkeypatch.setattr(PaperExchange, "submit", fail_on_poison)
    bad, *others = [
        desk.submit(order(alice, qty="1", cl_ord_id=name)) for name in ("poison", "a", "b")
    ]
    bad = bad.result(WAIT)
    until(lambda: status_of(bad.id) == OrdStatus.REJECTED, what="the rejection")
    for other in others:
        other_id = other.result(WAIT).id
        until(lambda: status_of(other_id) == OrdStatus.FILLED, what="the other's fill")  # noqa: B023
    assert "could not take it in" in Order.objects.get(id=bad.id).text
    assert desk.state().deaths == 0
    assert Execution.objects.count() == 2
    assert check_books().breaks == ()


def test_an_exchange_that_fails_half_way_neither_loses_nor_doubles_a_fill(
    desk, market, alice, bob, monkeypatch
):
    first = place(desk, order(alice, qty="10", limit="180.00"))
    second = place(desk, order(bob, qty="10", limit="180.00"))
    settle(desk)
    real = PaperExchange.on_quote

    def fail_after(self, quote, **circumstances):
        real(self, quote, **circumstances)  # it has filled both, and nobody hears of it
        raise ArithmeticError("half-way")

    with monkeypatch.context() as broken:
        broken.setattr(PaperExchange, "on_quote", fail_after)
        desk.on_tick(market.quote("IBM", 179.00, 179.50))
        settle(desk)
    assert Execution.objects.count() == 0
    desk.on_tick(market.quote("IBM", 179.00, 179.55))
    for placed in (first, second):
        until(lambda: status_of(placed.id) == OrdStatus.FILLED, what="the fill")  # noqa: B023
    assert Execution.objects.count() == 2
    assert check_books().breaks == ()


def test_an_order_whose_reports_cannot_be_booked_is_parked_alone(desk, market, alice, monkeypatch):
    poison = place(desk, order(alice, qty="10", limit="180.00"))
    settle(desk)

    def fail_on_poison(*, reports, **arguments):
        if any(report.order_id == poison.id for report in reports):
            raise ValueError("no")
        return apply_reports(reports=reports, **arguments)

    with monkeypatch.context() as broken:
        broken.setattr(work_module, "apply_reports", fail_on_poison)
        other = place(desk, order(alice, qty="10", limit="179.95"))
        settle(desk)
        desk.on_tick(market.quote("IBM", 179.00, 179.50))
        until(lambda: status_of(other.id) == OrdStatus.FILLED, what="the other's fill")
        assert desk.parked() == 1
        assert desk.state().deaths == 0
    settle(desk)
    assert status_of(poison.id) == OrdStatus.NEW
    desk.stop()
    again = started()
    again.on_tick(market.quote("IBM", 179.00, 179.51))
    until(lambda: status_of(poison.id) == OrdStatus.FILLED, what="the fill after a new start")
    again.stop()
    assert check_books().breaks == ()


# --- The kill switch ------------------------------------------------------------------------------


def other_session() -> psycopg.Connection:
    parameters = connection.get_connection_params()
    return psycopg.connect(
        dbname="postgres",
        **{name: parameters[name] for name in ("host", "port", "user", "password")},
    )


def test_a_switch_takes_back_what_it_binds_without_any_reader(desk, alice, bob):
    for number in range(26):
        place(desk, order((alice, bob)[number % 2], qty="1", limit="150.00"))
    other = place(desk, order(bob, qty="10", limit="13.00", symbol="BAC"))
    # A transaction anywhere in the server, in another database too, holds nothing up.
    with other_session() as idle:
        idle.execute("SELECT pg_current_xact_id()")
        engage(SwitchScope.SYMBOL, symbol="IBM")
        until(
            lambda: Order.objects.filter(symbol="IBM", status=OrdStatus.CANCELED).count() == 26,
            what="26 orders to be canceled",
        )
    settle(desk)
    assert status_of(other.id) == OrdStatus.NEW
    assert Order.objects.filter(symbol="IBM").first() is not None
    assert check_books().breaks == ()


def test_a_switch_that_was_engaged_while_no_desk_ran_binds_before_anything_is_sent(
    market, alice, bob
):
    first = started()
    resting = place(first, order(alice, qty="10", limit="180.00"))
    first.stop()
    (unsent,) = place_orders(commands=[order(bob, qty="10")], now=utc_now()).outcomes
    assert isinstance(unsent, OrderState)
    engage()
    market.quote("IBM", 179.00, 179.50)
    second = Desk()
    second.start()
    try:
        assert second.wait_until_ready(WAIT)
        # Before it said that it stands.
        assert status_of(resting.id) == OrdStatus.CANCELED
        assert status_of(unsent.id) == OrdStatus.CANCELED
    finally:
        second.stop()
    assert Execution.objects.count() == 0
    assert check_books().breaks == ()


def test_a_cancel_that_cannot_be_recorded_keeps_the_order_from_trading(
    desk, market, alice, bob, monkeypatch
):
    poison = place(desk, order(alice, qty="10", limit="180.00"))
    other = place(desk, order(bob, qty="10", limit="180.00"))

    def fail_on_poison(*, commands, **arguments):
        if any(command.order_id == poison.id for command in commands):
            raise ValueError("no")
        return request_cancels(commands=commands, **arguments)

    monkeypatch.setattr(work_module, "request_cancels", fail_on_poison)
    engage()
    until(lambda: status_of(other.id) == OrdStatus.CANCELED, what="the other's cancel")
    until(desk.parked, what="the order to be parked")
    desk.on_tick(market.quote("IBM", 179.00, 179.50))
    settle(desk)
    assert status_of(poison.id) == OrdStatus.NEW
    assert Execution.objects.count() == 0
    request = CancelOrder(
        account_id=alice, order_id=poison.id, actor="user:alice", request_id="",
        received_at=utc_now(),
    )  # fmt: skip
    request_cancels(commands=[request], now=utc_now())
    canceled = ExecutionReport(
        order_id=poison.id, exec_id="by hand", exec_type=ExecType.CANCELED, ts_event=now_ns()
    )
    apply_reports(reports=[canceled], now=utc_now(), actor="user:staff")
    until(lambda: desk.parked() == 0, what="the warning of an order that has ended to go")


def test_a_switch_binds_through_losses_of_the_session(desk, alice):
    placed = [place(desk, order(alice, qty="1", limit="150.00")) for _ in range(26)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    engage(SwitchScope.ACCOUNT, account_id=alice)
    until(lambda: statuses() == {OrdStatus.CANCELED}, what="26 orders to be canceled")
    assert Order.objects.count() == len(placed)
    assert desk.state().deaths == 1
    last = desk.state().last_death
    assert last is not None
    assert "OperationalError" in last.reason


def test_a_lifted_switch_binds_nothing(desk, alice):
    state = engage()
    risk.lift_kill_switch(
        switch_id=state.id, actor="user:second", reason="over", now=utc_now(), request_id=""
    )
    placed = place(desk, order(alice, qty="10", limit="180.00"))
    settle(desk)
    assert status_of(placed.id) == OrdStatus.NEW
    cancel = CancelOrder(
        account_id=alice, order_id=placed.id, actor="user:alice", request_id="",
        received_at=utc_now(),
    )  # fmt: skip
    place(desk, cancel)
    assert oms.parked_orders() == 0
