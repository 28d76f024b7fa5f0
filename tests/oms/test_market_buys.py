"""A market buy never costs more than it has reserved, however the price runs away."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings, strategies as st

from marketdata.contracts import FeedKind, Quote
from oms.contracts import AccountType
from oms.domain import reserving
from oms.domain.booking import apply_report
from oms.domain.fills import FillState
from oms.domain.state import AccountState, OrderState, WorkingSet
from oms.models import Account, Order, Reservation
from oms.operations.check_books import check_books
from oms.operations.place import place_orders
from oms.paper.exchange import PaperExchange
from oms.paper.hours import Phase, TradingHours
from oms.repository import load
from tests.oms.conftest import order
from tests.waiting import until
from trading.eventlog.models import Event
from trading.infra.database import sql
from trading.kernel.clock import utc_now
from trading.kernel.fix import OrdStatus, OrdType, Side, TimeInForce
from trading.kernel.identifiers import new_id
from trading.kernel.money import reserve_amount
from trading.kernel.quantities import Price, Qty

CASH = Decimal("18800.00")
ALWAYS = TradingHours(kind=FeedKind.SIMULATED, phase=Phase.REGULAR, since_ns=0, until_ns=10**9)


def quote(ask: Decimal, size: int, number: int) -> Quote:
    return Quote(
        symbol="IBM", bid_px=float(ask) - 0.01, bid_size=500, ask_px=float(ask), ask_size=size,
        bid_exchange="N", ask_exchange="N", ts_event=number, ts_init=number, source="test",
    )  # fmt: skip


@settings(deadline=None)
@given(
    steps=st.lists(
        st.tuples(st.decimals("0.90", "1.20", places=2), st.integers(0, 40)), max_size=30
    )
)
def test_cash_never_falls_below_zero_while_the_price_runs_away(steps):
    worst, qty = Price(Decimal("187.975")), Qty(Decimal(100))
    account = AccountState(
        id=new_id(), account_type=AccountType.CASH, multiplier=Decimal(1), is_employee=False,
        cash=CASH, reserved=Decimal(0), day_start_equity=CASH, day_start_date=date(2026, 11, 20),
    )  # fmt: skip
    placed = OrderState(
        id=new_id(), account_id=account.id, instrument_id=new_id(), symbol="IBM",
        cl_ord_id="mine", side=Side.BUY, ord_type=OrdType.MARKET, time_in_force=TimeInForce.DAY,
        limit_price=None, worst_price=worst, status=OrdStatus.PENDING_NEW,
        fill=FillState(order_qty=qty), created_at=datetime(2026, 11, 20, tzinfo=UTC),
        expires_at=None,
    )  # fmt: skip
    books = WorkingSet(accounts={account.id: account}, positions={}, orders={placed.id: placed})
    held = books.position(account_id=account.id, instrument_id=placed.instrument_id, symbol="IBM")
    reserving.reserve(
        order=placed, account=account, position=held, cash=reserve_amount(qty * worst)
    )
    exchange = PaperExchange()
    ask = Decimal("182.50")
    reports = exchange.submit(
        order=placed, quote=quote(ask, 10, 1), status=None, hours=ALWAYS, now_ns=1
    )
    for number, (factor, size) in enumerate(steps, start=2):
        ask = round(ask * factor, 2)
        reports += exchange.on_quote(quote(ask, size, number), hours=ALWAYS, now_ns=number)
    for report in reports:
        apply_report(report=report, books=books, lot_id=new_id())  # refuses none of them
        assert account.cash >= account.reserved >= 0
        assert report.last_px is None or report.last_px <= worst


@pytest.mark.django_db(transaction=True)
def test_a_market_buy_that_fills_piece_by_piece_waits_beyond_its_worst_price(desk, market, alice):
    market.quote("IBM", 182.40, 182.50, ask_size=100)
    placed = desk.submit(order(alice, qty="530")).result(30)
    row = Order.objects.get(id=placed.id)
    assert row.worst_price == Decimal("187.975")  # 3 % above the offer: MARKET_RESERVE_PCT
    first = Event.objects.get(stream=f"order:{placed.id}", seq=1)
    assert (first.version, b'"worst_price":"187.975"' in bytes(first.payload)) == (2, True)
    for ask in (186.00, 187.97, 187.98, 250.00):
        desk.on_tick(market.quote("IBM", ask - 0.1, ask, ask_size=100))
    until(lambda: Order.objects.get(id=placed.id).cum_qty == 300, what="what may fill to be booked")
    account = Account.objects.get(id=alice)
    assert account.cash == Decimal(100000) - 18250 - 18600 - 18797
    assert account.reserved == Reservation.objects.get(order_id=placed.id).cash_remaining
    assert account.reserved == Decimal("43234.25")
    desk.on_tick(market.quote("IBM", 187.90, 187.97, ask_size=500))  # the market comes back
    until(
        lambda: Order.objects.get(id=placed.id).status == OrdStatus.FILLED, what="the rest to fill"
    )
    assert Account.objects.get(id=alice).cash == Decimal("1119.90")
    assert check_books().breaks == ()


@pytest.mark.django_db
def test_a_market_buy_from_before_may_spend_what_it_reserved(market, alice):
    (placed,) = place_orders(commands=[order(alice, qty="3")], now=utc_now()).outcomes
    assert isinstance(placed, OrderState)
    sql("UPDATE oms_order SET worst_price = NULL")
    (found,) = load.list_open_orders()
    assert found.worst_price == Decimal("187.97666666")  # 563.93 dollars for 3 shares
