"""Gaps, one-sided, withdrawn, crossed and locked quotes; the right fills worked out by hand."""

from dataclasses import dataclass
from decimal import Decimal

import pytest

from oms.paper.hours import Phase
from oms.paper.matching import Fill, Resting, SymbolMarket
from tests.oms.test_matching import dollars, resting, shares, told

NOTHING = (None, 0)


@dataclass
class Row:
    """A quote as (price, size) of bid and offer, and the fills that it must bring."""

    bid: tuple[str | None, int]
    ask: tuple[str | None, int]
    fills: list[tuple[int, str]]


def quote(market: SymbolMarket, bid, ask) -> list[Fill]:
    return market.on_quote(
        bid_px=None if bid[0] is None else dollars(bid[0]),
        bid_size=shares(bid[1]),
        ask_px=None if ask[0] is None else dollars(ask[0]),
        ask_size=shares(ask[1]),
    )


START = (("10.00", 300), ("10.02", 200))

TABLES = {
    "a buy that the market moves through in one step gets the price that is there now": (
        [resting("BUY", "100", "9.95")],
        [Row(("9.85", 300), ("9.90", 60), [(60, "9.90")]),
         Row(("9.70", 300), ("9.80", 60), [(40, "9.80")])],
    ),
    "a sell likewise": (
        [resting("SELL", "100", "10.05")],
        [Row(("10.40", 500), ("10.45", 300), [(100, "10.40")])],
    ),
    "an offer at the limit is the limit": (
        [resting("BUY", "100", "9.95")],
        [Row(("9.94", 300), ("9.95", 300), [(100, "9.95")])],
    ),
    "an offer a cent above it is not reached": (
        [resting("BUY", "100", "9.95")],
        [Row(("9.94", 300), ("9.96", 300), [])],
    ),
    "the rest of a marketable limit takes each later quote at that quote's price": (
        [resting("BUY", "600", "12.80")],  # 200 at 10.02 when it comes
        [Row(("10.01", 300), ("10.03", 150), [(150, "10.03")]),
         Row(("10.01", 300), ("12.90", 150), []),
         Row(("10.01", 300), ("12.80", 100), [(100, "12.80")]),
         Row(("9.90", 300), ("9.95", 500), [(150, "9.95")])],
    ),
    "a withdrawn bid leaves the offer where it is": (
        [resting("BUY", "100", "9.95")],
        [Row(NOTHING, ("9.93", 80), [(80, "9.93")])],
    ),
    "a withdrawn bid offers a seller nothing": (
        [resting("SELL", "100", "10.05")],
        [Row(NOTHING, ("10.10", 80), []), Row(("10.06", 30), ("10.10", 80), [(30, "10.06")])],
    ),
    "a withdrawn offer leaves the bid where it is": (
        [resting("SELL", "100", "10.05")],
        [Row(("10.07", 80), NOTHING, [(80, "10.07")])],
    ),
    "a withdrawn offer gives a buyer nothing": (
        [resting("BUY", "100", "9.95")],
        [Row(("9.90", 80), NOTHING, []), Row(("9.90", 80), ("9.94", 80), [(80, "9.94")])],
    ),
    "a price without size offers nothing": (
        [resting("BUY", "100", "9.95")],
        [Row(("9.80", 300), ("9.90", 0), []), Row(("9.80", 300), ("9.91", 100), [(100, "9.91")])],
    ),
    "both sides withdrawn": (
        [resting("BUY", "100", "9.95"), resting("SELL", "100", "10.05")],
        [Row(NOTHING, NOTHING, [])],
    ),
    "a locked market trades at its one price": (
        [resting("BUY", "100", "9.95"), resting("SELL", "50", "10.05")],
        [Row(("9.95", 300), ("9.95", 70), [(70, "9.95")])],
    ),
    "a crossed quote is true of neither side": (
        [resting("BUY", "100", "9.95"), resting("SELL", "50", "10.05")],
        [Row(("10.10", 300), ("9.90", 300), []),
         Row(("9.90", 300), ("9.95", 300), [(100, "9.95")])],
    ),
    "a market order waits for size, at whatever price it comes": (
        [resting("SELL", "500")],  # 300 at 10.00 when it comes
        [Row(NOTHING, ("10.02", 200), []), Row(("9.50", 120), ("9.60", 200), [(120, "9.50")]),
         Row(("9.70", 500), ("9.80", 200), [(80, "9.70")])],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_quotes_are_replayed_and_fill_as_worked_out_by_hand(name):
    orders, rows = TABLES[name]
    market = SymbolMarket()
    quote(market, *START)
    for number, order in enumerate(orders):
        order.arrival = number
        market.add(order)
    for row in rows:
        assert told(quote(market, row.bid, row.ask)) == row.fills, row


def test_a_market_buy_never_pays_more_than_its_worst_price():
    market = SymbolMarket()
    quote(market, *START)
    order = resting("BUY", "500")
    order.worst_price = dollars("10.30")
    assert told(market.add(order)) == [(200, "10.02")]
    assert told(quote(market, ("10.29", 100), ("10.31", 100))) == []
    assert told(quote(market, ("10.29", 100), ("10.30", 100))) == [(100, "10.30")]
    late = resting("BUY", "500", tif="IOC")
    late.worst_price = dollars("10.00")
    assert market.add(late) == []


def test_the_rest_of_a_marketable_limit_waits_for_quotes_not_for_prints():
    market = SymbolMarket()
    quote(market, ("11.69", 300), ("11.71", 600))
    order = resting("BUY", "6000", "12.80")
    assert told(market.add(order)) == [(600, "11.71")]
    assert market.on_trade(px=dollars("11.71"), size=shares(5000)) == []
    assert market.on_trade(px=dollars("12.80"), size=shares(5000)) == []
    assert told(quote(market, ("11.69", 300), ("11.72", 400))) == [(400, "11.72")]
    assert order.leaves_qty == 5000


def test_a_print_fills_at_the_limit_only_behind_a_displayed_other_side():
    market = SymbolMarket()
    quote(market, ("10.00", 300), NOTHING)
    market.add(resting("BUY", "100", "10.05"))
    assert market.on_trade(px=dollars("10.01"), size=shares(100)) == []
    quote(market, ("10.00", 300), ("10.06", 100))
    assert told(market.on_trade(px=dollars("10.01"), size=shares(60))) == [(60, "10.05")]


def test_a_print_from_before_an_order_arrived_does_not_reach_it():
    market = SymbolMarket()
    quote(market, *START)
    order = resting("BUY", "100", "10.01")
    order.arrived_ns = 1_000
    market.add(order)
    assert market.on_trade(px=dollars("10.00"), size=shares(100), ts_event=999) == []
    fills = market.on_trade(px=dollars("10.00"), size=shares(100), ts_event=1_000)
    assert told(fills) == [(100, "10.01")]


def test_public_shares_ahead_are_ahead_of_the_whole_queue_once():
    market = SymbolMarket()
    quote(market, *START)
    first, second = (
        resting("BUY", "100", "10.00", arrival=1),
        resting("BUY", "50", "10.00", arrival=2),
    )
    market.add(first)
    quote(market, ("10.00", 400), ("10.02", 200))
    market.add(second)
    # 300 are ahead of the first and 400 of the second; 350 trade: 300, then 50 of the first.
    assert told(market.on_trade(px=dollars("10.00"), size=shares(350))) == [(50, "10.00")]
    # Then 50 of the first, 100 more of the public, 30 of the second.
    fills = market.on_trade(px=dollars("10.00"), size=shares(180))
    assert told(fills) == [(50, "10.00"), (30, "10.00")]


def test_who_was_ahead_is_gone_once_the_price_has_left_us_alone():
    market = SymbolMarket()
    quote(market, *START)
    market.add(resting("BUY", "100", "10.00"))
    quote(market, ("9.98", 300), ("10.02", 200))
    assert told(market.on_trade(px=dollars("10.00"), size=shares(40))) == [(40, "10.00")]


def test_nothing_fills_between_a_halt_and_the_resumption():
    market = SymbolMarket()
    quote(market, *START)
    market.add(resting("BUY", "100", "9.95"))
    market.is_halted = True
    assert market.add(resting("BUY", "100")) == []
    assert market.add(resting("SELL", "100", "9.00", tif="IOC")) == []
    assert quote(market, ("9.85", 300), ("9.90", 500)) == []
    assert market.on_trade(px=dollars("9.80"), size=shares(500)) == []
    market.is_halted = False
    assert told(quote(market, ("9.85", 300), ("9.91", 500))) == [(100, "9.91"), (100, "9.91")]


def test_an_order_that_may_not_trade_in_a_phase_waits_aside_and_keeps_its_turn():
    market = SymbolMarket()
    market.enter(Phase.EXTENDED)
    first = resting("BUY", "100", "10.02", arrival=1)
    asked = resting("BUY", "100", "10.02", arrival=2)
    asked.extended_hours = True
    for order in (first, asked):
        market.add(order)
    assert [fill.order_id for fill in quote(market, ("10.00", 90), ("10.02", 60))] == [
        asked.order_id
    ]
    market.enter(Phase.CLOSED)
    assert quote(market, ("10.00", 90), ("10.02", 60)) == []
    market.enter(Phase.REGULAR)
    assert [fill.order_id for fill in quote(market, ("10.00", 90), ("10.02", 120))] == [
        first.order_id,
        asked.order_id,
    ]
    assert market.orders.keys() == {asked.order_id}


class Counting(Resting):
    """An order that counts how often anybody looks at its bound."""

    __slots__ = ()
    looks = 0

    @property
    def bound(self):
        Counting.looks += 1
        return self.limit_price


def test_a_quote_does_not_look_at_orders_that_it_does_not_reach():
    market = SymbolMarket()
    quote(market, *START)
    for number in range(2_000):
        near = resting("BUY", "100", str(Decimal("5.00") + Decimal(number) / 1000), arrival=number)
        values = {name: getattr(near, name) for name in Resting.__dataclass_fields__}
        market.add(Counting(**values))
    Counting.looks = 0
    for cents in range(5):
        quote(market, ("10.00", 300), (f"10.0{cents + 1}", 200))
        market.on_trade(px=dollars("10.00"), size=shares(10))
    assert Counting.looks == 0
