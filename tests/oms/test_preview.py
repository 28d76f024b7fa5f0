"""What is said of an order beforehand is what happens: its fill, its cost, the account after it."""

from datetime import timedelta
from decimal import Decimal

import pytest

from marketdata import interface as marketdata
from marketdata.contracts import TradingStatus
from oms.api import wire
from oms.contracts import Remainder
from oms.operations.preview import find_buy_limits, preview_order
from oms.paper.matching import SymbolMarket
from oms.queries import find_order, get_account
from risk import interface as risk
from risk.contracts import LimitName
from tests.oms import desks
from tests.oms.conftest import order
from trading.kernel.clock import to_ns, utc_now
from trading.kernel.fix import OrdStatus
from trading.kernel.quantities import plain

pytestmark = pytest.mark.django_db(transaction=True)


def look(command, desk=None):
    """Preview an order as the API does."""
    exchange = None if desk is None else desk.copy_of_market(symbol=command.symbol)
    return preview_order(command=command, now=utc_now(), exchange=exchange)


def fill_of(command, desk=None) -> tuple[str, str, str, Remainder]:
    """Return what is likely: shares now, at which price, the rest and what becomes of it."""
    likely = look(command, desk).likely
    assert likely is not None
    px = "" if likely.px is None else plain(likely.px)
    return plain(likely.qty), px, plain(likely.rest_qty), likely.rest


def place(desk, command):
    placed = desks.place(desk, command)
    desks.settle(desk)
    return find_order(account_id=command.account_id, order_id=placed.id)


CASES = [
    # side, shares, limit, time in force: shares filled, their price, what is left, its fate
    (("BUY", "10", None, "DAY"), ("10", "182.5", "0", Remainder.NONE)),
    (("BUY", "600", None, "DAY"), ("500", "182.5", "100", Remainder.WAITS)),
    (("BUY", "600", None, "IOC"), ("500", "182.5", "100", Remainder.CANCELED)),
    (("BUY", "600", None, "FOK"), ("0", "", "600", Remainder.CANCELED)),
    (("BUY", "500", None, "FOK"), ("500", "182.5", "0", Remainder.NONE)),
    (("BUY", "10", "100.00", "DAY"), ("0", "", "10", Remainder.WAITS)),
    (("BUY", "10", "182.49", "GTC"), ("0", "", "10", Remainder.WAITS)),
    (("BUY", "10", "182.50", "GTC"), ("10", "182.5", "0", Remainder.NONE)),
    (("BUY", "600", "183.00", "DAY"), ("500", "182.5", "100", Remainder.WAITS)),
    (("BUY", "10", "100.00", "IOC"), ("0", "", "10", Remainder.CANCELED)),
    (("BUY", "10", "100.00", "FOK"), ("0", "", "10", Remainder.CANCELED)),
    (("SELL", "10", None, "DAY"), ("10", "182.44", "0", Remainder.NONE)),
    (("SELL", "10", "182.44", "DAY"), ("10", "182.44", "0", Remainder.NONE)),
    (("SELL", "10", "190.00", "DAY"), ("0", "", "10", Remainder.WAITS)),
]


@pytest.mark.parametrize(("terms", "likely"), CASES)
def test_a_likely_fill_is_what_the_market_then_does(market, desk, bob, terms, likely):
    side, qty, limit, tif = terms
    if side == "SELL":
        place(desk, order(bob, qty="10"))
        market.quote("IBM", 182.44, 182.50)
    command = order(bob, side, qty, limit=limit, tif=tif)
    assert fill_of(command, desk) == likely
    filled, px, left, rest = likely
    done = place(desk, command)
    assert plain(done.cum_qty) == filled
    assert (done.avg_px or "") == (Decimal(px) if px else "")
    ends = {Remainder.NONE: OrdStatus.FILLED, Remainder.CANCELED: OrdStatus.CANCELED}
    waits = OrdStatus.PARTIALLY_FILLED if done.cum_qty else OrdStatus.NEW
    assert done.status == ends.get(rest, waits)
    assert plain(done.qty - done.cum_qty) == left


def test_what_our_own_orders_have_taken_is_not_promised_again(market, desk, bob, alice):
    place(desk, order(bob, qty="450"))
    assert fill_of(order(alice, qty="100"), desk) == ("50", "182.5", "50", Remainder.WAITS)
    done = place(desk, order(alice, qty="100"))
    assert done.cum_qty == 50
    market.quote("IBM", 182.44, 182.50)  # a new quote shows new size
    assert fill_of(order(alice, qty="100"), desk)[0] == "100"


def test_a_preview_takes_nothing_from_the_market(market, desk, bob):
    for _ in range(3):
        assert fill_of(order(bob, qty="500"), desk)[0] == "500"
    assert place(desk, order(bob, qty="500")).status == OrdStatus.FILLED


def test_an_old_quote_fills_nothing_and_a_closed_market_says_so(market, alice):
    market.quote("IBM", 182.44, 182.50, at=utc_now() - timedelta(seconds=20))
    assert fill_of(order(alice, limit="183.00")) == ("0", "", "10", Remainder.WAITS)
    market.quote("IBM", 182.44, 182.50)
    market.opens_at = utc_now() + timedelta(hours=1)
    shown = look(order(alice))
    assert shown.accepted
    assert (shown.likely.qty, shown.likely.rest) == (0, Remainder.WAITS)
    assert shown.likely.text == "the market is closed; the order waits"
    shown = look(order(alice, tif="IOC"))
    assert (shown.likely.rest, shown.likely.text) == (Remainder.CANCELED, "the market is closed")


