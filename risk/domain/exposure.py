"""How the position would stand if the order and all open ones on its side were filled."""

from dataclasses import dataclass

from risk.contracts import AccountState, OrderIntent
from trading.kernel.fix import Side
from trading.kernel.quantities import Qty


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """Signed quantities without the order and with it."""

    before: Qty
    after: Qty

    @property
    def grows(self) -> bool:
        """Tell whether the order takes on more than it closes."""
        return abs(self.after) > abs(self.before)


def exposure_of(*, intent: OrderIntent, account: AccountState) -> Exposure:
    if intent.side is Side.BUY:
        before = Qty(account.position_qty + account.open_buy_qty)
        return Exposure(before=before, after=Qty(before + intent.qty))
    before = account.position_available
    return Exposure(before=before, after=Qty(before - intent.qty))
