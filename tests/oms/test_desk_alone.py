"""One writer for a database: the second is refused, and what was lost can never write later."""

import contextlib
from uuid import UUID

import psycopg
import pytest
from django.db import connection, connections

from marketdata.contracts import TradingStatus
from oms import interface as oms
from oms.desk import Desk, DeskClosed, OutcomeUnknown
from oms.domain.state import OrderState
from oms.models import Execution, Order
from oms.operations.check_books import check_books
from oms.operations.place import place_orders
from tests.oms.conftest import order
from tests.oms.desks import WAIT, place, place_again, settle, started, status_of
from tests.proxy import Proxy
from tests.waiting import until
from trading.kernel.clock import now_ns, utc_now
from trading.kernel.fix import OrdStatus

pytestmark = pytest.mark.django_db(transaction=True)

# What a recovery sends later than it should have been is filled, or canceled by name.
WORKED = {OrdStatus.FILLED, OrdStatus.CANCELED}

BACKENDS = "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'openbell desk%%'"


def to_all_sessions_of_desks(function: str) -> int:
    """Call a function of the server with each desk's session; return how many there were."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count({function}(pid)) FROM ({BACKENDS}) own "
            "JOIN pg_stat_activity USING (pid) WHERE datname = current_database()"
        )
        return int(cursor.fetchone()[0])


def test_a_second_desk_is_refused_by_name_and_takes_over_once_the_first_has_ended(market, alice):
    first, second = Desk(), Desk()
    first.start()
    assert first.wait_until_ready(WAIT)
    placed = place(first, order(alice, qty="10", limit="180.00"))
    second.start()
    try:
        until(lambda: "held by" in second.trouble(), what="the second to be refused")
        assert oms.writer_elsewhere() in second.trouble()
        assert "pid" in second.trouble() and "backend" in second.trouble()
        with pytest.raises(DeskClosed, match="held by openbell desk pid"):
            second.submit(order(alice, qty="1"))
        second.on_tick(market.quote("IBM", 179.90, 179.95))
        settle(first)
        assert Execution.objects.count() == 0  # the second matches nothing, the first was not told
        first.stop()
        assert second.wait_until_ready(WAIT)
        second.on_tick(market.quote("IBM", 179.80, 179.85))
        settle(second)
        assert status_of(placed.id) == OrdStatus.FILLED
        assert Execution.objects.count() == 1
    finally:
        second.stop()
    assert oms.writer_elsewhere() == ""


def test_a_desk_that_does_not_run_keeps_no_ticks(market, alice):
    desk = started()
    place(desk, order(alice, qty="10", limit="180.00"))
    settle(desk)
    desk.stop()
    for _ in range(100):
        desk.on_tick(market.quote("IBM", 182.40, 182.50))
        desk.look_at_switches()
    assert not desk._inbox.take_all()


def test_a_halt_that_comes_while_an_order_is_put_back_stops_it(market, alice, monkeypatch):
    first = started()
    resting = place(first, order(alice, qty="10", limit="180.00"))
    settle(first)
    first.stop()
    second = Desk()
    restore = second._work._sending.restore

    def halt_after(state):
        reports = restore(state)
        second.on_tick(
            TradingStatus(
                symbol="IBM", status_code="H", status_message="Trading Halt", reason_code="T1",
                reason_message="News pending", ts_event=now_ns(), ts_init=now_ns(), source="test",
            )
        )  # fmt: skip
        return reports

    monkeypatch.setattr(second._work._sending, "restore", halt_after)
    second.start()
    try:
        assert second.wait_until_ready(WAIT)
        second.on_tick(market.quote("IBM", 179.00, 179.50))
        settle(second)
        assert status_of(resting.id) == OrdStatus.NEW
    finally:
        second.stop()


def test_nobody_else_holds_the_lock_while_no_desk_runs(db):
    assert oms.writer_elsewhere() == ""


@pytest.mark.parametrize("function", ["pg_terminate_backend", "pg_cancel_backend"])
def test_a_session_that_is_cut_or_canceled_leaves_the_desk_alive(desk, market, alice, function):
    resting = place(desk, order(alice, qty="10", limit="180.00"))
    settle(desk)
    for number in range(5):
        until(lambda: to_all_sessions_of_desks(function) == 1, what="the desk's session")
        market.quote("IBM", 182.44, 182.50)  # on a slow machine the last one is old by now
        with contextlib.suppress(OutcomeUnknown):
            place_again(desk, order(alice, qty="1", cl_ord_id=f"after-{number}"))
    until(lambda: desk.trouble() == "", what="the desk to take orders")
    settle(desk)
    assert set(Order.objects.exclude(id=resting.id).values_list("status", flat=True)) <= WORKED
    settle(desk)
    assert status_of(resting.id) == OrdStatus.NEW
    assert check_books().breaks == ()


@pytest.fixture
def proxy(market, alice):
    connection.ensure_connection()  # the test's own goes straight to the server
    parameters = connection.get_connection_params()
    with Proxy(host=parameters["host"], port=int(parameters["port"])) as made:
        yield made


@pytest.fixture
def desk_behind_proxy(proxy, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setitem(connections.settings["default"], "PORT", str(proxy.port))
        made = started()
        yield made
        made.stop()


def test_a_commit_that_is_on_its_way_when_the_session_is_lost_never_lands_later(
    desk_behind_proxy, proxy, alice
):
    desk = desk_behind_proxy
    proxy.hold_next(b"COMMIT")
    unheard = desk.submit(order(alice, qty="10", cl_ord_id="unheard"))
    assert proxy.holds.wait(WAIT)
    assert isinstance(unheard.exception(WAIT), OutcomeUnknown)
    until(
        lambda: desk.state().deaths == 1 and desk.trouble() == "", what="the desk to have recovered"
    )
    proxy.let_go()
    settle(desk)
    assert not Order.objects.filter(cl_ord_id="unheard").exists()
    placed = place_again(desk, order(alice, qty="10", cl_ord_id="unheard"))
    settle(desk)
    assert status_of(placed.id) == OrdStatus.FILLED
    assert check_books().breaks == ()


def test_a_commit_that_lands_before_the_recovery_is_worked_by_it(desk_behind_proxy, proxy, alice):
    desk = desk_behind_proxy
    proxy.hold_next(b"COMMIT")
    unheard = desk.submit(order(alice, qty="10", cl_ord_id="unheard"))
    assert proxy.holds.wait(WAIT)
    proxy.let_go()
    assert isinstance(unheard.exception(WAIT), OutcomeUnknown)
    settle(desk)
    found = Order.objects.filter(cl_ord_id="unheard").first()
    assert found is None or found.status in WORKED
    assert check_books().breaks == ()


def test_all_lines_cut_while_orders_stream_lose_and_double_nothing(desk_behind_proxy, proxy, alice):
    desk = desk_behind_proxy
    heard: set[UUID] = set()
    for number in range(60):
        if number % 10 == 5:
            proxy.cut()
        try:
            placed = desk.submit(order(alice, qty="1", symbol="BAC")).result(WAIT)
            heard.add(placed.id)
        except (DeskClosed, OutcomeUnknown):
            until(lambda: desk.trouble() == "", what="the desk to come back")
    settle(desk)
    written = set(Order.objects.values_list("id", flat=True))
    assert heard <= written
    assert set(Order.objects.values_list("status", flat=True)) <= WORKED
    assert Execution.objects.count() == Order.objects.filter(status=OrdStatus.FILLED).count()
    assert check_books().breaks == ()


def test_an_open_order_that_no_part_works_is_found_and_taken_up(desk, market, alice):
    (placed,) = place_orders(commands=[order(alice, qty="10")], now=utc_now()).outcomes
    assert isinstance(placed, OrderState)
    until(lambda: status_of(placed.id) != OrdStatus.PENDING_NEW, what="the order to be worked")
    settle(desk)  # filled, or canceled by name if its quote is too old by now
    assert status_of(placed.id) in WORKED
    assert check_books().breaks == ()


def test_an_order_that_has_ended_in_the_database_does_not_trade_on(desk, market, alice):
    placed = place(desk, order(alice, qty="10", limit="180.00"))
    settle(desk)
    with psycopg.connect(
        dbname=connection.settings_dict["NAME"],
        **{
            name: connection.get_connection_params()[name]
            for name in ("host", "port", "user", "password")
        },
    ) as other:
        other.execute("UPDATE oms_order SET status = 'CANCELED' WHERE id = %s", [placed.id])
    until(lambda: not desk._work.exchange.symbol_of, what="the order to be taken out")
    desk.on_tick(market.quote("IBM", 179.90, 179.95))
    settle(desk)
    assert Execution.objects.count() == 0
