"""No single order above the order value limit."""

from risk.checks.base import Case, at_market, denied, limit_row, passed
from risk.contracts import CheckResult, DenialCode
from trading.kernel.money import cost_of_buy, dollars
from trading.kernel.quantities import notional, plain

_NAME = "order_value"


def order_value(*, case: Case) -> CheckResult:
    threshold = case.rules.order_value
    limit, rule = plain(threshold.value), limit_row(threshold)
    if case.sizing_price is None and not case.exposure.grows:
        # Orders that reduce exposure always pass.
        return passed(name=_NAME, measured="unknown", limit=limit, rule=rule)
    if case.sizing_price is None:
        return denied(
            name=_NAME,
            code=DenialCode.NO_REFERENCE_PRICE,
            measured="unknown",
            limit=limit,
            rule=rule,
            message=f"the order's value is unknown: {case.intent.symbol} has no price",
        )
    value = notional(qty=case.intent.qty, px=case.sizing_price)
    measured = plain(value)
    if value <= threshold.value:
        return passed(name=_NAME, measured=measured, limit=limit, rule=rule)
    return denied(
        name=_NAME,
        code=DenialCode.ORDER_VALUE,
        measured=measured,
        limit=limit,
        rule=rule,
        message=f"order value {dollars(cost_of_buy(value))}{at_market(case)} is above your limit "
        f"of {dollars(threshold.value)}",
    )
