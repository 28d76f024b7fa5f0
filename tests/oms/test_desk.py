"""The desk answers each command, and recovers what a crash left open."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import psycopg
import pytest

from marketdata import interface as marketdata
from marketdata.contracts import Need
from oms.contracts import CancelOrder
from oms.desk import (
    Desk,
    DeskClosed,
    ExpireOrders,
    OutcomeUnknown,
    thread as thread_module,
    work as work_module,
)
from oms.domain.state import OrderState
from oms.models import Account, Execution, Order
from oms.operations.cancel import NotCancelable
from oms.operations.check_books import check_books
from oms.operations.place import DuplicateClOrdId, OrderDenied, place_orders
from tests.oms.conftest import order
from tests.oms.desks import WAIT, place, place_again, settle, started, status_of
from tests.waiting import until
from trading.kernel.clock import utc_now
from trading.kernel.fix import OrdStatus, Side

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_market_order_is_answered_then_filled_at_the_offer(desk, alice):
    placed = place(desk, order(alice, qty="10"))
    assert placed.status is OrdStatus.PENDING_NEW
    settle(desk)
    assert status_of(placed.id) == OrdStatus.FILLED
    fill = Execution.objects.get(order_id=placed.id)
    assert (fill.last_qty, fill.last_px) == (10, Decimal("182.50"))
    assert Account.objects.get(id=alice).cash == Decimal("98175.00")


def test_what_the_market_does_not_show_waits_for_the_next_quote(desk, market, alice):
    placed = place(desk, order(alice, qty="520"))
    settle(desk)
    assert status_of(placed.id) == OrdStatus.PARTIALLY_FILLED
    desk.on_tick(market.quote("IBM", 182.50, 182.60))
    settle(desk)
    assert status_of(placed.id) == OrdStatus.FILLED
    assert check_books().breaks == ()


def test_a_caller_who_goes_away_takes_no_answer_from_the_others(desk, alice, monkeypatch):
    batches = []

    def noted(*, commands, **rest):
        batches.append(len(commands))
        return place_orders(commands=commands, **rest)

    monkeypatch.setattr(work_module, "place_orders", noted)
    answers = [desk.submit(order(alice, qty="1")) for _ in range(20)]
    for one in answers[:10]:
        one.cancel()
    assert all(one.result(WAIT).status is OrdStatus.PENDING_NEW for one in answers)
    assert sum(batches) == 20  # none was placed twice
    assert Order.objects.count() == 20


def test_a_limit_order_rests_and_is_canceled(desk, alice):
    placed = place(desk, order(alice, qty="10", limit="180.00"))
    settle(desk)
    assert status_of(placed.id) == OrdStatus.NEW
    cancel = CancelOrder(
        account_id=alice, order_id=placed.id, actor="user:test", request_id="",
        received_at=utc_now(),
    )  # fmt: skip
    place(desk, cancel)
    assert status_of(placed.id) == OrdStatus.CANCELED
    assert Account.objects.get(id=alice).reserved == 0


def test_each_quote_is_needed_where_an_order_rests_and_no_longer(desk, alice, monkeypatch):
    needed = []
    monkeypatch.setattr(
        marketdata, "need_each_quote", lambda *, who, symbols: needed.append((who, symbols))
    )
    placed = place(desk, order(alice, qty="10", limit="180.00"))
    settle(desk)
    place(desk, order(alice, qty="10"))  # filled at once: nothing new rests
    settle(desk)
    place(
        desk,
        CancelOrder(
            account_id=alice,
            order_id=placed.id,
            actor="user:test",
            request_id="",
            received_at=utc_now(),
        ),
    )
    assert needed == [("desk", frozenset({"IBM"})), ("desk", frozenset())]


def test_what_is_traded_or_held_is_followed_also_after_a_restart(desk, alice, monkeypatch):
    needed = []
    monkeypatch.setattr(
        marketdata, "need_prices", lambda *, who, symbols: needed.append((who, symbols))
    )
    place(desk, order(alice, qty="10"))
    place(desk, order(alice, qty="10", symbol="BAC", limit="1.00"))
    place(desk, order(alice, qty="5"))  # nothing new
    settle(desk)
    assert needed == [
        (Need.TRADING, frozenset({"IBM"})),
        (Need.TRADING, frozenset({"BAC", "IBM"})),
    ]
    desk.stop()
    again = Desk()
    again.start()
    try:
        assert again.wait_until_ready(10)
        assert needed[-1] == (Need.TRADING, frozenset({"BAC", "IBM"}))
        assert len(needed) == 3
    finally:
        again.stop()


def test_orders_whose_time_is_over_expire(desk, market, alice):
    market.closes_at = utc_now() + timedelta(hours=1)
    placed = place(desk, order(alice, qty="10", limit="180.00"))
    good_till = place(desk, order(alice, qty="10", limit="180.00", tif="GTC"))
    assert place(desk, ExpireOrders(now=market.closes_at)) == 1
    assert status_of(placed.id) == OrdStatus.EXPIRED
    assert status_of(good_till.id) == OrdStatus.NEW


def test_one_commands_failure_is_its_own(desk, alice, bob):
    answers = [
        desk.submit(command)
        for command in (
            order(alice, qty="100000"),
            order(bob, qty="10", limit="180.00", cl_ord_id="same"),
            order(bob, qty="10", limit="180.00", cl_ord_id="same"),
            order(alice, qty="1"),
        )
    ]
    assert isinstance(answers[0].exception(WAIT), OrderDenied)
    assert answers[1].result(WAIT).cl_ord_id == "same"
    assert isinstance(answers[2].exception(WAIT), DuplicateClOrdId)
    assert answers[3].result(WAIT).status is OrdStatus.PENDING_NEW


def test_many_threads_at_once_leave_true_books(desk, alice, bob):
    def send(number: int):
        account = (alice, bob)[number % 2]
        return place(desk, order(account, qty="1", symbol="BAC"))

    with ThreadPoolExecutor(16) as threads:
        placed = list(threads.map(send, range(200)))
    settle(desk)
    assert len({one.id for one in placed}) == 200
    assert Execution.objects.count() == 200
    assert check_books().breaks == ()


def test_an_order_recorded_but_never_sent_is_sent_at_the_next_start(market, alice):
    (placed,) = place_orders(commands=[order(alice, qty="10")], now=utc_now()).outcomes
    assert isinstance(placed, OrderState)
    recovered = started()
    recovered.stop()
    assert status_of(placed.id) == OrdStatus.FILLED


def test_resting_orders_rest_again_after_a_restart(market, alice):
    first = started()
    placed = place(first, order(alice, qty="10", limit="180.00"))
    first.stop()
    second = started()
    second.on_tick(market.quote("IBM", 179.90, 179.95))
    settle(second)
    second.stop()
    assert status_of(placed.id) == OrdStatus.FILLED
    assert Execution.objects.get().last_px == Decimal("179.95")  # what the market offered then


def test_a_stopped_desk_takes_nothing(market, alice):
    with pytest.raises(DeskClosed):
        Desk().submit(order(alice))
    assert not Order.objects.exists()


def test_a_lost_connection_leaves_the_outcome_unknown_and_the_desk_alive(desk, alice, monkeypatch):
    calls = []

    def lose_it_once(**arguments):
        calls.append(arguments)
        if len(calls) == 1:
            raise psycopg.OperationalError("the server closed the connection")
        return place_orders(**arguments)

    monkeypatch.setattr(work_module, "place_orders", lose_it_once)
    command = order(alice, qty="1")
    assert isinstance(desk.submit(command).exception(WAIT), OutcomeUnknown)
    assert place_again(desk, command).cl_ord_id == command.cl_ord_id


def test_a_failed_batch_is_done_one_by_one(desk, alice, monkeypatch):
    def fail_on_poison(*, commands, **arguments):
        if any(command.cl_ord_id == "poison" for command in commands):
            raise ValueError("no")
        return place_orders(commands=commands, **arguments)

    monkeypatch.setattr(work_module, "place_orders", fail_on_poison)
    answers = {
        name: desk.submit(order(alice, qty="1", cl_ord_id=name)) for name in ("a", "poison", "b")
    }
    assert isinstance(answers["poison"].exception(WAIT), OutcomeUnknown)
    assert answers["a"].result(WAIT).cl_ord_id == "a"
    assert answers["b"].result(WAIT).cl_ord_id == "b"


def test_a_desk_whose_database_is_gone_takes_no_orders_and_comes_back_by_itself(
    desk, alice, monkeypatch
):
    def refuse(**_):
        raise psycopg.OperationalError("gone")

    with monkeypatch.context() as broken:
        broken.setattr(work_module, "apply_reports", refuse)
        placed = place(desk, order(alice, qty="10"))
        until(desk.trouble, what="the desk to be in trouble")
        until(lambda: desk.state().deaths > 2, what="the desk to have tried again")
        assert "gone" in desk.trouble()
        with pytest.raises(DeskClosed, match="gone"):
            desk.submit(order(alice, qty="1"))
        assert status_of(placed.id) == OrdStatus.PENDING_NEW  # recorded; its fill never was

    until(lambda: status_of(placed.id) == OrdStatus.FILLED, what="the fill to be booked")
    until(lambda: desk.trouble() == "", what="the desk to take orders again")
    assert place(desk, order(alice, qty="1")).status is OrdStatus.PENDING_NEW
    settle(desk)
    assert Execution.objects.count() == 2
    assert check_books().breaks == ()


def hold(monkeypatch) -> list[int]:
    """Let fills wait for the next order's commit, and note with how many reports each came."""
    came: list[int] = []

    def noted(**arguments):
        came.append(len(arguments["reports"]))
        return place_orders(**arguments)

    monkeypatch.setattr(thread_module, "BOOK_SECONDS_MAX", WAIT)
    monkeypatch.setattr(work_module, "place_orders", noted)
    return came


