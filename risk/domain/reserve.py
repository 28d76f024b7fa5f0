"""What an open order keeps aside, and the worst price that it was worked out from."""

from decimal import Decimal

from risk.contracts import Market, RuleSet
from trading.kernel.fix import Side
from trading.kernel.money import ZERO, reserve_amount
from trading.kernel.quantities import Price, Qty, notional, price_at_most

_WHOLE = Decimal(100)


def worst_price_for(
    *, side: Side, limit_price: Price | None, market: Market, rules: RuleSet
) -> Price | None:
    """
    Return the most that a share of a market buy may cost; None for others or without an offer.

    That is the offer and a margin for its moving (MARKET_RESERVE_PCT). The order does not fill
    beyond it, so that it never costs more than it has reserved.
    """
    if side is Side.SELL or limit_price is not None or market.ask is None:
        return None
    return price_at_most(market.ask * (1 + rules.market_reserve_pct.value / _WHOLE))


def reservation_for(
    *, side: Side, qty: Qty, limit_price: Price | None, market: Market, rules: RuleSet
) -> Decimal | None:
    """
    Return dollars in whole cents, rounded up; None if the price is unknown.

    A limit buy keeps its limit price, a market buy its worst price. A sell keeps shares aside, not
    dollars.
    """
    if side is Side.SELL:
        return ZERO
    most = limit_price or worst_price_for(
        side=side, limit_price=limit_price, market=market, rules=rules
    )
    return None if most is None else reserve_amount(notional(qty=qty, px=most))
