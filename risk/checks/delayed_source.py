"""
No order on a source that is behind by its kind or plan.

An order filled at a delayed price could be placed knowing the later price.
"""

from risk.checks.base import Case, denied, passed
from risk.contracts import CheckResult, DenialCode

_NAME = "delayed_source"


def delayed_source(*, case: Case) -> CheckResult:
    if not case.market.is_delayed:
        return passed(name=_NAME, measured="not delayed", limit="")
    return denied(
        name=_NAME,
        code=DenialCode.DELAYED_SOURCE,
        measured="delayed",
        limit="",
        message=f"the prices of {case.intent.symbol} are delayed, so nothing is traded at them",
    )
