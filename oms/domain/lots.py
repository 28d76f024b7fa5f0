"""Tax lots: what was bought when, and which of it a sale closes. First in, first out."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from trading.kernel.errors import TradingError
from trading.kernel.money import ZERO, cost_share
from trading.kernel.quantities import Qty


class NotEnoughLots(TradingError):
    """A sale closes more shares than the lots hold. The books are wrong: stop."""

    code = "NOT_ENOUGH_LOTS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """Shares bought in one fill; ``cost`` is what the open shares cost, in whole cents."""

    id: UUID
    qty_open: Qty
    cost: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """The lots as they are after a sale (the touched ones only) and the cost that left with it."""

    lots: tuple[Lot, ...]
    cost: Decimal


def close_first_in_first_out(*, lots: Sequence[Lot], qty: Qty) -> Closing:
    """
    Close ``qty`` shares from the oldest lots on; ``lots`` come oldest first.

    :raises NotEnoughLots: if they do not hold that many
    """
    left = qty
    cost = ZERO
    touched: list[Lot] = []
    for lot in lots:
        if left == 0:
            break
        part = min(left, lot.qty_open)
        if part == 0:
            continue
        share = cost_share(cost=lot.cost, part=part, whole=lot.qty_open)
        touched.append(Lot(id=lot.id, qty_open=Qty(lot.qty_open - part), cost=lot.cost - share))
        cost += share
        left = Qty(left - part)
    if left > 0:
        raise NotEnoughLots(f"{left} of {qty} shares are in no lot", qty=qty, missing=left)
    return Closing(lots=tuple(touched), cost=cost)
