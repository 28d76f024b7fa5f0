"""No new order while a kill switch binds it, whether it opens or closes."""

from risk.checks.base import Case, denied, passed
from risk.contracts import CheckResult, DenialCode, SwitchScope

_NAME = "kill_switch"
_WHERE = {
    SwitchScope.FIRM: "for all accounts",
    SwitchScope.ACCOUNT: "for your account",
    SwitchScope.SYMBOL: "in {symbol}",
}


def kill_switch(*, case: Case) -> CheckResult:
    engaged = case.rules.switches
    if not engaged:
        return passed(name=_NAME, measured="", limit="")
    where = " and ".join(
        dict.fromkeys(_WHERE[one.scope].format(symbol=case.intent.symbol) for one in engaged)
    )
    return denied(
        name=_NAME,
        code=DenialCode.KILL_SWITCH,
        measured=where,
        limit="",
        rule=", ".join(f"switch:{switch.row_id}" for switch in engaged),
        message=f"new orders are stopped {where}",
    )
