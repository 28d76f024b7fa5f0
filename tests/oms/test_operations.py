"""Old state + events = new state, for every operation on the books."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection

from marketdata import interface as marketdata
from oms.contracts import CancelOrder, ExecutionReport
from oms.domain.order import NotFractionable, SubPennyPrice, UnknownSymbol
from oms.domain.state import OrderState
from oms.market import is_open_at
from oms.models import Account, Execution, JournalEntry, Lot, Order, Position, Posting, Reservation
from oms.operations.apply_reports import apply_reports
from oms.operations.cancel import NotCancelable, OrderNotFound, request_cancels
from oms.operations.check_books import check_books
from oms.operations.place import AccountNotFound, DuplicateClOrdId, OrderDenied, place_orders
from oms.queries import list_orders
from tests.oms.conftest import order
from trading.eventlog.models import Event
from trading.infra.transactions import savepoint
from trading.kernel.clock import now_ns, utc_now
from trading.kernel.errors import TradingError
from trading.kernel.fix import ExecType, OrdStatus
from trading.kernel.identifiers import new_id
from trading.kernel.quantities import Price, Qty

pytestmark = pytest.mark.django_db


def place(*commands):
    return place_orders(commands=commands, now=utc_now()).outcomes


def placed(command) -> OrderState:
    (outcome,) = place(command)
    assert isinstance(outcome, OrderState), outcome
    return outcome


def report(state, exec_type=ExecType.TRADE, qty=None, px=None, exec_id=None):
    return ExecutionReport(
        order_id=state.id,
        exec_id=exec_id or str(new_id()),
        exec_type=exec_type,
        ts_event=now_ns(),
        last_qty=None if qty is None else Qty(Decimal(qty)),
        last_px=None if px is None else Price(Decimal(px)),
    )


def apply(*reports):
    return apply_reports(reports=reports, now=utc_now(), actor="system:test")


def types_of(state) -> list[str]:
    events = Event.objects.filter(stream=f"order:{state.id}").order_by("seq")
    return [event.type for event in events]


def test_a_placed_order_is_recorded_with_its_reservation_and_verdict(market, alice):
    state = placed(order(alice, qty="10", limit="182.00"))
    row = Order.objects.get(id=state.id)
    assert row.status == OrdStatus.PENDING_NEW
    assert row.verdict["accepted"] is True
    assert len(row.verdict["results"]) >= 8
    assert Reservation.objects.get(order=row).cash_remaining == Decimal("1820.00")
    assert Account.objects.get(id=alice).reserved == Decimal("1820.00")
    assert types_of(state) == ["OrderPlaced"]


def test_a_buy_fills_into_cash_position_lot_and_a_balanced_entry(market, alice):
    state = placed(order(alice, qty="10", limit="182.50"))
    apply(report(state, ExecType.NEW), report(state, qty="4", px="182.50"))
    assert Order.objects.get(id=state.id).status == OrdStatus.PARTIALLY_FILLED
    assert Account.objects.get(id=alice).reserved == Decimal("1095.00")
    apply(report(state, qty="6", px="182.40"))
    row = Order.objects.get(id=state.id)
    assert (row.status, row.cum_qty) == (OrdStatus.FILLED, 10)
    account = Account.objects.get(id=alice)
    assert account.cash == Decimal(100000) - Decimal("730.00") - Decimal("1094.40")
    assert account.reserved == 0
    position = Position.objects.get(account=alice)
    assert (position.qty, position.cost) == (10, Decimal("1824.40"))
    assert Lot.objects.count() == 2
    assert Posting.objects.filter(account=alice, ledger_account="SECURITIES").count() == 2
    assert types_of(state) == ["OrderPlaced", "OrderAccepted", "OrderFilled", "OrderFilled"]


def test_a_sale_closes_the_oldest_lots_and_realises_the_difference(market, alice):
    for px in ("10.00", "20.00", "30.00"):
        bought = placed(order(alice, qty="10", symbol="BAC", limit="13.91"))
        apply(report(bought, ExecType.NEW), report(bought, qty="10", px=px))
    sold = placed(order(alice, "SELL", "15", symbol="BAC", limit="13.90"))
    assert Position.objects.get(account=alice).reserved_qty == 15
    apply(report(sold, ExecType.NEW), report(sold, qty="15", px="25.00"))
    position = Position.objects.get(account=alice)
    assert (position.qty, position.reserved_qty) == (15, 0)
    assert position.realized_pl == Decimal("375.00") - Decimal("200.00")
    assert position.cost == Decimal("400.00")
    opened = list(Lot.objects.order_by("id").values_list("qty_open", flat=True))
    assert opened == [0, 5, 10]


def test_a_fraction_of_a_share_is_booked_up_to_the_next_cent(market, alice):
    state = placed(order(alice, qty="0.333333333"))
    apply(report(state, ExecType.NEW), report(state, qty="0.333333333", px="182.50"))
    assert Account.objects.get(id=alice).cash == Decimal("99939.16")
    assert Position.objects.get(account=alice).qty == Decimal("0.333333333")


def test_the_same_report_twice_is_booked_once(market, alice):
    state = placed(order(alice, qty="10", limit="182.50"))
    fill = report(state, qty="4", px="182.50")
    apply(report(state, ExecType.NEW), fill, fill)
    apply(fill)
    assert Execution.objects.count() == 1
    assert Order.objects.get(id=state.id).cum_qty == 4


def test_a_report_that_cannot_be_applied_stops_alone(market, alice, bob):
    first = placed(order(alice, qty="10", limit="182.50"))
    second = placed(order(bob, qty="10", limit="182.50"))
    applied = apply(
        report(first, ExecType.NEW),
        report(first, qty="11", px="182.50"),  # more than was ordered
        report(second, ExecType.NEW),
        report(second, qty="10", px="182.50"),
    )
    assert [error.code for _, error in applied.refused] == ["OVERFILL"]
    assert Account.objects.get(id=alice).cash == 100_000
    assert Order.objects.get(id=second.id).status == OrdStatus.FILLED


def test_a_report_refused_after_a_good_one_of_the_same_order_leaves_only_the_good_one(
    market, alice
):
    state = placed(order(alice, qty="10", limit="182.50"))
    apply(
        report(state, ExecType.NEW),
        report(state, qty="4", px="182.50"),
        report(state, qty="7", px="182.50"),  # one more than is left
    )
    row = Order.objects.get(id=state.id)
    assert (row.status, row.cum_qty) == (OrdStatus.PARTIALLY_FILLED, 4)
    assert Account.objects.get(id=alice).cash == Decimal("99270.00")
    assert Account.objects.get(id=alice).reserved == Decimal("1095.00")
    assert Position.objects.get(account=alice).open_buy_qty == 6


def test_a_late_fill_of_a_canceled_order_is_booked(market, alice):
    state = placed(order(alice, qty="10", limit="182.50"))
    apply(report(state, ExecType.NEW), report(state, ExecType.CANCELED))
    apply(report(state, qty="3", px="182.50"))
    row = Order.objects.get(id=state.id)
    assert (row.status, row.cum_qty) == (OrdStatus.CANCELED, 3)
    assert Position.objects.get(account=alice).qty == 3
    assert Position.objects.get(account=alice).open_buy_qty == 0


def test_a_client_order_id_is_used_once_for_ever(market, alice, bob):
    first = placed(order(alice, cl_ord_id="mine"))
    outcomes = place(order(alice, cl_ord_id="mine"), order(bob, cl_ord_id="mine"))
    assert isinstance(outcomes[0], DuplicateClOrdId)
    assert outcomes[0].context["existing_order_id"] == first.id
    assert isinstance(outcomes[1], OrderState)


def test_twice_the_same_id_in_one_batch_places_one_order(market, alice):
    outcomes = place(order(alice, cl_ord_id="mine"), order(alice, cl_ord_id="mine"))
    assert isinstance(outcomes[0], OrderState)
    assert isinstance(outcomes[1], DuplicateClOrdId)
    assert Order.objects.count() == 1


def test_a_refusal_does_not_use_up_the_client_order_id(market, alice):
    (denied,) = place(order(alice, qty="100000", cl_ord_id="mine"))
    assert isinstance(denied, OrderDenied)
    assert isinstance(placed(order(alice, qty="1", cl_ord_id="mine")), OrderState)


def test_a_denied_order_is_kept_with_every_reason_and_moves_nothing(market, alice):
    (denied,) = place(order(alice, qty="5000", limit="250.00"))
    assert isinstance(denied, OrderDenied)
    row = Order.objects.get(id=denied.order_id)
    failed = {check["code"] for check in row.verdict["results"] if not check["passed"]}
    assert {"BUYING_POWER", "PRICE_COLLAR", "ORDER_VALUE"} <= failed
    assert row.status == OrdStatus.DENIED
    assert not Reservation.objects.exists()
    assert Account.objects.get(id=alice).reserved == 0
    assert [event.type for event in Event.objects.filter(stream=f"order:{row.id}")] == [
        "OrderDenied"
    ]


def test_orders_of_one_batch_see_each_others_reservations(market, alice):
    outcomes = place(*(order(alice, qty="300", limit="182.00") for _ in range(3)))
    assert [isinstance(outcome, OrderState) for outcome in outcomes] == [True, False, False]


def test_orders_of_one_batch_are_paged_without_a_loss(market, alice):
    place(*(order(alice, qty="1", limit="180.00") for _ in range(5)))
    seen = []
    after = None
    while page := list_orders(account_id=alice, limit=2, after=after, oldest_first=True):
        seen += [row.id for row in page]
        after = page[-1].created_at
    assert len(seen) == len(set(seen)) == 5


def test_a_share_cannot_be_offered_twice(market, alice):
    bought = placed(order(alice, qty="10"))
    apply(report(bought, ExecType.NEW), report(bought, qty="10", px="182.50"))
    outcomes = place(order(alice, "SELL", "8"), order(alice, "SELL", "3"))
    assert isinstance(outcomes[0], OrderState)
    assert isinstance(outcomes[1], OrderDenied)
    assert "sells 3 IBM; 2 are held" in outcomes[1].message


def test_bob_on_margin_buys_twice_his_cash(market, alice, bob):
    outcomes = place(
        order(alice, qty="8000", symbol="BAC", limit="13.90"),
        order(bob, qty="8000", symbol="BAC", limit="13.90"),
    )
    assert isinstance(outcomes[0], OrderDenied)
    assert isinstance(outcomes[1], OrderState)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"symbol": "NOPE"}, UnknownSymbol),
        ({"limit": "182.505"}, SubPennyPrice),
        ({"limit": "0.12345"}, SubPennyPrice),
    ],
)
def test_a_malformed_order_is_refused_by_name_and_leaves_nothing(market, alice, changes, error):
    (outcome,) = place(order(alice, **changes))
    assert isinstance(outcome, error)
    assert not Order.objects.exists()
    assert not Event.objects.filter(stream__startswith="order:").exists()


def test_a_fraction_of_what_cannot_be_divided_is_refused(market, alice):
    from marketdata.interface import list_instruments  # noqa: PLC0415 - needs the loaded master

    whole_only = next(one for one in list_instruments() if one.tradable and not one.fractionable)
    market.quote(whole_only.symbol, 10.0, 10.01)
    (outcome,) = place(order(alice, qty="0.5", symbol=whole_only.symbol))
    assert isinstance(outcome, NotFractionable)


def test_an_unknown_account_is_refused(market, alice):
    (outcome,) = place(order(new_id()))
    assert isinstance(outcome, AccountNotFound)


def cancel(account_id, order_id):
    (outcome,) = request_cancels(
        commands=[
            CancelOrder(
                account_id=account_id, order_id=order_id, actor="user:test", request_id="",
                received_at=utc_now(),
            )
        ],
        now=utc_now(),
    )  # fmt: skip
    return outcome


def test_a_cancel_is_requested_then_done_and_gives_everything_back(market, alice):
    state = placed(order(alice, qty="10", limit="180.00"))
    apply(report(state, ExecType.NEW))
    assert cancel(alice, state.id).status is OrdStatus.PENDING_CANCEL
    apply(report(state, ExecType.CANCELED))
    row = Order.objects.get(id=state.id)
    assert row.status == OrdStatus.CANCELED
    assert row.canceled_at is not None
    assert Account.objects.get(id=alice).reserved == 0
    assert not Reservation.objects.exists()
    assert isinstance(cancel(alice, state.id), OrderState)  # again: no error, nothing happens
    assert types_of(state) == ["OrderPlaced", "OrderAccepted", "CancelRequested", "OrderCanceled"]


def test_charlie_cannot_cancel_what_is_alices(market, alice, charlie):
    state = placed(order(alice, qty="10", limit="180.00"))
    assert isinstance(cancel(charlie, state.id), OrderNotFound)
    assert Order.objects.get(id=state.id).status == OrdStatus.PENDING_NEW


def test_a_filled_order_cannot_be_canceled(market, alice):
    state = placed(order(alice, qty="10"))
    apply(report(state, ExecType.NEW), report(state, qty="10", px="182.50"))
    outcome = cancel(alice, state.id)
    assert isinstance(outcome, NotCancelable)
    assert "filled" in outcome.message


def test_an_entry_that_does_not_balance_cannot_be_written(alice):
    entry = JournalEntry.objects.get(account=alice)
    with pytest.raises(IntegrityError, match="does not sum to zero"), savepoint():
        Posting.objects.create(entry=entry, account_id=alice, ledger_account="CASH", amount=1)


@pytest.mark.parametrize("table", ["oms_execution", "oms_journalentry", "oms_posting"])
def test_what_is_booked_cannot_be_changed(alice, market, table):
    bought = placed(order(alice, qty="10"))
    apply(report(bought, ExecType.NEW), report(bought, qty="10", px="182.50"))
    with (
        pytest.raises(Exception, match="written once"),
        savepoint(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"DELETE FROM {table}")


@pytest.mark.django_db(transaction=True)
def test_books_that_are_tampered_with_are_found(market, alice):
    bought = placed(order(alice, qty="10"))
    apply(report(bought, ExecType.NEW), report(bought, qty="10", px="182.50"))
    assert check_books().breaks == ()
    Account.objects.filter(id=alice).update(cash=Decimal(1000000))
    (broken,) = check_books().breaks
    assert "cash is the sum" in broken


def test_hours_that_are_not_known_are_not_open(market, monkeypatch):
    def no_calendar(*, now):
        raise TradingError(f"no calendar reaches {now}")

    monkeypatch.setattr(marketdata, "get_session", no_calendar)
    assert is_open_at(now=utc_now()) is False


def test_an_instrument_is_looked_up_before_its_position_is_read_and_not_again(
    market, alice, monkeypatch
):
    bought = placed(order(alice, qty="10"))
    apply(report(bought, ExecType.NEW), report(bought, qty="10", px="182.50"))
    sold = placed(order(alice, "SELL", "10"))
    apply(report(sold, ExecType.NEW), report(sold, qty="10", px="190.00"))
    real, asked = marketdata.find_instrument, []

    def becomes_known(*, symbol):
        asked.append(symbol)
        return real(symbol=symbol) if len(asked) > 1 else None

    monkeypatch.setattr(marketdata, "find_instrument", becomes_known)
    (refused,) = place(order(alice, qty="1"))
    assert isinstance(refused, UnknownSymbol)
    assert isinstance(placed(order(alice, qty="1")), OrderState)
    assert Position.objects.get(account=alice).realized_pl == 75
