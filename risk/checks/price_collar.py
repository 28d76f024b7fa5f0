"""
No limit price far through the market.

Only the dangerous side counts: a buy above the offer, a sell below the bid. A passive limit may
stand as far away as it likes. The last known price is used even if it is old; `stale_quote` says
how old it is.
"""

from decimal import Decimal

from risk.checks.base import Case, denied, limit_row, passed
from risk.contracts import CheckResult, DenialCode
from trading.kernel.fix import Side
from trading.kernel.quantities import Price, plain, price_on_tick, price_words

_NAME = "price_collar"
_WHOLE = Decimal(100)


def price_collar(*, case: Case) -> CheckResult:
    threshold = case.rules.price_collar_pct
    rule, limit_price = limit_row(threshold), case.intent.limit_price
    if limit_price is None:
        return passed(name=_NAME, measured="market order", limit="", rule=rule)
    measured = plain(limit_price)
    if case.reference is None and not case.exposure.grows:
        # A sale of what has no price: its owner's own limit is all there is.
        return passed(
            name=_NAME,
            measured=measured,
            limit="unknown",
            rule=rule,
            message=f"{case.intent.symbol} has no price to compare the limit with",
            warning=True,
        )
    if case.reference is None:
        return denied(
            name=_NAME,
            code=DenialCode.NO_REFERENCE_PRICE,
            measured=measured,
            limit="unknown",
            rule=rule,
            message=f"{case.intent.symbol} has no price to compare the limit with",
        )
    share = threshold.value / _WHOLE
    if case.intent.side is Side.BUY:
        furthest = Price(case.reference * (1 + share))
        within, direction, most = limit_price <= furthest, "above", "the most"
    else:
        furthest = Price(case.reference * (1 - share))
        within, direction, most = limit_price >= furthest, "below", "the least"
    bound = price_on_tick(furthest, up=case.intent.side is Side.SELL)
    limit = plain(bound)
    if within:
        return passed(name=_NAME, measured=measured, limit=limit, rule=rule)
    return denied(
        name=_NAME,
        code=DenialCode.PRICE_COLLAR,
        measured=measured,
        limit=limit,
        rule=rule,
        message=f"limit price {price_words(limit_price)} is {direction} {price_words(bound)}, "
        f"{most} that is let through: {plain(threshold.value)}% {direction} the market at "
        f"{price_words(case.reference)}",
    )
