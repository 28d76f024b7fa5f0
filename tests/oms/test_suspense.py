"""Each report stands alone: what is true is booked, the rest is kept where staff see it."""

import os
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from urllib.parse import urlsplit

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings, strategies as st

from oms.contracts import AccountType, ExecutionReport
from oms.domain import booking
from oms.domain.state import OrderState
from oms.models import (
    Account,
    Execution,
    Order,
    Position,
    SuspendedReport,
    SuspenseResolution,
)
from oms.operations.apply_reports import UnknownOrder, apply_reports
from oms.operations.check_books import check_books
from oms.operations.place import place_orders
from oms.operations.resolve_suspense import (
    CannotBook,
    NotSuspended,
    book_suspended,
    dismiss_suspended,
)
from oms.operations.staff import ReasonRequired
from oms.queries import count_suspended
from tests.oms.conftest import open_for, order
from trading.eventlog.readers import list_stream
from trading.kernel.clock import now_ns, utc_now
from trading.kernel.fix import ExecType, OrdStatus
from trading.kernel.identifiers import new_id
from trading.kernel.quantities import Price, Qty

pytestmark = pytest.mark.django_db(transaction=True)

ACTOR = "system:test"


def placed(command) -> OrderState:
    (outcome,) = place_orders(commands=[command], now=utc_now()).outcomes
    assert isinstance(outcome, OrderState), outcome
    return outcome


def report(of, /, exec_type=ExecType.TRADE, qty=None, px=None, **changes) -> ExecutionReport:
    facts = {
        "order_id": of,
        "exec_id": str(new_id()),
        "exec_type": exec_type,
        "ts_event": now_ns(),
        "last_qty": None if qty is None else Qty(Decimal(qty)),
        "last_px": None if px is None else Price(Decimal(px)),
    }
    return ExecutionReport(**facts | changes)


def apply(*reports):
    return apply_reports(reports=reports, now=utc_now(), actor=ACTOR)


def codes() -> list[str]:
    return list(SuspendedReport.objects.order_by("id").values_list("code", flat=True))


@pytest.fixture
def ten(market, alice) -> OrderState:
    """Alice holds ten shares and offers them in an order that is then canceled."""
    bought = placed(order(alice, qty="10"))
    apply(report(bought.id, qty="10", px="182.50"))
    sale = placed(order(alice, "SELL", "10"))
    apply(report(sale.id, ExecType.NEW), report(sale.id, ExecType.CANCELED))
    return sale


def test_a_late_fill_of_a_canceled_sale_whose_shares_are_on_offer_stops_nobody(
    ten, market, alice, bob
):
    other = placed(order(alice, "SELL", "10", limit="183.00"))
    bobs = placed(order(bob, qty="5"))
    late = report(ten.id, qty="4", px="182.44")
    apply(late, report(bobs.id, qty="5", px="182.50"))
    assert codes() == ["SHARES_ON_OFFER"]
    assert Order.objects.get(id=bobs.id).status == OrdStatus.FILLED
    assert Position.objects.get(account=alice).qty == 10
    assert Order.objects.get(id=other.id).status == OrdStatus.PENDING_NEW
    apply(late)  # said again: known
    assert count_suspended() == 1
    (event,) = list_stream(stream=f"suspense:{SuspendedReport.objects.get().id}")
    assert event.type == "ReportSuspended"
    assert check_books().breaks == ()


def test_a_late_fill_whose_shares_are_free_is_booked(ten, alice):
    apply(report(ten.id, qty="4", px="182.44"))
    assert codes() == []
    assert Position.objects.get(account=alice).qty == 6
    assert Order.objects.get(id=ten.id).status == OrdStatus.CANCELED


