"""
The paper market's matching, one symbol at a time. Pure: a quote or a trade comes in, fills go out.

How it behaves like a market:
- What is marketable when it arrives takes the displayed size at the prevailing bid or offer, and no
  more: size that we took is gone until the next quote shows new size.
- The rest waits. A market order takes each new quote's size at its price; a limit order fills at
  its own limit when the other side of the market comes to it.
- A trade below a buy's limit (above a sell's) fills it up to the trade's size; a trade at the limit
  fills it only once the size that was displayed ahead of it has traded.
- Among our own orders the better price goes first, then the earlier. They do not trade with each
  other: the public market is the only counterparty.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from trading.kernel.fix import OrdType, Side, TimeInForce
from trading.kernel.quantities import ZERO_QTY, Price, Qty


@dataclass(slots=True, kw_only=True)
class Resting:
    """One of our orders at the market. ``arrival`` orders those of equal price."""

    order_id: UUID
    side: Side
    ord_type: OrdType
    time_in_force: TimeInForce
    leaves_qty: Qty
    limit_price: Price | None
    arrival: int
    # Displayed size at our limit that came before us; None until it has been seen.
    ahead: Qty | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """So many shares of an order, at this price."""

    order_id: UUID
    qty: Qty
    px: Price


@dataclass(slots=True)
class Displayed:
    """One side of the market: its price and what is left of its displayed size."""

    px: Price | None = None
    size: Qty = ZERO_QTY


@dataclass(slots=True)
class SymbolMarket:
    """The public market of a symbol and our orders in it."""

    bid: Displayed = field(default_factory=Displayed)
    ask: Displayed = field(default_factory=Displayed)
    orders: dict[UUID, Resting] = field(default_factory=dict)

    def add(self, order: Resting) -> list[Fill]:
        """
        Take in an order and return its immediate fills.

        What is left of it rests, unless it is immediate-or-cancel or fill-or-kill: then it is not
        kept, and a fill-or-kill that cannot be filled whole is not filled at all.
        """
        other = self._other(order.side)
        if order.time_in_force is TimeInForce.FOK and (
            not _reaches(order, other.px) or other.size < order.leaves_qty
        ):
            return []
        fills = list(self._take(order, other, limit_is_price=False))
        if order.leaves_qty > 0 and order.time_in_force not in {TimeInForce.IOC, TimeInForce.FOK}:
            self._note_queue(order)
            self.orders[order.order_id] = order
        return fills

    def restore(self, order: Resting) -> None:
        """Put an order back as it rested before a restart; its place in the queue is not known."""
        self.orders[order.order_id] = order

    def remove(self, order_id: UUID) -> Resting | None:
        """Take an order out; None if it does not rest here."""
        return self.orders.pop(order_id, None)

    def on_quote(
        self, *, bid_px: Price | None, bid_size: Qty, ask_px: Price | None, ask_size: Qty
    ) -> list[Fill]:
        """Show a new quote to the resting orders; None is a side without a price."""
        self.bid = Displayed(bid_px, bid_size)
        self.ask = Displayed(ask_px, ask_size)
        fills: list[Fill] = []
        for order in self._by_priority():
            fills += self._take(order, self._other(order.side), limit_is_price=True)
            if order.leaves_qty > 0:
                self._note_queue(order)
        self._forget_filled()
        return fills

    def show_nothing(self) -> None:
        """The public market has no quote: nothing stands there to trade with."""
        self.bid = Displayed()
        self.ask = Displayed()

    def on_trade(self, *, px: Price, size: Qty) -> list[Fill]:
        """Let a trade of the public market reach the resting limit orders it passes."""
        fills: list[Fill] = []
        left = size
        for order in self._by_priority():
            limit = order.limit_price
            if limit is None or left == 0:
                continue
            if px == limit:
                if order.ahead is None:
                    continue
                traded_ahead = min(order.ahead, left)
                order.ahead = Qty(order.ahead - traded_ahead)
                left = Qty(left - traded_ahead)
            elif not (px < limit if order.side is Side.BUY else px > limit):
                continue
            qty = min(order.leaves_qty, left)
            if qty > 0:
                order.leaves_qty = Qty(order.leaves_qty - qty)
                left = Qty(left - qty)
                fills.append(Fill(order_id=order.order_id, qty=Qty(qty), px=limit))
        self._forget_filled()
        return fills

    def _other(self, side: Side) -> Displayed:
        return self.ask if side is Side.BUY else self.bid

    def _take(self, order: Resting, other: Displayed, *, limit_is_price: bool) -> Iterator[Fill]:
        """Fill from the displayed size; a resting limit order trades at its limit, as makers do."""
        if other.px is None or not _reaches(order, other.px):
            return
        qty = Qty(min(order.leaves_qty, other.size))
        if qty <= 0:
            return
        order.leaves_qty = Qty(order.leaves_qty - qty)
        other.size = Qty(other.size - qty)
        resting_limit = order.limit_price if limit_is_price else None
        yield Fill(order_id=order.order_id, qty=qty, px=resting_limit or other.px)

    def _note_queue(self, order: Resting) -> None:
        """Remember how much is displayed before us at our price, once we can see it."""
        own = self.bid if order.side is Side.BUY else self.ask
        if order.limit_price is None or own.px is None:
            return
        if order.limit_price == own.px:
            if order.ahead is None:
                order.ahead = own.size
        elif order.limit_price > own.px if order.side is Side.BUY else order.limit_price < own.px:
            order.ahead = ZERO_QTY  # we are the best price ourselves

    def _by_priority(self) -> list[Resting]:
        def priority(order: Resting) -> tuple[bool, Price, int]:
            if order.limit_price is None:
                return (False, Price(ZERO_QTY), order.arrival)  # a market order beats any price
            better_first = -order.limit_price if order.side is Side.BUY else order.limit_price
            return (True, Price(better_first), order.arrival)

        return sorted(self.orders.values(), key=priority)

    def _forget_filled(self) -> None:
        for order_id in [key for key, order in self.orders.items() if order.leaves_qty == 0]:
            del self.orders[order_id]


def _reaches(order: Resting, px: Price | None) -> bool:
    """Tell whether the order may trade at this price of the other side."""
    if px is None:
        return False
    if order.limit_price is None:
        return True
    return order.limit_price >= px if order.side is Side.BUY else order.limit_price <= px
