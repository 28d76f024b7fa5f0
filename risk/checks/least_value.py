"""
No fraction of a share for less than the least order value, unless it sells all that is left.

Small trades are where rounding to cents weighs most. Whoever holds less than the least value can
always get out of it whole.
"""

from risk.checks.base import Case, denied, limit_row, passed
from risk.contracts import CheckResult, DenialCode
from trading.kernel.fix import Side
from trading.kernel.money import dollars, proceeds_of_sale
from trading.kernel.quantities import notional, plain

_NAME = "least_value"


def least_value(*, case: Case) -> CheckResult:
    threshold = case.rules.least_order_value
    limit, rule = plain(threshold.value), limit_row(threshold)
    intent = case.intent
    if intent.qty == intent.qty.to_integral_value():
        return passed(name=_NAME, measured="whole shares", limit=limit, rule=rule)
    if intent.side is Side.SELL and intent.qty == case.account.position_available:
        return passed(name=_NAME, measured="sells all that is left", limit=limit, rule=rule)
    if case.sizing_price is None:
        # A sale without any price: `order_value` says whether it may go.
        return passed(name=_NAME, measured="unknown", limit=limit, rule=rule)
    value = notional(qty=intent.qty, px=case.sizing_price)
    measured = plain(value)
    if value >= threshold.value:
        return passed(name=_NAME, measured=measured, limit=limit, rule=rule)
    return denied(
        name=_NAME,
        code=DenialCode.LEAST_ORDER_VALUE,
        measured=measured,
        limit=limit,
        rule=rule,
        message=f"an order for a fraction of a share must be worth {dollars(threshold.value)} or "
        f"more; this one is worth {dollars(proceeds_of_sale(value))}",
    )