def test_a_fill_is_booked_in_the_commit_of_the_next_order_and_judged_before_it(
    desk, alice, monkeypatch
):
    came = hold(monkeypatch)
    bought = place(desk, order(alice, qty="10"))
    assert status_of(bought.id) == OrdStatus.PENDING_NEW
    sold = place(desk, order(alice, side=Side.SELL, qty="10"))  # of what only now is held
    assert came == [0, 2]
    assert status_of(bought.id) == OrdStatus.FILLED
    settle(desk)
    assert status_of(sold.id) == OrdStatus.FILLED
    assert check_books().breaks == ()


def test_a_fill_is_booked_though_no_order_follows(desk, alice):
    placed = place(desk, order(alice, qty="10"))
    until(lambda: status_of(placed.id) == OrdStatus.FILLED, what="the fill to be booked")


def test_a_cancel_meets_the_fill_that_came_before_it(desk, alice, monkeypatch):
    hold(monkeypatch)
    placed = place(desk, order(alice, qty="10"))
    cancel = CancelOrder(
        account_id=alice,
        order_id=placed.id,
        actor="user:alice",
        request_id="",
        received_at=utc_now(),
    )
    assert isinstance(desk.submit(cancel).exception(WAIT), NotCancelable)
    assert status_of(placed.id) == OrdStatus.FILLED


