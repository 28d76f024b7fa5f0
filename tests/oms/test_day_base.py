"""A day's result is measured from the closes before it; what is not known is said by name."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from marketdata import interface as marketdata_interface
from marketdata.models import Instrument
from oms import market as market_module, queries
from oms.api import wire
from oms.contracts import ExecutionReport
from oms.domain.day_base import HeldOver, base_of
from oms.domain.order import NotTradable
from oms.domain.state import OrderState
from oms.models import Account, Position
from oms.operations.apply_reports import apply_reports
from oms.operations.place import OrderDenied, place_orders
from oms.operations.start_day import start_day
from tests.oms.conftest import order
from trading.infra.database import sql
from trading.kernel.clock import new_york_date, to_ns, utc_now
from trading.kernel.fix import ExecType
from trading.kernel.identifiers import new_id
from trading.kernel.quantities import Price, Qty

pytestmark = pytest.mark.django_db

TODAY = utc_now()
TOMORROW = TODAY + timedelta(days=1)


def place(command, *, now=TOMORROW):
    (outcome,) = place_orders(commands=[command], now=now).outcomes
    return outcome


def trade(account, side, qty, px, *, symbol="IBM", now=TODAY):
    """Place an order and fill it whole at once, at any price."""
    placed = place(order(account, side, qty, symbol=symbol), now=now)
    assert isinstance(placed, OrderState), placed
    report = ExecutionReport(
        order_id=placed.id, exec_id=str(new_id()), exec_type=ExecType.TRADE, ts_event=to_ns(now),
        last_qty=Qty(Decimal(qty)), last_px=Price(Decimal(px)),
    )  # fmt: skip
    assert apply_reports(reports=[report], now=now, actor="system:test").refused == ()


def at(market, px, *, symbol="IBM", now=TOMORROW):
    market.quote(symbol, px - 0.01, px + 0.01, at=now)
    market.trade(symbol, px, 100)


def daily_loss(outcome) -> str:
    assert isinstance(outcome, OrderDenied), outcome
    (failed,) = [one for one in outcome.verdict.violations if one.name == "daily_loss"]
    return failed.message


@pytest.fixture
def held_over(market, alice):
    """Alice bought 400 shares at 212.41 today; tomorrow they open at 150, which they closed at."""
    at(market, 212.40, now=TODAY)
    trade(alice, "BUY", "400", "212.41")
    at(market, 150.00)
    return alice


def test_without_the_closes_the_day_is_unknown_by_name_and_never_at_cost(held_over, market):
    assert start_day(now=TOMORROW) == 1
    assert market.requested == {"IBM"}
    account = queries.get_account(account_id=held_over)
    assert account.last_equity is None
    assert wire.account(account)["last_equity"] is None
    refused = place(order(held_over, qty="1", symbol="BAC"))
    assert "IBM has no close of the session before" in daily_loss(refused)
    assert isinstance(place(order(held_over, "SELL", "1")), OrderState)


def test_when_the_closes_arrive_the_base_is_the_account_at_them(held_over, market):
    start_day(now=TOMORROW)
    market.closes["IBM"] = 150.0
    market.quote("BAC", 13.90, 13.91, at=TOMORROW)
    assert start_day(now=TOMORROW) == 1
    assert start_day(now=TOMORROW) == 0
    account = queries.get_account(account_id=held_over)
    assert (account.last_equity, account.equity) == (Decimal(75036), Decimal(75036))
    at(market, 149.80)
    passed = place(order(held_over, qty="1", symbol="BAC"))
    assert isinstance(passed, OrderState), passed


def test_a_real_loss_is_not_hidden_by_what_the_shares_cost(market, alice):
    at(market, 100.0, now=TODAY)
    trade(alice, "BUY", "400", "100")
    market.closes["IBM"] = 212.41
    at(market, 140.0)
    start_day(now=TOMORROW)
    refused = place(order(alice, qty="1"))
    assert daily_loss(refused).startswith("today's result is -$28,964:")


def test_what_is_traded_before_the_closes_arrive_does_not_change_the_base(held_over, market):
    market.quote("BAC", 13.90, 13.91, at=TOMORROW)
    trade(held_over, "SELL", "150", "149.99", now=TOMORROW)
    trade(held_over, "SELL", "250", "149.50", now=TOMORROW)  # nothing is left of it
    start_day(now=TOMORROW)
    assert Account.objects.get(id=held_over).day_start_missing == ["IBM"]
    market.closes["IBM"] = 150.0
    start_day(now=TOMORROW)
    assert Account.objects.get(id=held_over).day_start_equity == Decimal(75036)
    assert Account.objects.get(id=held_over).day_start_missing == []


def test_what_was_held_over_and_is_sold_counts_at_what_it_had_cost_until_its_close_is_known(
    held_over, market
):
    trade(held_over, "SELL", "150", "149.99", now=TOMORROW)
    trade(held_over, "SELL", "250", "149.99", now=TOMORROW)
    start_day(now=TOMORROW)
    account = Account.objects.get(id=held_over)
    assert (account.day_start_equity, account.day_start_missing) == (Decimal(100_000), ["IBM"])


def test_what_was_sold_without_a_close_leaves_the_day_unknown_though_nobody_follows_it(
    held_over, market
):
    start_day(now=TOMORROW)
    trade(held_over, "SELL", "400", "149.99", now=TOMORROW)
    lose_prices(market)
    market.quote("BAC", 13.90, 13.91, at=TOMORROW)
    refused = place(order(held_over, qty="1", symbol="BAC"))
    assert "IBM has no close of the session before" in daily_loss(refused)


def test_the_base_of_yesterday_does_not_measure_today(market, alice):
    market.quote("IBM", 182.44, 182.50, at=TOMORROW)
    refused = place(order(alice, qty="1"))
    assert f"base of {new_york_date(TOMORROW)} is not taken yet" in daily_loss(refused)
    start_day(now=TOMORROW)
    assert isinstance(place(order(alice, qty="1")), OrderState)


def lose_prices(market, symbol="IBM"):
    del market.quotes[symbol]
    market.trades.pop(symbol, None)
    market.closes.pop(symbol, None)


def test_a_holding_without_a_price_counts_at_its_last_known_close_with_its_date(held_over, market):
    market.closes["IBM"] = 150.0
    start_day(now=TOMORROW)
    lose_prices(market)
    later = TOMORROW + timedelta(days=3)
    start_day(now=later)
    market.quote("BAC", 13.90, 13.91, at=later)
    account = queries.get_account(account_id=held_over)
    assert account.equity == Decimal(75036)
    (position,) = queries.list_positions(account_id=held_over, now=later)
    assert position.mark == 150
    passed = place(order(held_over, qty="1", symbol="BAC"), now=later)
    assert isinstance(passed, OrderState), passed
    sql("SELECT 1")
    told = f"IBM counts at its close before {new_york_date(TOMORROW)}"
    row = Account.objects.get(id=held_over).orders.get(id=passed.id)
    assert any(told in check["message"] for check in row.verdict["results"])


@pytest.mark.parametrize(("qty", "goes"), [("100", True), ("150", False)])
def test_a_holding_that_never_had_a_price_counts_for_nothing_at_worst(market, alice, qty, goes):
    at(market, 200.0, now=TODAY)
    trade(alice, "BUY", qty, "200")
    lose_prices(market)
    start_day(now=TOMORROW)
    market.quote("BAC", 13.90, 13.91, at=TOMORROW)
    account = queries.get_account(account_id=alice)
    assert (account.equity, account.last_equity) == (None, None)
    outcome = place(order(alice, qty="1", symbol="BAC"))
    if goes:  # 20,000 of 25,000 at worst
        assert isinstance(outcome, OrderState), outcome
    else:
        assert "IBM has no price; at worst it is -$30,000" in daily_loss(outcome)
    # Its owner gets out of it at any price.
    assert isinstance(place(order(alice, "SELL", qty, limit="0.01")), OrderState)


def test_what_is_held_of_an_instrument_that_is_not_traded_any_more_is_sold(held_over, market):
    Instrument.objects.filter(symbol="IBM").update(status="inactive", tradable=False)
    marketdata_interface.forget_instruments()
    lose_prices(market)
    start_day(now=TOMORROW)
    assert isinstance(place(order(held_over, qty="1", limit="150.00")), NotTradable)
    assert isinstance(place(order(held_over, "SELL", "401", limit="1.00")), NotTradable)
    sold = place(order(held_over, "SELL", "400", limit="1.00"))
    assert isinstance(sold, OrderState), sold


def test_a_fraction_that_is_left_of_what_cannot_be_divided_is_sold_whole(market, alice):
    at(market, 182.5, now=TODAY)
    trade(alice, "BUY", "1.5", "182.50")
    Instrument.objects.filter(symbol="IBM").update(fractionable=False)
    marketdata_interface.forget_instruments()
    assert not isinstance(place(order(alice, "SELL", "0.5"), now=TODAY), OrderState)
    assert isinstance(place(order(alice, "SELL", "1.5"), now=TODAY), OrderState)


def test_what_is_held_no_more_is_not_read_for_an_order(market, alice, monkeypatch):
    at(market, 182.5, now=TODAY)
    at(market, 13.91, symbol="BAC", now=TODAY)
    trade(alice, "BUY", "1", "182.50")
    trade(alice, "BUY", "1", "13.91", symbol="BAC")
    trade(alice, "SELL", "1", "13.90", symbol="BAC")
    before = Position.objects.get(account=alice, symbol="BAC").realized_pl
    valued: list[str] = []
    real = market_module.marks_of_holding

    def noted(*, symbol, **rest):
        valued.append(symbol)
        return real(symbol=symbol, **rest)

    monkeypatch.setattr("oms.operations.value.marks_of_holding", noted)
    assert isinstance(place(order(alice, qty="1"), now=TODAY), OrderState)
    assert set(valued) == {"IBM"}
    # What it had realised stays when it is traded again.
    trade(alice, "BUY", "1", "13.91", symbol="BAC")
    assert Position.objects.get(account=alice, symbol="BAC").realized_pl == before


held = st.builds(
    HeldOver,
    instrument_id=st.uuids(),
    symbol=st.sampled_from(["A", "B", "C"]),
    qty=st.decimals("0.000000001", "1000", places=9).map(Qty),
    cost=st.decimals("0", "100000", places=2),
    last_close=st.none() | st.decimals("0.01", "500", places=2).map(Price),
    is_written_down=st.booleans(),
)


@given(
    cash=st.decimals("0", "100000", places=2),
    holdings=st.lists(held, max_size=3, unique_by=lambda one: one.symbol),
    closes=st.dictionaries(
        st.sampled_from(["A", "B", "C"]), st.decimals("0.01", "500", places=2).map(Price)
    ),
)
def test_a_base_without_missing_closes_has_no_cost_in_it(cash, holdings, closes):
    base = base_of(cash=cash, held=holdings, closes=closes)
    counted = [one for one in holdings if not one.is_written_down]
    assert set(base.missing) == {one.symbol for one in counted} - set(closes)
    if not base.missing:
        exact = cash + sum(one.qty * closes[one.symbol] for one in counted)
        assert abs(base.equity - exact) <= Decimal("0.005")
