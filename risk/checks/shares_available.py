"""No sale of shares that are not held, or that another open sell already offers."""

from risk.checks.base import Case, denied, passed
from risk.contracts import CheckResult, DenialCode
from trading.kernel.fix import Side
from trading.kernel.quantities import ZERO_QTY, plain, shares

_NAME = "shares_available"


def shares_available(*, case: Case) -> CheckResult:
    if case.intent.side is Side.BUY:
        return passed(name=_NAME, measured="buys", limit="")
    available = max(case.account.position_available, ZERO_QTY)
    measured, limit = plain(case.intent.qty), plain(available)
    if case.intent.qty <= available:
        return passed(name=_NAME, measured=measured, limit=limit)
    return denied(
        name=_NAME,
        code=DenialCode.SHARES_NOT_AVAILABLE,
        measured=measured,
        limit=limit,
        message=f"the order sells {shares(case.intent.qty)} {case.intent.symbol}; "
        f"{shares(available)} are held and not being sold already",
    )
