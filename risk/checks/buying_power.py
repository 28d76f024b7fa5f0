"""No order that needs more than the account can spend."""

from decimal import Decimal

from risk.checks.base import Case, at_limit, denied, limit_row, passed
from risk.contracts import CheckResult, DenialCode
from risk.domain.reserve import reservation_for
from trading.kernel.fix import Side
from trading.kernel.money import cost_of_buy, dollars
from trading.kernel.quantities import notional, plain

_NAME = "buying_power"


def buying_power(*, case: Case) -> CheckResult:
    intent, available = case.intent, case.account.buying_power
    limit = "unknown" if available is None else plain(available)
    if intent.side is Side.SELL:
        return passed(name=_NAME, measured="0", limit=limit)
    needed = reservation_for(
        side=intent.side,
        qty=intent.qty,
        limit_price=intent.limit_price,
        market=case.market,
        rules=case.rules,
    )
    measured = "unknown" if needed is None else plain(needed)
    # Only a market order's reservation depends on a limit row.
    rule = limit_row(case.rules.market_reserve_pct) if intent.limit_price is None else ""
    if needed is None or available is None:
        return denied(
            name=_NAME,
            code=DenialCode.NO_REFERENCE_PRICE,
            measured=measured,
            limit=limit,
            rule=rule,
            message="buying power cannot be worked out: a price is missing",
        )
    if needed <= available:
        return passed(name=_NAME, measured=measured, limit=limit, rule=rule)
    return denied(
        name=_NAME,
        code=DenialCode.BUYING_POWER,
        measured=measured,
        limit=limit,
        rule=rule,
        message=_words(case, needed, available),
    )


def _words(case: Case, needed: Decimal, available: Decimal) -> str:
    """Say what is needed and what is there; of a market buy, what of it is only kept aside."""
    kept = at_limit(case)
    if case.intent.limit_price is None and case.reference is not None:
        cost = cost_of_buy(notional(qty=case.intent.qty, px=case.reference))
        reserve = plain(case.rules.market_reserve_pct.value)
        kept = f" ({dollars(cost)}, and {reserve}% kept aside until a market order has filled)"
    return f"the order needs {dollars(needed)}{kept}; your buying power is {dollars(available)}"
