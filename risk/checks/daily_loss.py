"""No new exposure once the account has lost its daily limit."""

from risk.checks.base import Case, denied, limit_row, passed
from risk.contracts import CheckResult, DenialCode
from trading.kernel.quantities import plain

_NAME = "daily_loss"


def daily_loss(*, case: Case) -> CheckResult:
    threshold = case.rules.daily_loss
    limit, rule = plain(-threshold.value), limit_row(threshold)
    equity = case.account.equity
    result = None if equity is None else equity - case.account.day_start_equity
    measured = "unknown" if result is None else plain(result)
    if not case.exposure.grows:
        # Whoever has lost must be able to get out.
        return passed(name=_NAME, measured=measured, limit=limit, rule=rule)
    if result is None:
        return denied(
            name=_NAME,
            code=DenialCode.NO_REFERENCE_PRICE,
            measured=measured,
            limit=limit,
            rule=rule,
            message="today's result is unknown: a position has no price",
        )
    if result > -threshold.value:
        return passed(name=_NAME, measured=measured, limit=limit, rule=rule)
    return denied(
        name=_NAME,
        code=DenialCode.DAILY_LOSS,
        measured=measured,
        limit=limit,
        rule=rule,
        message=f"today's result is {measured}: at {limit} only closing orders go through",
    )
