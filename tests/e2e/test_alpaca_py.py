"""The unchanged alpaca-py trades here: only its address is ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest
from alpaca.common.enums import Sort
from alpaca.common.exceptions import APIError
from alpaca.trading.client import TradingClient
from alpaca.trading.enums import (
    AccountStatus,
    AssetClass,
    AssetStatus,
    OrderSide,
    OrderStatus,
    OrderType,
    QueryOrderStatus,
    TimeInForce,
)
from alpaca.trading.requests import (
    GetAssetsRequest,
    GetOrdersRequest,
    LimitOrderRequest,
    MarketOrderRequest,
)

from tests.e2e.platform import Platform, until

pytestmark = pytest.mark.e2e


@contextmanager
def trading_client(platform: Platform, key: str, secret: str) -> Iterator[TradingClient]:
    client = TradingClient(key, secret, url_override=platform.base_url)
    yield client
    client._session.close()


@pytest.fixture(scope="module")
def alice(platform):
    user = platform.users()["alice"]
    with trading_client(platform, user["api_key"], user["secret_key"]) as client:
        yield client


@pytest.fixture(scope="module")
def bob(platform):
    user = platform.users()["bob"]
    with trading_client(platform, user["api_key"], user["secret_key"]) as client:
        yield client


@pytest.fixture(scope="module")
def charlie(platform):
    user = platform.users()["charlie"]
    with trading_client(platform, user["api_key"], user["secret_key"]) as client:
        yield client


def market(**changes):
    order = {"symbol": "IBM", "qty": 1, "side": OrderSide.BUY, "time_in_force": TimeInForce.DAY}
    return MarketOrderRequest(**{**order, **changes})


def limit(**changes):
    order = {
        "symbol": "IBM",
        "qty": 1,
        "side": OrderSide.BUY,
        "time_in_force": TimeInForce.GTC,
        "limit_price": 200.25,
    }
    return LimitOrderRequest(**{**order, **changes})


def await_filled(client, order_id):
    def look():
        order = client.get_order_by_id(order_id)
        return order if order.status is OrderStatus.FILLED else None

    return until(look, what=f"order {order_id} to be filled")


def test_the_account_reads_as_opened(charlie):
    account = charlie.get_account()
    assert account.status is AccountStatus.ACTIVE
    assert account.account_number.startswith("PA")
    assert account.currency == "USD"
    assert Decimal(account.cash) == Decimal(account.equity) == Decimal(100_000)
    assert Decimal(account.buying_power) == Decimal(account.portfolio_value) == Decimal(100_000)
    assert not account.trading_blocked and not account.account_blocked


def test_a_margin_account_has_twice_its_equity_to_spend(alice, bob):
    assert alice.get_account().multiplier == "1"
    account = bob.get_account()
    assert account.multiplier == "2"
    assert Decimal(account.buying_power) == 2 * Decimal(account.equity)


def test_the_clock_is_open_on_a_simulated_market(alice):
    clock = alice.get_clock()
    assert clock.is_open
    assert clock.timestamp < clock.next_close < clock.next_open


def test_assets_are_listed_and_found_by_symbol_and_id(alice):
    active = alice.get_all_assets(
        GetAssetsRequest(status=AssetStatus.ACTIVE, asset_class=AssetClass.US_EQUITY)
    )
    symbols = [asset.symbol for asset in active]
    assert {"AAPL", "BAC", "IBM", "SPY"} <= set(symbols)
    assert "TWTR" not in symbols
    ibm = alice.get_asset("IBM")
    assert ibm.symbol == "IBM" and ibm.tradable and ibm.fractionable
    assert alice.get_asset(str(ibm.id)) == ibm


@pytest.mark.parametrize("qty", [10, 0.5])
def test_a_market_order_is_filled_and_read_back_by_both_ids(alice, qty):
    name = f"market of {qty}"
    placed = alice.submit_order(market(qty=qty, client_order_id=name))
    assert placed.client_order_id == name
    assert placed.order_type is OrderType.MARKET
    assert Decimal(placed.qty) == Decimal(str(qty))
    filled = await_filled(alice, placed.id)
    assert filled.filled_qty == placed.qty
    assert Decimal(filled.filled_avg_price) > 0
    assert filled.filled_at >= filled.submitted_at
    assert alice.get_order_by_client_id(name) == filled


@pytest.mark.parametrize(("qty", "time_in_force"), [(2, TimeInForce.GTC), (0.25, TimeInForce.DAY)])
def test_a_limit_order_waits_and_is_read_back_listed_and_canceled(alice, qty, time_in_force):
    name = f"limit of {qty}"
    order = limit(qty=qty, time_in_force=time_in_force, client_order_id=name)
    placed = alice.submit_order(order)
    assert placed.limit_price == "200.25"
    assert placed.time_in_force is time_in_force
    assert alice.get_order_by_id(placed.id).id == placed.id
    assert alice.get_order_by_client_id(name).id == placed.id

    listed = alice.get_orders(GetOrdersRequest(status=QueryOrderStatus.OPEN, symbols=["IBM"]))
    assert placed.id in [order.id for order in listed]

    alice.cancel_order_by_id(placed.id)
    canceled = alice.get_order_by_id(placed.id)
    assert canceled.status is OrderStatus.CANCELED
    assert canceled.canceled_at is not None
    closed = alice.get_orders(GetOrdersRequest(status=QueryOrderStatus.CLOSED))
    assert placed.id in [order.id for order in closed]
    assert placed.id not in [order.id for order in alice.get_orders()]


def test_orders_are_listed_by_status_symbol_side_and_direction(bob):
    waiting = [
        bob.submit_order(limit(symbol=symbol, limit_price=price)).id
        for symbol, price in (("IBM", 200.25), ("BAC", 30.10), ("IBM", 200.50))
    ]
    every = GetOrdersRequest(status=QueryOrderStatus.ALL, direction=Sort.ASC)
    assert [order.id for order in bob.get_orders(every)] == waiting
    newest = GetOrdersRequest(status=QueryOrderStatus.OPEN, limit=1)
    assert [order.id for order in bob.get_orders(newest)] == waiting[-1:]
    of_bac = GetOrdersRequest(status=QueryOrderStatus.OPEN, symbols=["BAC"])
    assert [order.id for order in bob.get_orders(of_bac)] == waiting[1:2]
    sells = GetOrdersRequest(status=QueryOrderStatus.ALL, side=OrderSide.SELL)
    assert bob.get_orders(sells) == []


def test_cancel_orders_takes_back_everything_that_waits(alice):
    waiting = {alice.submit_order(limit()).id for _ in range(3)}
    answers = alice.cancel_orders()
    assert {answer.id for answer in answers} == waiting
    assert {answer.status for answer in answers} == {200}
    assert alice.get_orders() == []
    assert alice.cancel_orders() == []


def test_what_was_bought_is_a_position(alice):
    before = Decimal(alice.get_account().cash)
    bought = await_filled(alice, alice.submit_order(market(symbol="KO", qty=3)).id)
    position = alice.get_open_position("KO")
    assert Decimal(position.qty) == Decimal(position.qty_available) == 3
    assert Decimal(position.avg_entry_price) == Decimal(bought.filled_avg_price)
    assert Decimal(position.cost_basis) == 3 * Decimal(bought.filled_avg_price)
    assert before - Decimal(alice.get_account().cash) == Decimal(position.cost_basis)
    assert alice.get_open_position(str(position.asset_id)).symbol == "KO"
    assert "KO" in [one.symbol for one in alice.get_all_positions()]


def test_a_sale_ends_the_position(alice):
    await_filled(alice, alice.submit_order(market(symbol="XOM", qty=2)).id)
    sold = alice.submit_order(market(symbol="XOM", qty=2, side=OrderSide.SELL))
    await_filled(alice, sold.id)
    with pytest.raises(APIError) as refusal:
        alice.get_open_position("XOM")
    assert refusal.value.status_code == 404
    assert (refusal.value.code, refusal.value.message) == (40410000, "position does not exist")


# --- Refusals -------------------------------------------------------------------------------------


def test_too_large_an_order_is_refused_with_the_buying_power(charlie):
    with pytest.raises(APIError) as refusal:
        charlie.submit_order(limit(symbol="IBM", qty=700, limit_price=200))
    assert refusal.value.status_code == 403
    assert refusal.value.code == 40310000
    assert refusal.value.message == "insufficient buying power"
    extra = refusal.value.response.json()
    assert (extra["buying_power"], extra["cost_basis"]) == ("100000", "140000")


def test_an_unknown_symbol_is_refused(charlie):
    with pytest.raises(APIError) as refusal:
        charlie.submit_order(market(symbol="NOSUCH"))
    assert refusal.value.status_code == 422
    assert (refusal.value.code, refusal.value.message) == (42210000, 'asset "NOSUCH" not found')


def test_a_client_order_id_is_good_for_one_order(alice):
    first = alice.submit_order(limit(client_order_id="only once"))
    with pytest.raises(APIError) as while_open:
        alice.submit_order(limit(client_order_id="only once"))
    assert while_open.value.status_code == 422
    assert while_open.value.code == 42210000
    assert while_open.value.message == "client_order_id must be unique"
    alice.cancel_order_by_id(first.id)
    with pytest.raises(APIError) as once_ended:
        alice.submit_order(limit(client_order_id="only once"))
    assert once_ended.value.status_code == 422
    assert once_ended.value.code == 40010001
    assert once_ended.value.message == "client_order_id must be unique"


def test_what_is_not_there_is_not_found(charlie):
    nobody = "00000000-0000-0000-0000-000000000000"
    for ask in (
        lambda: charlie.get_order_by_id(nobody),
        lambda: charlie.get_order_by_client_id(nobody),
        lambda: charlie.cancel_order_by_id(nobody),
    ):
        with pytest.raises(APIError) as refusal:
            ask()
        assert refusal.value.status_code == 404
        assert refusal.value.code == 40410000
        assert refusal.value.message == f"order not found for {nobody}"


def test_a_wrong_key_is_unauthorized(platform):
    user = platform.users()["alice"]
    for key, secret in ((user["api_key"], "wrong"), ("PKNOBODY", user["secret_key"])):
        with trading_client(platform, key, secret) as stranger, pytest.raises(APIError) as refusal:
            stranger.get_account()
        assert refusal.value.status_code == 401
        assert refusal.value.message == "unauthorized."


def test_the_books_balance_afterwards(platform):
    platform.require_true_books()