def test_a_late_buy_whose_cash_is_reserved_by_now_is_suspended(market, alice):
    first = placed(order(alice, qty="500", limit="180.00"))
    apply(report(first.id, ExecType.NEW), report(first.id, ExecType.CANCELED))
    placed(order(alice, qty="500", limit="180.00"))
    apply(report(first.id, qty="100", px="180.00"))
    assert codes() == ["CASH_NOT_FREE"]
    assert Account.objects.get(id=alice).cash == 100_000


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"last_qty": Qty(Decimal(11))}, "OVERFILL"),
        ({"last_qty": None}, "UNSOUND_REPORT"),
        ({"last_px": None}, "UNSOUND_REPORT"),
        ({"exec_type": ExecType.CANCELED}, "UNSOUND_REPORT"),
        ({"last_qty": Qty(Decimal(0))}, "UNSOUND_REPORT"),
        ({"last_qty": Qty(Decimal("1E+30"))}, "UNSOUND_REPORT"),
        ({"last_qty": Qty(Decimal("NaN"))}, "UNSOUND_REPORT"),
        ({"last_px": Price(Decimal(-1))}, "UNSOUND_REPORT"),
        ({"last_px": Price(Decimal("0.000000001"))}, "UNSOUND_REPORT"),
        ({"exec_id": "a\0b"}, "UNSOUND_REPORT"),
        ({"exec_id": ""}, "UNSOUND_REPORT"),
        ({"text": "\0"}, "UNSOUND_REPORT"),
        ({"ts_event": 10**30}, "UNSOUND_REPORT"),
        ({"ts_event": -1}, "UNSOUND_REPORT"),
        ({"order_id": new_id()}, "UNKNOWN_ORDER"),
    ],
)
def test_a_lie_is_kept_as_it_came_and_the_batch_goes_on(market, alice, changes, code):
    state = placed(order(alice, qty="10"))
    apply(
        report(state.id, ExecType.NEW),
        report(state.id, **{"qty": "1", "px": "182.50"} | changes),
        report(state.id, qty="10", px="182.50"),
    )
    assert codes() == [code]
    assert Order.objects.get(id=state.id).status == OrdStatus.FILLED
    assert check_books().breaks == ()


def test_a_rejection_after_a_partial_fill_is_suspended_and_the_fill_stands(market, alice):
    state = placed(order(alice, qty="10"))
    refusal = report(state.id, ExecType.REJECTED)
    apply(report(state.id, qty="3", px="182.50"), refusal, refusal)
    assert codes() == ["ILLEGAL_TRANSITION"]
    assert Order.objects.get(id=state.id).status == OrdStatus.PARTIALLY_FILLED
    assert Position.objects.get(account=alice).qty == 3


def test_an_exec_id_that_is_used_again_for_something_else_is_suspended(market, alice):
    state = placed(order(alice, qty="10"))
    true = report(state.id, qty="3", px="182.50")
    lie = report(state.id, qty="4", px="182.50", exec_id=true.exec_id)
    apply(true, lie)
    apply(true, lie)
    assert codes() == ["EXEC_ID_REUSED"]
    assert Execution.objects.count() == 1
    with pytest.raises(CannotBook):
        resolve(book_suspended)


def test_a_report_that_was_recorded_and_is_said_again_is_no_alarm(market, alice):
    state = placed(order(alice, qty="10"))
    known = report(state.id, ExecType.NEW)
    apply(known)
    apply(report(state.id, ExecType.CANCELED))
    apply(known)
    assert codes() == []


def test_a_report_that_the_database_refuses_takes_no_other_with_it(market, alice, monkeypatch):
    first, second = placed(order(alice, qty="1")), placed(order(alice, qty="1"))
    real = booking.apply_report

    def broken(*, report, **rest):
        if report.order_id == first.id:
            raise ValueError("nobody thought of it")
        return real(report=report, **rest)

    monkeypatch.setattr("oms.operations.apply_reports.apply_report", broken)
    apply(
        report(first.id, qty="1", px="182.50"),
        report(second.id, qty="1", px="182.50"),
    )
    assert codes() == ["UNSOUND_REPORT"]
    assert "nobody thought of it" in SuspendedReport.objects.get().reason
    assert Order.objects.get(id=second.id).status == OrdStatus.FILLED


def resolve(how, reason="the market confirmed it"):
    how(
        suspense_id=SuspendedReport.objects.get().id,
        actor="user:charlie",
        reason=reason,
        now=utc_now(),
    )


