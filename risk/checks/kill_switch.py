"""No new order while a kill switch binds it, whether it opens or closes."""

from risk.checks.base import Case, denied, passed
from risk.contracts import CheckResult, DenialCode, SwitchScope

_NAME = "kill_switch"
_WHERE = {
    SwitchScope.FIRM: "all accounts",
    SwitchScope.ACCOUNT: "this account",
    SwitchScope.SYMBOL: "this symbol",
}


def kill_switch(*, case: Case) -> CheckResult:
    engaged = case.rules.switches
    if not engaged:
        return passed(name=_NAME, measured="none engaged", limit="none engaged")
    where = " and ".join(_WHERE[switch.scope] for switch in engaged)
    return denied(
        name=_NAME,
        code=DenialCode.KILL_SWITCH,
        measured=", ".join(switch.scope for switch in engaged),
        limit="none engaged",
        rule=", ".join(f"switch:{switch.row_id}" for switch in engaged),
        message=f"new orders are stopped for {where}",
    )
