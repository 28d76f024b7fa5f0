"""The paper market behaves like one: it gives what the public market shows, in fair turn."""

from decimal import Decimal

import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from oms.paper.matching import Fill, Resting, SymbolMarket
from trading.kernel.fix import OrdType, Side, TimeInForce
from trading.kernel.identifiers import new_id
from trading.kernel.quantities import Price, Qty


def shares(number) -> Qty:
    return Qty(Decimal(number))


def dollars(text) -> Price:
    return Price(Decimal(text))


def resting(side="BUY", qty="100", limit=None, tif="DAY", arrival=0) -> Resting:
    return Resting(
        order_id=new_id(),
        side=Side(side),
        ord_type=OrdType.MARKET if limit is None else OrdType.LIMIT,
        time_in_force=TimeInForce(tif),
        leaves_qty=shares(qty),
        limit_price=None if limit is None else dollars(limit),
        arrival=arrival,
    )


def show(market: SymbolMarket, bid="10.00", bid_size=300, ask="10.02", ask_size=200) -> list[Fill]:
    return market.on_quote(
        bid_px=dollars(bid), bid_size=shares(bid_size), ask_px=dollars(ask),
        ask_size=shares(ask_size),
    )  # fmt: skip


@pytest.fixture
def market() -> SymbolMarket:
    made = SymbolMarket()
    show(made)
    return made


def told(fills) -> list[tuple[int, str]]:
    return [(int(fill.qty), str(fill.px)) for fill in fills]


@pytest.mark.parametrize(
    ("order", "fills", "rests"),
    [
        (resting("BUY", "100"), [(100, "10.02")], False),
        (resting("SELL", "100"), [(100, "10.00")], False),
        (resting("BUY", "500"), [(200, "10.02")], True),  # no more than is displayed
        (resting("BUY", "100", "10.02"), [(100, "10.02")], False),
        (resting("BUY", "100", "10.05"), [(100, "10.02")], False),  # at the offer, not the limit
        (resting("BUY", "100", "10.01"), [], True),
        (resting("SELL", "100", "10.01"), [], True),
        (resting("BUY", "500", "10.02", "IOC"), [(200, "10.02")], False),
        (resting("BUY", "500", "10.02", "FOK"), [], False),
        (resting("BUY", "200", "10.02", "FOK"), [(200, "10.02")], False),
        (resting("BUY", "100", "10.00", "IOC"), [], False),
    ],
)
def test_an_arriving_order_takes_what_the_market_shows(market, order, fills, rests):
    assert told(market.add(order)) == fills
    assert (order.order_id in market.orders) is rests


def test_size_that_was_taken_does_not_come_back_until_the_next_quote(market):
    assert told(market.add(resting("BUY", "150"))) == [(150, "10.02")]
    late = resting("BUY", "150")
    assert told(market.add(late)) == [(50, "10.02")]
    assert told(show(market, ask="10.03", ask_size=70)) == [(70, "10.03")]
    assert told(show(market, ask="10.04", ask_size=70)) == [(30, "10.04")]
    assert not market.orders


def test_a_resting_limit_order_fills_at_its_limit_when_the_market_comes_to_it(market):
    market.add(resting("BUY", "100", "9.99"))
    assert told(show(market, bid="9.97", ask="9.99")) == [(100, "9.99")]


def test_the_better_price_goes_first_then_the_earlier(market):
    early = resting("BUY", "100", "9.98", arrival=1)
    late = resting("BUY", "100", "9.98", arrival=2)
    better = resting("BUY", "100", "9.99", arrival=3)
    for order in (late, early, better):
        market.add(order)
    fills = show(market, bid="9.90", ask="9.98", ask_size=250)
    assert [fill.order_id for fill in fills] == [better.order_id, early.order_id, late.order_id]
    assert told(fills) == [(100, "9.98"), (100, "9.98"), (50, "9.98")]


def test_a_trade_through_the_limit_fills_up_to_its_size(market):
    market.add(resting("SELL", "100", "10.05"))
    assert told(market.on_trade(px=dollars("10.06"), size=shares(30))) == [(30, "10.05")]
    assert told(market.on_trade(px=dollars("10.04"), size=shares(500))) == []


def test_a_trade_at_the_limit_first_fills_those_who_were_there_before(market):
    market.add(resting("BUY", "100", "10.00"))  # 300 are displayed ahead of it
    assert told(market.on_trade(px=dollars("10.00"), size=shares(250))) == []
    assert told(market.on_trade(px=dollars("10.00"), size=shares(80))) == [(30, "10.00")]


def test_an_order_at_a_better_price_than_the_market_is_first_in_its_queue(market):
    market.add(resting("BUY", "100", "10.01"))
    assert told(market.on_trade(px=dollars("10.01"), size=shares(40))) == [(40, "10.01")]


def test_without_a_price_nothing_trades():
    market = SymbolMarket()
    assert market.add(resting("BUY", "100")) == []
    fills = market.on_quote(
        bid_px=dollars("10.00"), bid_size=shares(100), ask_px=None, ask_size=shares(0)
    )
    assert fills == []


def test_what_the_market_no_longer_shows_cannot_be_traded_with(market):
    market.show_nothing()
    assert market.add(resting("BUY", "100", "10.02")) == []


cents = st.integers(950, 1050)
sizes = st.integers(1, 400)


