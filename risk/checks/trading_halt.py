"""
No immediate order while its symbol's trading is halted or paused.

It could not wait for the resumption. Any other order waits, so it passes with a warning.
"""

from risk.checks.base import Case, denied, passed
from risk.contracts import CheckResult, DenialCode

_NAME = "trading_halt"


def trading_halt(*, case: Case) -> CheckResult:
    halt = case.market.halt
    if not halt:
        return passed(name=_NAME, measured="trading", limit="")
    message = f"trading in {case.intent.symbol} is halted: {halt}"
    if case.intent.time_in_force.is_immediate:
        return denied(
            name=_NAME,
            code=DenialCode.TRADING_HALTED,
            measured="halted",
            limit="",
            message=message,
        )
    return passed(
        name=_NAME,
        measured="halted",
        limit="",
        message=f"{message}; the order waits for the resumption",
        warning=True,
    )
