"""Fill arithmetic: cum_qty, leaves_qty, avg_px."""

from dataclasses import dataclass
from decimal import Decimal

from trading.kernel.errors import TradingError
from trading.kernel.quantities import ZERO_QTY, Price, Qty, exact_sum, notional


class Overfill(TradingError):
    """The market reports more shares than were ordered. Stop and look."""

    code = "OVERFILL"


@dataclass(frozen=True, slots=True, kw_only=True)
class FillState:
    """What has happened to an order's quantity so far."""

    order_qty: Qty
    cum_qty: Qty = ZERO_QTY
    gross: Decimal = Decimal(0)  # sum of last_qty * last_px, kept exact

    @property
    def leaves_qty(self) -> Qty:
        return Qty(self.order_qty - self.cum_qty)

    @property
    def avg_px(self) -> Price | None:
        return Price(self.gross / self.cum_qty) if self.cum_qty else None

    @property
    def is_complete(self) -> bool:
        return self.cum_qty == self.order_qty

    def filled(self, *, last_qty: Qty, last_px: Price) -> "FillState":
        """
        Return the state after one more fill.

        :raises Overfill: if the fill exceeds what is left
        """
        assert last_qty > 0
        if last_qty > self.leaves_qty:
            raise Overfill(
                f"a fill of {last_qty} exceeds the {self.leaves_qty} that are left",
                last_qty=last_qty,
                leaves_qty=self.leaves_qty,
            )
        return FillState(
            order_qty=self.order_qty,
            cum_qty=Qty(self.cum_qty + last_qty),
            gross=exact_sum(self.gross, notional(qty=last_qty, px=last_px)),
        )
