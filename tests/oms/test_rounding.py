"""No sequence of trades at unchanged prices makes an account richer."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from oms.api.errors import wire_error
from oms.contracts import AccountType, ExecutionReport
from oms.domain import reserving
from oms.domain.booking import apply_report
from oms.domain.fills import FillState
from oms.domain.state import AccountState, OrderState, WorkingSet
from oms.domain.transitions import OPEN
from oms.models import Account, Execution, Order, Position
from oms.operations.apply_reports import apply_reports
from oms.operations.check_books import check_books
from oms.operations.place import OrderDenied, place_orders
from risk.contracts import LimitName
from risk.interface import set_limit
from tests.oms.conftest import StillMarket, order
from trading.infra.database import sql
from trading.kernel.clock import now_ns, utc_now
from trading.kernel.fix import ExecType, OrdStatus, OrdType, Side, TimeInForce
from trading.kernel.identifiers import new_id
from trading.kernel.money import reserve_amount
from trading.kernel.quantities import Price, Qty

OPENING = Decimal("1000.00")
parts = st.decimals("0.000000001", "3", places=9)
price_lists = st.lists(
    st.decimals("0.0001", "0.9999", places=4) | st.decimals("1", "300", places=2),
    min_size=1,
    max_size=3,
    unique=True,
)


class Trades(RuleBasedStateMachine):
    """Orders of any size in a few symbols whose prices never change, filled in any pieces."""

    @initialize(prices=price_lists)
    def open(self, prices):
        self.account = AccountState(
            id=new_id(), account_type=AccountType.CASH, multiplier=Decimal(1), is_employee=False,
            cash=OPENING, reserved=Decimal(0), day_start_equity=OPENING,
            day_start_date=date(2026, 11, 20),
        )  # fmt: skip
        self.books = WorkingSet(accounts={self.account.id: self.account}, positions={})
        self.prices = {new_id(): Price(px) for px in prices}

    def _holding(self, instrument_id):
        return self.books.position(
            account_id=self.account.id, instrument_id=instrument_id, symbol="ANY"
        )

    def _place(self, side: Side, instrument_id, qty) -> None:
        px = self.prices[instrument_id]
        cash = reserve_amount(qty * px) if side is Side.BUY else Decimal(0)
        placed = OrderState(
            id=new_id(), account_id=self.account.id, instrument_id=instrument_id, symbol="ANY",
            cl_ord_id=str(new_id()), side=side, ord_type=OrdType.LIMIT,
            time_in_force=TimeInForce.DAY, limit_price=px, status=OrdStatus.PENDING_NEW,
            fill=FillState(order_qty=Qty(qty)), created_at=datetime(2026, 11, 20, tzinfo=UTC),
            expires_at=None,
        )  # fmt: skip
        self.books.orders[placed.id] = placed
        reserving.reserve(
            order=placed, account=self.account, position=self._holding(instrument_id), cash=cash
        )

    @rule(data=st.data(), qty=parts)
    def buy(self, data, qty):
        instrument_id = data.draw(st.sampled_from(sorted(self.prices)))
        free = self.account.cash - self.account.reserved
        if reserve_amount(qty * self.prices[instrument_id]) <= free:
            self._place(Side.BUY, instrument_id, qty)

    @rule(data=st.data(), qty=parts, all_of_it=st.booleans())
    def sell(self, data, qty, all_of_it):
        instrument_id = data.draw(st.sampled_from(sorted(self.prices)))
        available = self._holding(instrument_id).qty_available
        qty = available if all_of_it else qty
        if 0 < qty <= available:
            self._place(Side.SELL, instrument_id, qty)

    @rule(data=st.data(), part=parts, whole=st.booleans())
    def fill(self, data, part, whole):
        working = sorted(one.id for one in self.books.orders.values() if one.status in OPEN)
        if not working:
            return
        filled = self.books.orders[data.draw(st.sampled_from(working))]
        leaves = filled.fill.leaves_qty
        made = ExecutionReport(
            order_id=filled.id, exec_id=str(new_id()), exec_type=ExecType.TRADE, ts_event=1,
            last_qty=leaves if whole else Qty(min(part, leaves)),
            last_px=self.prices[filled.instrument_id],
        )  # fmt: skip
        apply_report(report=made, books=self.books, lot_id=new_id())

    @invariant()
    def equity_never_rises(self):
        if not hasattr(self, "books"):
            return
        worth = sum(
            held.qty * self.prices[held.instrument_id] for held in self.books.positions.values()
        )
        assert self.account.cash + worth <= OPENING

    @invariant()
    def what_is_booked_was_reserved(self):
        if hasattr(self, "books"):
            assert self.account.cash >= self.account.reserved >= 0


Trades.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestTrades = Trades.TestCase


pytestmark = pytest.mark.django_db(transaction=True)


def fill_all(*qtys: str, side: str, symbol: str, px: str, account) -> None:
    """Place one order of each quantity and fill it whole, past the least order value."""
    for qty in qtys:
        (placed,) = place_orders(
            commands=[order(account, side, qty, symbol=symbol)], now=utc_now()
        ).outcomes
        assert isinstance(placed, OrderState), placed
        fill(placed, qty, px)


def fill(placed: OrderState, qty: str | Decimal, px: str | Decimal) -> None:
    apply_reports(
        reports=[
            ExecutionReport(
                order_id=placed.id,
                exec_id=str(new_id()),
                exec_type=ExecType.TRADE,
                ts_event=now_ns(),
                last_qty=Qty(Decimal(qty)),
                last_px=Price(Decimal(px)),
            )
        ],
        now=utc_now(),
        actor="system:test",
    )


@pytest.fixture
def f_at_11_69(market: StillMarket) -> StillMarket:
    market.quote("F", 11.69, 11.69)
    market.trade("F", 11.69, 100)
    return market


@pytest.fixture
def no_least_value(db):
    set_limit(
        name=LimitName.LEAST_ORDER_VALUE, value=Decimal(0), actor="user:test", reason="a test",
        now=utc_now(),
    )  # fmt: skip


def test_many_tiny_buys_cost_at_least_what_they_sell_for(f_at_11_69, alice, no_least_value):
    fill_all(*["0.0004"] * 30, side="BUY", symbol="F", px="11.69", account=alice)
    held = Position.objects.get(account=alice)
    assert (held.qty, held.cost) == (Decimal("0.012"), Decimal("0.30"))
    fill_all("0.012", side="SELL", symbol="F", px="11.69", account=alice)
    assert Account.objects.get(id=alice).cash == Decimal("99999.84")  # 0.14028, down to the cent
    assert check_books().breaks == ()


def test_many_tiny_sales_bring_at_most_what_they_are_worth(f_at_11_69, alice, no_least_value):
    fill_all("0.0086", side="BUY", symbol="F", px="11.69", account=alice)
    fill_all(*["0.00043"] * 20, side="SELL", symbol="F", px="11.69", account=alice)
    assert Account.objects.get(id=alice).cash == Decimal("99999.89")  # each is worth half a cent
    assert check_books().breaks == ()


def test_an_order_of_many_partial_fills_costs_its_exact_sum_rounded_up_once(market, alice):
    (placed,) = place_orders(commands=[order(alice, qty="0.9")], now=utc_now()).outcomes
    assert isinstance(placed, OrderState)
    for _ in range(20):
        fill(placed, "0.045", "182.4999")
    row = Order.objects.get(id=placed.id)
    assert (row.status, row.gross) == (OrdStatus.FILLED, Decimal("164.24991"))
    assert Account.objects.get(id=alice).cash == Decimal("99835.75")
    assert sum(Execution.objects.values_list("amount", flat=True)) == Decimal("164.25")
    assert Position.objects.get(account=alice).cost == Decimal("164.25")
    assert check_books().breaks == ()


def test_a_fraction_for_less_than_a_dollar_is_refused_in_the_contracts_words(f_at_11_69, alice):
    (denied,) = place_orders(
        commands=[order(alice, qty="0.0004", symbol="F")], now=utc_now()
    ).outcomes
    assert isinstance(denied, OrderDenied)
    assert wire_error(denied).message == "cost basis must be >= minimal amount of order 1"
    (enough, whole) = place_orders(
        commands=[
            order(alice, qty="0.085543200", symbol="F"),  # 1.00000000800
            order(alice, qty="1", symbol="F", limit="0.50"),
        ],
        now=utc_now(),
    ).outcomes
    assert isinstance(enough, OrderState)
    assert isinstance(whole, OrderState)


def test_a_holding_of_less_than_a_dollar_is_sold_whole_but_not_in_parts(f_at_11_69, alice):
    fill_all("0.1", side="BUY", symbol="F", px="11.69", account=alice)
    fill_all("0.095", side="SELL", symbol="F", px="11.69", account=alice)
    part, whole = place_orders(
        commands=[
            order(alice, "SELL", "0.004", symbol="F"),
            order(alice, "SELL", "0.005", symbol="F"),
        ],
        now=utc_now(),
    ).outcomes
    assert isinstance(part, OrderDenied)
    assert isinstance(whole, OrderState)


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(trades=st.lists(st.tuples(st.sampled_from(Side), parts, st.booleans()), max_size=8))
def test_equity_never_rises_through_the_real_books_either(f_at_11_69, alice, trades):
    def equity() -> Decimal:
        held = sum(Position.objects.filter(account=alice).values_list("qty", flat=True))
        return Decimal(Account.objects.get(id=alice).cash + held * Decimal("11.69"))

    before = equity()
    for side, qty, in_two in trades:
        (placed,) = place_orders(
            commands=[order(alice, side, str(qty), symbol="F")], now=utc_now()
        ).outcomes
        if not isinstance(placed, OrderState):
            continue  # worth too little, or not held
        first = Decimal(round(qty / 2, 9)) if in_two else Decimal(0)
        if first:
            fill(placed, first, "11.69")
        fill(placed, qty - first, "11.69")
        now = equity()
        assert now <= before
        before = now
    assert check_books().breaks == ()


def test_the_check_finds_a_cash_amount_that_is_not_the_rounded_sum(market, alice, unlocked):
    fill_all("0.333333333", side="BUY", symbol="IBM", px="182.50", account=alice)
    assert check_books().breaks == ()
    unlocked("oms_execution")
    sql("UPDATE oms_execution SET amount = 60.83")
    breaks = check_books().breaks
    assert any("rounded once" in one and "60.83" in one for one in breaks)
    assert any("what its journal entry moved in cash" in one for one in breaks)


def test_the_check_goes_by_the_rule_in_force(market, alice, unlocked):
    fill_all("0.333333333", side="BUY", symbol="IBM", px="182.50", account=alice)
    unlocked("eventlog_event")
    sql("UPDATE eventlog_event SET version = 1 WHERE type = 'OrderFilled'")
    (broken,) = check_books().breaks
    assert "60.84" in broken and "60.83" in broken  # half up it was less


def test_the_check_says_what_the_earlier_rule_gave_away(market, alice, unlocked):
    fill_all("0.3", side="BUY", symbol="IBM", px="202.79", account=alice)  # 60.837: 60.84 by both
    unlocked("eventlog_event")
    sql("UPDATE eventlog_event SET version = 1 WHERE type = 'OrderFilled'")
    report = check_books()
    assert report.breaks == ()
    assert report.notes == (
        (
            "1 fills were booked by the earlier rule, each rounded by itself: together that is "
            "0.003 dollars beside their exact sum, in favour of the firm"
        ),
    )


def test_the_check_finds_a_cash_account_that_owes(alice):
    Account.objects.filter(id=alice).update(cash=Decimal("-0.01"))
    assert any("never below zero" in one for one in check_books().breaks)


@pytest.fixture
def unlocked(db) -> Iterator[Callable[[str], None]]:
    """Change what is written once, as the database's superuser could."""
    tables: list[str] = []

    def switch(table: str, how: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table} {how} TRIGGER insert_only")

    def unlock(table: str) -> None:
        tables.append(table)
        switch(table, "DISABLE")

    yield unlock
    for table in tables:
        switch(table, "ENABLE")
