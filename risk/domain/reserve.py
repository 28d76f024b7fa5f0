"""What an open order keeps aside."""

from decimal import Decimal

from risk.contracts import Market, RuleSet
from trading.kernel.fix import Side
from trading.kernel.money import ZERO, reserve_amount
from trading.kernel.quantities import Price, Qty

_WHOLE = Decimal(100)


def reservation_for(
    *, side: Side, qty: Qty, limit_price: Price | None, market: Market, rules: RuleSet
) -> Decimal | None:
    """
    Return dollars in whole cents, rounded up; None if the price is unknown.

    A limit buy keeps its limit price, a market buy the offer and a margin for its moving
    (MARKET_RESERVE_PCT). A sell keeps shares aside, not dollars.
    """
    if side is Side.SELL:
        return ZERO
    if limit_price is not None:
        return reserve_amount(qty * limit_price)
    if market.ask is None:
        return None
    margin = 1 + rules.market_reserve_pct.value / _WHOLE
    return reserve_amount(qty * market.ask * margin)
