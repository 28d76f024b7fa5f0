"""
One side's resting orders of a symbol: price levels, best first, and within a level by arrival.

A quote or a print costs what it touches: orders far from the market lie behind those that it
reaches and are not looked at.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from trading.kernel.fix import OrdType, Side, TimeInForce
from trading.kernel.quantities import ZERO_QTY, Price, Qty

# An order without any bound stands before every price.
_UNBOUNDED = Decimal("-Infinity")


@dataclass(slots=True, kw_only=True)
class Resting:
    """
    One of our orders at the market. ``arrival`` orders those of equal price.

    ``worst_price`` bounds a market order, as a limit that is not displayed. Times are ns;
    ``expires_ns`` is None of an order without an end.
    """

    order_id: UUID
    side: Side
    ord_type: OrdType
    time_in_force: TimeInForce
    leaves_qty: Qty
    limit_price: Price | None
    arrival: int
    worst_price: Price | None = None
    extended_hours: bool = False
    arrived_ns: int = 0
    expires_ns: int | None = None
    # Its place in its level's queue (see Level.traded); None until the queue has been seen.
    place: Qty | None = None

    @property
    def is_immediate(self) -> bool:
        """Whether it never rests: what is not filled on arrival is canceled."""
        return self.time_in_force.is_immediate

    @property
    def bound(self) -> Price | None:
        """The worst price at which it may trade; None of a market order without one."""
        return self.worst_price if self.limit_price is None else self.limit_price


@dataclass(slots=True)
class Level:
    """
    Our orders of one price, in the queue of the public orders of that price.

    ``traded`` counts the public shares that have left the front of the queue. An order's ``place``
    is that count at the moment when its turn comes: ``place - traded`` shares are ahead of it.
    """

    orders: list[Resting] = field(default_factory=list)
    unseen: dict[UUID, Resting] = field(default_factory=dict)
    traded: Qty = ZERO_QTY
    last_place: Qty = ZERO_QTY

    def see(self, size: Qty) -> None:
        """Let the orders whose place is not known queue behind ``size`` displayed shares."""
        for order in self.unseen.values():
            order.place = Qty(self.traded + size)
            self.last_place = max(self.last_place, order.place)
        self.unseen.clear()

    def come_to_front(self) -> None:
        """Nobody stands ahead any more: no public order is displayed at this price."""
        self.traded = max(self.traded, self.last_place)
        self.see(ZERO_QTY)


@dataclass(slots=True)
class Ladder:
    """The levels of one side. A rank is a price so signed that the better one is the smaller."""

    side: Side
    ranks: list[Decimal] = field(default_factory=list)
    levels: dict[Decimal, Level] = field(default_factory=dict)
    # The best public price of this side when it was last seen, and what has come in since.
    _seen: Decimal | None = None
    _new: set[Decimal] = field(default_factory=set)

    def rank(self, price: Price | None) -> Decimal:
        if price is None:
            return _UNBOUNDED
        return -price if self.side is Side.BUY else price

    def add(self, order: Resting) -> None:
        rank = self.rank(order.bound)
        level = self.levels.get(rank)
        if level is None:
            level = self.levels[rank] = Level()
            self.ranks.insert(bisect_left(self.ranks, rank), rank)
        at = bisect_right(level.orders, order.arrival, key=lambda other: other.arrival)
        level.orders.insert(at, order)
        if order.limit_price is not None:  # a market order stands in no public queue
            order.place = None
            level.unseen[order.order_id] = order
            self._new.add(rank)

    def remove(self, order: Resting) -> None:
        """Take out an order that stands here."""
        rank = self.rank(order.bound)
        level = self.levels[rank]
        at = bisect_left(level.orders, order.arrival, key=lambda other: other.arrival)
        while level.orders[at] is not order:
            at += 1
        del level.orders[at]
        level.unseen.pop(order.order_id, None)
        if not level.orders:
            del self.levels[rank]
            del self.ranks[bisect_left(self.ranks, rank)]

    def reaching(self, px: Price) -> Iterator[Resting]:
        """Yield the orders that may trade at ``px``, in turn. Nothing may be removed meanwhile."""
        last = self.rank(px)
        for rank in self.ranks:
            if rank > last:
                return
            yield from self.levels[rank].orders

    def levels_between(self, *, worse_than: Price, up_to: Price) -> Iterator[tuple[bool, Level]]:
        """
        Yield the levels behind one price up to another, the better first.

        The flag says that the level is better than ``up_to``, not equal to it.
        """
        last = self.rank(up_to)
        for at in range(bisect_right(self.ranks, self.rank(worse_than)), len(self.ranks)):
            rank = self.ranks[at]
            if rank > last:
                return
            yield rank < last, self.levels[rank]

    def see(self, *, px: Price, size: Qty) -> None:
        """
        Note who is ahead of whom now that the public market shows ``size`` at ``px`` on this side.

        Looks only at the levels that the price has left, at its own, and at new orders.
        """
        rank = self.rank(px)
        if self._seen is not None:
            for each in self.ranks[
                bisect_left(self.ranks, self._seen) : bisect_left(self.ranks, rank)
            ]:
                self.levels[each].come_to_front()
        self._seen = rank
        for each in self._new:
            if each < rank and each in self.levels:
                self.levels[each].come_to_front()
        self._new.clear()
        level = self.levels.get(rank)
        if level is not None:
            level.see(size)