class AnyMarket(RuleBasedStateMachine):
    """Orders, quotes and trades in any order."""

    def __init__(self):
        super().__init__()
        self.market = SymbolMarket()
        self.orders: dict[object, Resting] = {}
        self.wanted: dict[object, Qty] = {}
        self.filled: dict[object, Decimal] = {}
        self.arrivals = 0

    def take(self, fills, *, at_most=None, at=None):
        for fill in fills:
            order = self.orders[fill.order_id]
            assert fill.qty > 0
            if at is not None:
                assert fill.px == at[order.side], "a quote fills at the price that it shows"
            if order.limit_price is not None:
                worse = fill.px > order.limit_price
                if order.side is Side.SELL:
                    worse = fill.px < order.limit_price
                assert not worse, "an order never trades beyond its limit"
            self.filled[fill.order_id] = self.filled.get(fill.order_id, Decimal(0)) + fill.qty
        if at_most is not None:
            for side, size in at_most.items():
                taken = sum(f.qty for f in fills if self.orders[f.order_id].side is side)
                assert taken <= size, "never more than the market shows"

    @rule(
        side=st.sampled_from(Side), qty=sizes, limit=st.none() | cents,
        tif=st.sampled_from(TimeInForce),
    )  # fmt: skip
    def add(self, side, qty, limit, tif):
        self.arrivals += 1
        order = resting(
            side, str(qty), None if limit is None else str(Decimal(limit) / 100), tif, self.arrivals
        )
        self.orders[order.order_id] = order
        self.wanted[order.order_id] = order.leaves_qty
        shown = self.market.ask if side is Side.BUY else self.market.bid
        before = shown.size
        fills = self.market.add(order)
        self.take(fills, at_most={side: before}, at={side: shown.px})
        assert shown.size == before - sum(fill.qty for fill in fills), "what we took is gone"
        if tif is TimeInForce.FOK:
            assert sum(fill.qty for fill in fills) in {0, self.wanted[order.order_id]}
        if tif in {TimeInForce.IOC, TimeInForce.FOK}:
            assert order.order_id not in self.market.orders

    @rule(bid=cents, spread=st.integers(0, 5), bid_size=sizes, ask_size=sizes)
    def quote(self, bid, spread, bid_size, ask_size):
        fills = show(
            self.market, str(Decimal(bid) / 100), bid_size, str(Decimal(bid + spread) / 100),
            ask_size,
        )  # fmt: skip
        self.take(
            fills,
            at_most={Side.BUY: ask_size, Side.SELL: bid_size},
            at={Side.BUY: self.market.ask.px, Side.SELL: self.market.bid.px},
        )

    @rule(bid=cents, ask=cents, bid_size=sizes, ask_size=sizes, gone=st.sampled_from(Side))
    def one_sided_quote(self, bid, ask, bid_size, ask_size, gone):
        """The side that is gone offers nothing; the other is there as ever."""
        fills = self.market.on_quote(
            bid_px=None if gone is Side.BUY else dollars(Decimal(bid) / 100),
            bid_size=shares(bid_size),
            ask_px=None if gone is Side.SELL else dollars(Decimal(ask) / 100),
            ask_size=shares(ask_size),
        )
        taken = {Side.BUY: ask_size, Side.SELL: bid_size}
        taken[Side.SELL if gone is Side.BUY else Side.BUY] = 0
        self.take(fills, at_most=taken)

    @rule(at=cents, size=sizes)
    def trade(self, at, size):
        bid, ask = self.market.bid.px, self.market.ask.px
        fills = self.market.on_trade(px=dollars(Decimal(at) / 100), size=shares(size))
        self.take(fills)
        for fill in fills:
            order = self.orders[fill.order_id]
            assert fill.px == order.limit_price
            if order.side is Side.BUY:
                assert ask is not None and fill.px < ask, "never through the national best"
            else:
                assert bid is not None and fill.px > bid, "never through the national best"
        assert sum(fill.qty for fill in fills) <= size

    @rule(data=st.data())
    def cancel(self, data):
        if self.market.orders:
            order_id = data.draw(st.sampled_from(sorted(self.market.orders)))
            assert self.market.remove(order_id) is not None
            assert self.market.remove(order_id) is None

    @invariant()
    def no_order_is_overfilled_and_what_rests_is_what_is_left(self):
        for order_id, filled in self.filled.items():
            assert filled <= self.wanted[order_id]
        for order_id, order in self.market.orders.items():
            done = self.filled.get(order_id, Decimal(0))
            assert order.leaves_qty == self.wanted[order_id] - done
            assert order.leaves_qty > 0


AnyMarket.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestAnyMarket = AnyMarket.TestCase


@given(st.lists(st.tuples(st.sampled_from(Side), cents, sizes), min_size=2, max_size=12))
@settings(deadline=None)
def test_a_better_placed_order_is_never_behind_a_worse_one(orders):
    market = SymbolMarket()
    market.on_quote(bid_px=None, bid_size=shares(0), ask_px=None, ask_size=shares(0))
    placed = []
    for number, (side, limit, qty) in enumerate(orders):
        order = resting(side, str(qty), str(Decimal(limit) / 100), arrival=number)
        market.add(order)
        placed.append(order)
    wanted = {order.order_id: order.leaves_qty for order in placed}
    show(market, bid="10.00", bid_size=150, ask="10.00", ask_size=150)
    for side in Side:
        mine = [order for order in placed if order.side is side]
        sign = -1 if side is Side.BUY else 1
        mine.sort(key=lambda order: (sign * (order.limit_price or 0), order.arrival))
        started = [order.leaves_qty < wanted[order.order_id] for order in mine]
        done = [order.leaves_qty == 0 for order in mine]
        for better in range(len(mine) - 1):
            assert not started[better + 1] or done[better], "the turn was not kept"
