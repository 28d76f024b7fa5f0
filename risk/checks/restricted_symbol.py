"""No new order in a symbol that is restricted for this account's owner."""

from risk.checks.base import Case, denied, passed
from risk.contracts import Audience, CheckResult, DenialCode

_NAME = "restricted_symbol"


def restricted_symbol(*, case: Case) -> CheckResult:
    binding = [
        restriction
        for restriction in case.rules.restrictions
        if restriction.applies_to is Audience.EVERYONE or case.account.is_employee
    ]
    if not binding:
        return passed(name=_NAME, measured="", limit="")
    return denied(
        name=_NAME,
        code=DenialCode.RESTRICTED_SYMBOL,
        measured="",
        limit="",
        rule=", ".join(f"restriction:{restriction.row_id}" for restriction in binding),
        message=f"the firm does not allow new orders in {case.intent.symbol}",
    )
