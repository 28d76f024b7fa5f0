"""
No new exposure once the account has lost its daily limit.

What is not known counts as badly as it can be: if the result at worst is within the limit the order
goes, else it is refused as unknown, by name. Orders that reduce exposure always pass.
"""

from risk.checks.base import Case, denied, limit_row, passed
from risk.contracts import CheckResult, DenialCode
from trading.kernel.money import dollars
from trading.kernel.quantities import plain

_NAME = "daily_loss"


def daily_loss(*, case: Case) -> CheckResult:
    threshold = case.rules.daily_loss
    limit, rule = plain(-threshold.value), limit_row(threshold)
    equity = case.account.equity
    result = None if equity is None else equity - case.account.day_start_equity
    measured = "unknown" if result is None else plain(result)
    if not case.exposure.grows:
        return passed(name=_NAME, measured=measured, limit=limit, rule=rule)
    missing = ", ".join(case.account.unknown)
    if result is not None and result > -threshold.value:
        notes = [*case.account.stale, *(f"at worst: {one}" for one in case.account.unknown)]
        return passed(
            name=_NAME,
            measured=measured,
            limit=limit,
            rule=rule,
            message="; ".join(notes),
            warning=bool(notes),
        )
    if result is None or missing:
        worst = "" if result is None else f"; at worst it is {dollars(result)}"
        return denied(
            name=_NAME,
            code=DenialCode.NO_REFERENCE_PRICE,
            measured=measured,
            limit=limit,
            rule=rule,
            message=f"today's result is unknown: {missing or 'a position has no price'}{worst}",
        )
    return denied(
        name=_NAME,
        code=DenialCode.DAILY_LOSS,
        measured=measured,
        limit=limit,
        rule=rule,
        message=f"today's result is {dollars(result)}: from {dollars(-threshold.value)} on only "
        "orders that close a position go through",
    )
