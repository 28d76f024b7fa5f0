"""
The rulebook, in order. Every check runs for every order of every account.

Adding a check: a file beside this one, a row in CHECKS, a DenialCode, a test that has it deny.
"""

from risk.checks.base import Check, case_of
from risk.checks.buying_power import buying_power
from risk.checks.daily_loss import daily_loss
from risk.checks.delayed_source import delayed_source
from risk.checks.kill_switch import kill_switch
from risk.checks.least_value import least_value
from risk.checks.order_value import order_value
from risk.checks.position_limit import position_limit
from risk.checks.price_collar import price_collar
from risk.checks.restricted_symbol import restricted_symbol
from risk.checks.shares_available import shares_available
from risk.checks.stale_quote import stale_quote
from risk.checks.trading_halt import trading_halt
from risk.contracts import AccountState, Market, OrderIntent, RuleSet, Verdict

# Hardest first: a denial is told by its first violation.
CHECKS: tuple[Check, ...] = (
    kill_switch,
    restricted_symbol,
    trading_halt,
    delayed_source,
    stale_quote,
    price_collar,
    order_value,
    least_value,
    shares_available,
    buying_power,
    position_limit,
    daily_loss,
)

# What may have changed between the verdict and the sending, and needs no balances.
BEFORE_SENDING: tuple[Check, ...] = (
    kill_switch,
    restricted_symbol,
    trading_halt,
    delayed_source,
    stale_quote,
    price_collar,
)


def assess(
    *,
    intent: OrderIntent,
    market: Market,
    account: AccountState,
    rules: RuleSet,
    checks: tuple[Check, ...] = CHECKS,
) -> Verdict:
    case = case_of(intent=intent, market=market, account=account, rules=rules)
    return Verdict(results=tuple(check(case=case) for check in checks), rules_version=rules.version)
