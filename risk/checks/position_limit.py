"""No position above the position limit, counting what open orders may still add."""

from risk.checks.base import Case, at_market, denied, limit_row, passed
from risk.contracts import CheckResult, DenialCode
from trading.kernel.money import cost_of_buy, dollars
from trading.kernel.quantities import Qty, notional, plain

_NAME = "position_limit"


def position_limit(*, case: Case) -> CheckResult:
    threshold = case.rules.position_value
    limit, rule = plain(threshold.value), limit_row(threshold)
    if not case.exposure.grows:
        # The way down stays open, however far above the limit the position stands.
        return passed(name=_NAME, measured="reduces the position", limit=limit, rule=rule)
    if case.sizing_price is None:
        return denied(
            name=_NAME,
            code=DenialCode.NO_REFERENCE_PRICE,
            measured="unknown",
            limit=limit,
            rule=rule,
            message=f"the position's value is unknown: {case.intent.symbol} has no price",
        )
    value = notional(qty=Qty(abs(case.exposure.after)), px=case.sizing_price)
    measured = plain(value)
    if value <= threshold.value:
        return passed(name=_NAME, measured=measured, limit=limit, rule=rule)
    return denied(
        name=_NAME,
        code=DenialCode.POSITION_LIMIT,
        measured=measured,
        limit=limit,
        rule=rule,
        message=f"your {case.intent.symbol} position would be worth "
        f"{dollars(cost_of_buy(value))}{at_market(case)}, above your limit of "
        f"{dollars(threshold.value)}",
    )
