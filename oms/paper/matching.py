"""
The paper market's matching, one symbol at a time. Pure: a quote or a print comes in, fills go out.

How it behaves like a market:
- Whatever reaches the other side of the market, on arrival or later, takes the displayed size at
  the displayed price, and no more: size that we took is gone until the next quote shows new size.
  A resting order whose limit the market has passed in one step is no exception. Nobody hit it at
  its limit on the way, so it trades at the price that is there now, which is better for its owner.
- A side without a price, or without size, offers nothing; the other side stays as it is. A crossed
  quote (bid above offer) cannot be true of both sides, so neither is taken.
- A print reaches only orders that certainly rest: limit orders behind the displayed other side. One
  beyond the limit fills the order at its limit, up to the print's size: by price priority whoever
  sold lower would have met the higher bid first, and a print is no price that others can still
  have. A print at the limit fills it once the public size displayed ahead of it has traded.
  What waits for displayed size (a market order, the rest of a marketable limit) waits for a quote.
- A print that happened before an order arrived does not reach it.
- Among our own orders the better price goes first, then the earlier. They do not trade with each
  other: the public market is the only counterparty.
- Nothing trades in a halt. Orders that may not trade in the present phase of the day wait aside.
"""

from dataclasses import dataclass, field
from uuid import UUID

from oms.paper.hours import Phase
from oms.paper.ladder import Ladder, Level, Resting
from trading.kernel.fix import Side, TimeInForce
from trading.kernel.quantities import ZERO_QTY, Price, Qty