def test_a_desk_that_stops_books_what_it_knows(market, alice, monkeypatch):
    first = started()
    hold(monkeypatch)
    placed = place(first, order(alice, qty="10"))
    first.stop()
    assert status_of(placed.id) == OrdStatus.FILLED


@pytest.mark.parametrize("trouble", [ValueError("no"), psycopg.OperationalError("gone")])
def test_an_order_that_fails_takes_no_fill_with_it(desk, alice, monkeypatch, trouble):
    came = hold(monkeypatch)
    placed = place(desk, order(alice, qty="10"))

    def fail(**_):
        raise trouble

    with monkeypatch.context() as broken:
        broken.setattr(work_module, "place_orders", fail)
        poison = desk.submit(order(alice, qty="1"))
        assert isinstance(poison.exception(WAIT), OutcomeUnknown)
        settle(desk)
    assert status_of(placed.id) == OrdStatus.FILLED
    place(desk, order(alice, qty="1"))
    assert came == [0, 0]
    settle(desk)
    assert Execution.objects.count() == 2
    assert check_books().breaks == ()


def test_a_fill_that_was_booked_with_an_order_nobody_heard_of_is_not_booked_again(
    desk, alice, monkeypatch
):
    hold(monkeypatch)
    placed = place(desk, order(alice, qty="10"))

    def commit_and_lose(**arguments):
        place_orders(**arguments)
        raise psycopg.OperationalError("the server closed the connection")

    with monkeypatch.context() as broken:
        broken.setattr(work_module, "place_orders", commit_and_lose)
        unheard = desk.submit(order(alice, qty="1", cl_ord_id="unheard"))
        assert isinstance(unheard.exception(WAIT), OutcomeUnknown)
    settle(desk)
    assert status_of(placed.id) == OrdStatus.FILLED
    assert Order.objects.get(cl_ord_id="unheard").status == OrdStatus.FILLED
    assert Execution.objects.count() == 2
    assert check_books().breaks == ()
