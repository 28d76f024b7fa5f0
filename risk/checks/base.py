"""A check is a pure question about one order: may it go?"""

from dataclasses import dataclass
from typing import Protocol

from risk.contracts import (
    AccountState,
    CheckResult,
    DenialCode,
    Market,
    OrderIntent,
    RuleSet,
    Threshold,
)
from risk.domain.exposure import Exposure, exposure_of
from risk.domain.reference import reference_price, sizing_price
from trading.kernel.quantities import Price, price_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Everything a check may look at, and what several of them need, worked out once."""

    intent: OrderIntent
    market: Market
    account: AccountState
    rules: RuleSet
    reference: Price | None
    sizing_price: Price | None
    exposure: Exposure


class Check(Protocol):
    def __call__(self, *, case: Case) -> CheckResult:
        """Return the answer and its numbers; a check never raises and never stays silent."""
        ...


def case_of(*, intent: OrderIntent, market: Market, account: AccountState, rules: RuleSet) -> Case:
    reference = reference_price(side=intent.side, market=market)
    return Case(
        intent=intent,
        market=market,
        account=account,
        rules=rules,
        reference=reference,
        sizing_price=sizing_price(intent=intent, reference=reference),
        exposure=exposure_of(intent=intent, account=account),
    )


def at_market(case: Case) -> str:
    """
    Say the market's price, `` at the market's $212.57``, where that values a limit order.

    Empty where the order's own limit does, or it is a market order: then there is no other sum.
    """
    limit, used = case.intent.limit_price, case.sizing_price
    if limit is None or used is None or used == limit:
        return ""
    return f" at the market's {price_words(used)}"


def at_limit(case: Case) -> str:
    """Say the limit of a limit order, `` at its limit of $200``, where another price values it."""
    limit = case.intent.limit_price
    return f" at its limit of {price_words(limit)}" if limit and at_market(case) else ""


def passed(
    *,
    name: str,
    measured: str,
    limit: str,
    rule: str = "",
    message: str = "",
    warning: bool = False,
) -> CheckResult:
    return CheckResult(
        name=name,
        passed=True,
        code=None,
        measured=measured,
        limit=limit,
        rule=rule,
        message=message,
        warning=warning,
    )


def denied(
    *, name: str, code: DenialCode, measured: str, limit: str, rule: str = "", message: str
) -> CheckResult:
    return CheckResult(
        name=name,
        passed=False,
        code=code,
        measured=measured,
        limit=limit,
        rule=rule,
        message=message,
    )


def limit_row(threshold: Threshold) -> str:
    """Name the row that set a limit, as verdicts show it."""
    return f"limit:{threshold.row_id}"