__all__ = ["Displayed", "Fill", "Resting", "SymbolMarket"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """So many shares of an order, at this price."""

    order_id: UUID
    qty: Qty
    px: Price
    arrived_ns: int = 0  # when the order arrived: it cannot have traded before


@dataclass(slots=True)
class Displayed:
    """One side of the market: its price and what is left of its displayed size."""

    px: Price | None = None
    size: Qty = ZERO_QTY


@dataclass(slots=True)
class _Print:
    """A trade of the public market and what is left of it for our orders."""

    px: Price
    left: Qty
    ts_event: int


@dataclass(slots=True)
class SymbolMarket:
    """The public market of a symbol and our orders in it."""

    bid: Displayed = field(default_factory=Displayed)
    ask: Displayed = field(default_factory=Displayed)
    orders: dict[UUID, Resting] = field(default_factory=dict)
    phase: Phase = Phase.REGULAR
    is_halted: bool = False
    _buys: Ladder = field(default_factory=lambda: Ladder(Side.BUY))
    _sells: Ladder = field(default_factory=lambda: Ladder(Side.SELL))

    def add(self, order: Resting, *, sees_market: bool = True) -> list[Fill]:
        """
        Take in an order and return its immediate fills.

        What is left of it rests, unless it is immediate-or-cancel or fill-or-kill: then it is not
        kept, and a fill-or-kill that cannot be filled whole is not filled at all. Without
        ``sees_market`` nothing that is displayed is for it: it waits for the next quote.
        """
        other = self._other(order.side)
        fills: list[Fill] = []
        if sees_market and self.may_trade(order) and _reaches(order, other.px):
            is_whole = other.size >= order.leaves_qty
            if is_whole or order.time_in_force is not TimeInForce.FOK:
                fills = _take(order, other)
        if order.leaves_qty > 0 and not order.is_immediate:
            self.restore(order)
            self._see(order.side)
        return fills

    def restore(self, order: Resting) -> None:
        """Put an order back as it rested before a restart; its place in the queue is not known."""
        self.orders[order.order_id] = order
        if self.phase.trades(extended_hours=order.extended_hours):
            self._own(order.side).add(order)

    def without_orders(self) -> "SymbolMarket":
        """Return this market with what is left of what it displays, and none of our orders."""
        return SymbolMarket(bid=self.bid, ask=self.ask, phase=self.phase, is_halted=self.is_halted)

    def remove(self, order_id: UUID) -> Resting | None:
        """Take an order out; None if it does not rest here."""
        order = self.orders.pop(order_id, None)
        if order is not None and self.phase.trades(extended_hours=order.extended_hours):
            self._own(order.side).remove(order)
        return order

    def enter(self, phase: Phase) -> None:
        """Begin another phase of the day: what may not trade in it waits aside."""
        for order in self.orders.values():
            did = self.phase.trades(extended_hours=order.extended_hours)
            does = phase.trades(extended_hours=order.extended_hours)
            if does and not did:
                self._own(order.side).add(order)
            elif did and not does:
                self._own(order.side).remove(order)
        self.phase = phase

    def may_trade(self, order: Resting) -> bool:
        """Tell whether an order may trade at the moment, if the price allows it."""
        return not self.is_halted and self.phase.trades(extended_hours=order.extended_hours)

    def on_quote(
        self, *, bid_px: Price | None, bid_size: Qty, ask_px: Price | None, ask_size: Qty
    ) -> list[Fill]:
        """Show a new quote to the resting orders; None is a side without a price."""
        if bid_px is not None and ask_px is not None and bid_px > ask_px:
            self.show_nothing()
            return []
        self.bid = Displayed(bid_px, bid_size) if bid_size > 0 else Displayed()
        self.ask = Displayed(ask_px, ask_size) if ask_size > 0 else Displayed()
        fills: list[Fill] = []
        if not self.is_halted:
            for side in Side:
                fills += self._fill_from(self._other(side), self._own(side))
        for side in Side:
            self._see(side)
        return fills

    def show_nothing(self) -> None:
        """The public market has no quote: nothing stands there to trade with."""
        self.bid = Displayed()
        self.ask = Displayed()

    def on_trade(self, *, px: Price, size: Qty, ts_event: int = 0) -> list[Fill]:
        """
        Let a trade of the public market reach the resting limit orders it passes.

        ``ts_event`` (ns) is when it happened; 0 is not known, and then reaches every order.
        """
        if self.is_halted:
            return []
        printed = _Print(px, size, ts_event)
        fills: list[Fill] = []
        for side in Side:
            other = self._other(side)
            if other.px is None:
                continue  # nobody knows whether they rest behind the market or have passed it
            for is_through, level in self._own(side).levels_between(worse_than=other.px, up_to=px):
                if printed.left == 0:
                    break
                fills += _print_at(level, printed, is_through=is_through)
        self._forget_filled(fills)
        return fills

    def _own(self, side: Side) -> Ladder:
        return self._buys if side is Side.BUY else self._sells

    def _other(self, side: Side) -> Displayed:
        return self.ask if side is Side.BUY else self.bid

    def _see(self, side: Side) -> None:
        shown = self.bid if side is Side.BUY else self.ask
        if shown.px is not None:
            self._own(side).see(px=shown.px, size=shown.size)

    def _fill_from(self, other: Displayed, ladder: Ladder) -> list[Fill]:
        fills: list[Fill] = []
        if other.px is not None:
            for order in ladder.reaching(other.px):
                if other.size == 0:
                    break
                fills += _take(order, other)
        self._forget_filled(fills)
        return fills

    def _forget_filled(self, fills: list[Fill]) -> None:
        for fill in fills:
            if self.orders[fill.order_id].leaves_qty == 0:
                self.remove(fill.order_id)


def _take(order: Resting, other: Displayed) -> list[Fill]:
    """Fill from the displayed size at the displayed price."""
    qty = Qty(min(order.leaves_qty, other.size))
    if other.px is None or qty <= 0:
        return []
    other.size = Qty(other.size - qty)
    return [_filled(order, qty, other.px)]


def _print_at(level: Level, printed: _Print, *, is_through: bool) -> list[Fill]:
    """Let a print at or through a level's price reach its orders in turn."""
    fills: list[Fill] = []
    for order in level.orders:
        if printed.left == 0:
            break
        if order.limit_price is None or 0 < printed.ts_event < order.arrived_ns:
            continue
        if not is_through and not _is_at_front(order, level, printed):
            continue
        qty = Qty(min(order.leaves_qty, printed.left))
        if qty > 0:
            printed.left = Qty(printed.left - qty)
            fills.append(_filled(order, qty, order.limit_price))
    return fills


def _is_at_front(order: Resting, level: Level, printed: _Print) -> bool:
    """Use the print up for the public shares ahead of the order; tell whether none are left."""
    if order.place is None:
        return False
    ahead = Qty(max(ZERO_QTY, Qty(order.place - level.traded)))
    passed = Qty(min(ahead, printed.left))
    level.traded = Qty(level.traded + passed)
    printed.left = Qty(printed.left - passed)
    return passed == ahead


def _filled(order: Resting, qty: Qty, px: Price) -> Fill:
    order.leaves_qty = Qty(order.leaves_qty - qty)
    return Fill(order_id=order.order_id, qty=qty, px=px, arrived_ns=order.arrived_ns)


def _reaches(order: Resting, px: Price | None) -> bool:
    """Tell whether the order may trade at this price of the other side."""
    if px is None:
        return False
    if order.bound is None:
        return True
    return order.bound >= px if order.side is Side.BUY else order.bound <= px