def test_staff_book_it_once_the_books_can_take_it_and_only_once(ten, market, alice):
    other = placed(order(alice, "SELL", "10", limit="183.00"))
    apply(report(ten.id, qty="4", px="182.44"))
    with pytest.raises(ReasonRequired):
        resolve(book_suspended, " ")
    with pytest.raises(Exception, match="other open sales offer 10"):
        resolve(book_suspended)
    assert count_suspended() == 1
    apply(report(other.id, ExecType.CANCELED))
    resolve(book_suspended)
    assert (count_suspended(), Position.objects.get(account=alice).qty) == (0, 6)
    row = SuspenseResolution.objects.get()
    assert (row.outcome, row.resolved_by) == ("BOOKED", "user:charlie")
    assert [event.type for event in list_stream(stream=f"suspense:{row.pk}")] == [
        "ReportSuspended",
        "SuspenseResolved",
    ]
    with pytest.raises(NotSuspended):
        resolve(dismiss_suspended)
    assert check_books().breaks == ()


@pytest.fixture
def application_role():
    """Let this thread's connection be the application's: it may not update what is written once."""
    url = os.environ.get("TEST_DATABASE_APPLICATION_URL")
    if not url:
        pytest.skip("the database was given by the environment, without an application role")
    with connection.cursor() as cursor:
        cursor.execute(f'SET ROLE "{urlsplit(url).username}"')
        yield
        cursor.execute("RESET ROLE")


def test_the_application_role_may_dismiss_and_book(ten, market, alice, application_role):
    apply(report(new_id(), qty="1", px="1"))
    resolve(dismiss_suspended, "the market took it back")
    other = placed(order(alice, "SELL", "10", limit="183.00"))
    apply(report(ten.id, qty="4", px="182.44"), report(other.id, ExecType.CANCELED))
    late = SuspendedReport.objects.get(code="SHARES_ON_OFFER")
    book_suspended(suspense_id=late.id, actor="user:charlie", reason="true", now=utc_now())
    assert count_suspended() == 0
    assert Position.objects.get(account=alice).qty == 6


def test_of_two_decisions_at_once_one_is_refused(market, alice):
    apply(report(new_id(), qty="1", px="1"))

    def decide(_: int) -> str:
        try:
            resolve(dismiss_suspended)
        except NotSuspended as error:
            return error.code
        finally:
            connection.close()
        return "DISMISSED"

    with ThreadPoolExecutor(4) as threads:
        answers = sorted(threads.map(decide, range(4)))
    assert answers == ["DISMISSED", *["NOT_SUSPENDED"] * 3]


def test_staff_dismiss_what_is_not_true(market, alice):
    apply(report(new_id(), qty="1", px="1"))
    with pytest.raises(UnknownOrder):
        resolve(book_suspended)
    resolve(dismiss_suspended, "the market took it back")
    assert count_suspended() == 0


anything = st.tuples(
    st.integers(0, 3),  # which order; the last is nobody's
    st.sampled_from(ExecType),
    st.decimals("-1", "12", places=1),
    st.sampled_from(["182.50", "0", "1000000000", "0.01", "NaN"]),
    st.integers(0, 6),  # which exec_id: some are said twice
)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(said=st.lists(anything, min_size=3, max_size=14))
def test_no_report_breaks_a_batch_or_the_books(said, market, instruments):
    # Of each round their own: a lying market may leave nothing to trade with.
    alice = open_for(f"alice-{new_id().hex[-12:]}", AccountType.CASH)
    bob = open_for(f"bob-{new_id().hex[-12:]}", AccountType.MARGIN)
    held = placed(order(alice, qty="5", limit="182.50"))
    apply(report(held.id, qty="5", px="182.50"))
    orders = [
        placed(order(alice, qty="10", limit="182.50")).id,
        placed(order(bob, qty="10")).id,
        placed(order(alice, "SELL", "1", limit="182.50")).id,
        new_id(),
    ]
    names = [str(new_id()) for _ in range(7)]
    apply(
        *(
            report(
                orders[which],
                kind,
                *((qty, px) if kind is ExecType.TRADE else ()),
                exec_id=names[name],
            )
            for which, kind, qty, px, name in said
        )
    )
    assert check_books().breaks == ()
    assert Account.objects.get(id=alice).cash >= 0