def test_a_halt_is_named(market, alice, monkeypatch):
    ts = to_ns(utc_now())
    halted = TradingStatus(
        symbol="IBM", status_code="H", status_message="Trading Halt", reason_code="T1",
        reason_message="News pending", ts_event=ts, ts_init=ts, source="test",
    )  # fmt: skip
    monkeypatch.setattr(marketdata, "trading_status", lambda *, symbol: halted)
    likely = look(order(alice, limit="190.00")).likely
    assert (likely.qty, likely.rest) == (0, Remainder.WAITS)
    assert "trading in IBM is halted: News pending" in likely.text


def test_a_refused_order_fills_nothing_and_leaves_no_number(market, alice):
    shown = look(order(alice, qty="100000"))
    assert not shown.accepted
    assert (shown.likely, shown.buying_power_after) == (None, None)
    assert shown.estimated_cost == Decimal("18250000.00")


# --- What the account shows afterwards ------------------------------------------------------------


@pytest.mark.parametrize("owner", ["alice", "bob"])
@pytest.mark.parametrize("limit", [None, "182.50", "190.00"])
def test_buying_power_after_is_what_the_account_then_shows(market, desk, request, owner, limit):
    account = request.getfixturevalue(owner)
    market.trade("IBM", 182.47, 100)
    for side in ("BUY", "SELL"):
        command = order(account, side, "7", limit=None if side == "SELL" else limit)
        shown = wire.preview(look(command, desk))
        assert place(desk, command).status == OrdStatus.FILLED
        after = wire.account(get_account(account_id=account))
        assert shown["buying_power_after"] == after["buying_power"]


@pytest.mark.parametrize("owner", ["alice", "bob"])
@pytest.mark.parametrize(
    "terms",
    [
        # side, shares, limit, time in force, dollars moved; 500 are shown at 182.50
        ("BUY", "505", None, "IOC", "91250.00"),
        ("BUY", "510", "183.00", "IOC", "91250.00"),
        ("BUY", "600", "150.00", "IOC", "0.00"),
        ("BUY", "501", "183.00", "FOK", "0.00"),
        ("SELL", "20", "190.00", "IOC", "0.00"),
    ],
)
def test_shares_that_will_be_canceled_cost_nothing(market, desk, request, owner, terms):
    account = request.getfixturevalue(owner)
    side, qty, limit, tif, moved = terms
    market.trade("IBM", 182.50, 100)
    if side == "SELL":
        place(desk, order(account, qty=qty))
        market.quote("IBM", 182.50, 182.56)
    command = order(account, side, qty, limit=limit, tif=tif)
    shown = look(command, desk)
    assert shown.estimated_cost == Decimal(moved)
    place(desk, command)
    assert shown.buying_power_after == get_account(account_id=account).buying_power


def test_it_counts_what_other_orders_keep_aside(market, desk, alice):
    place(desk, order(alice, qty="100", limit="100.00"))
    command = order(alice, qty="10")
    shown = look(command, desk)
    place(desk, command)
    assert shown.buying_power_after == get_account(account_id=alice).buying_power == 88175


def test_a_sale_shows_its_proceeds(market, desk, alice):
    place(desk, order(alice, qty="10"))
    shown = look(order(alice, "SELL", "10"), desk)
    assert shown.estimated_cost == Decimal("1824.40")
    assert shown.buying_power_after == Decimal("99999.40")
    assert shown.reserve == 0


def test_what_a_market_buy_keeps_aside_is_a_number_of_its_own(market, alice):
    shown = look(order(alice, qty="10"))
    assert (shown.estimated_cost, shown.reserve) == (Decimal("1825.00"), Decimal("54.75"))
    assert shown.buying_power_after == Decimal("98175.00")
    assert look(order(alice, qty="10", limit="183.00")).reserve == 0


def test_a_limit_through_the_market_costs_what_is_shown_there(market, alice):
    assert look(order(alice, qty="10", limit="183.00")).estimated_cost == Decimal("1825.00")
    # 500 are shown at 182.50; the rest costs its limit at the most.
    assert look(order(alice, qty="510", limit="183.00")).estimated_cost == Decimal("93080.00")


def test_the_limits_come_with_the_page_and_each_preview(market, alice):
    told = look(order(alice)).limits
    assert told == find_buy_limits(account_id=alice, now=utc_now())
    assert told.to_json() == {
        "order_value": "250000", "position_value": "500000", "market_reserve_pct": "3",
    }  # fmt: skip
    risk.set_limit(
        account_id=alice, name=LimitName.ORDER_VALUE,
        value=Decimal(5000), actor="user:risk", reason="a test", now=utc_now(),
    )  # fmt: skip
    assert look(order(alice)).limits.order_value == 5000


# --- The copy that is tried out -------------------------------------------------------------------


def test_a_copy_taken_while_a_quote_is_shown_never_shows_an_older_one(market, desk, bob):
    """The desk's thread may be anywhere inside of showing a quote when another thread copies."""
    place(desk, order(bob, qty="100"))
    market.quote("IBM", 183.44, 183.50)
    exchange, tried, copies = desk.copy_of_market(symbol="IBM"), order(bob, qty="10"), []
    show = SymbolMarket.on_quote

    def copy_before_and_after(self, **sides):
        copies.append(exchange.copy_of(symbol="IBM"))
        fills = show(self, **sides)
        copies.append(exchange.copy_of(symbol="IBM"))
        return fills

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(SymbolMarket, "on_quote", copy_before_and_after)
        preview_order(command=tried, now=utc_now(), exchange=exchange)
    assert len(copies) == 2
    for copied in copies:
        shown = preview_order(command=tried, now=utc_now(), exchange=copied)
        assert shown.likely is not None
        assert shown.likely.px == Decimal("183.5")
