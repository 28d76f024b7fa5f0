"""
Judge orders again that were let through a while ago and have not been sent.

A crash, a lost database or a commit that took long lies between the verdict and the sending. What
may have changed meanwhile is asked again; balances are not, they hold the orders' reservations.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from oms.domain.state import AccountState, OrderState
from oms.market import is_open_at, market_for
from oms.repository import load
from risk import interface as risk
from risk.contracts import (
    AccountState as RiskAccount,
    CheckResult,
    DenialCode,
    OrderIntent,
    RuleSet,
    Verdict,
)
from trading.kernel.clock import to_ns
from trading.kernel.fix import OrdType, TimeInForce
from trading.kernel.quantities import ZERO_QTY

# A verdict that is younger than this is sent upon; a market order that is older is not sent at all:
# it was placed for the prices of that time.
SEND_AGE_MAX = timedelta(seconds=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Why an order may not be sent, empty if it may; and how old a quote (ms) it may trade at."""

    refusal: str
    quote_age_max_ms: Decimal


def is_late(*, order: OrderState, now: datetime) -> bool:
    """Tell whether an order's verdict is too old to send it upon. An age below zero is unknown."""
    return not timedelta(seconds=-1) <= now - order.created_at <= SEND_AGE_MAX


def judge_again(*, orders: Sequence[OrderState], now: datetime) -> dict[UUID, Answer]:
    """Return for each order whether it may still be sent; the rules are read once for all."""
    if not orders:
        return {}
    pairs = {(order.account_id, order.symbol) for order in orders}
    try:
        rules = risk.load_rules(pairs=pairs, at=now)
    except risk.LimitNotSet as error:  # without its rules nothing may trade
        nothing = Answer(refusal=f"not sent: {error.message}", quote_age_max_ms=Decimal(0))
        return dict.fromkeys((order.id for order in orders), nothing)
    accounts = {account_id: _account(account_id) for account_id, _ in pairs}
    return {
        order.id: _answer(
            order, accounts[order.account_id], rules[order.account_id, order.symbol], now
        )
        for order in orders
    }


def _account(account_id: UUID) -> AccountState:
    account = load.find_account(account_id=account_id)
    assert account is not None, "an order belongs to an account"
    return account


def _answer(order: OrderState, account: AccountState, rules: RuleSet, now: datetime) -> Answer:
    refusal = _too_old(order, now)
    if not refusal:
        violations = _verdict(order, account, rules, now).violations
        refusal = "; ".join(result.message for result in violations if _counts(result, order))
    return Answer(
        refusal=f"not sent: {refusal}" if refusal else "",
        quote_age_max_ms=rules.quote_age_ms.value,
    )


def _counts(violation: CheckResult, order: OrderState) -> bool:
    """
    Tell whether a violation keeps an order back.

    At a start no price is known yet. A limit order was compared with the market when it was let
    through, and takes no price but the first that is shown; so it need not end for that.
    """
    is_unknown = violation.code is DenialCode.NO_REFERENCE_PRICE
    return not is_unknown or order.ord_type is OrdType.MARKET


def _too_old(order: OrderState, now: datetime) -> str:
    if order.ord_type is not OrdType.MARKET or not is_late(order=order, now=now):
        return ""
    # A day order that waits for the open has missed nothing: its session has not begun.
    if order.time_in_force is TimeInForce.DAY and not is_open_at(now=now):
        return ""
    seconds = (now - order.created_at).total_seconds()
    return (
        f"the market order was {seconds:,.1f} s old, and one of more than "
        f"{SEND_AGE_MAX.total_seconds():.0f} s is not sent blind"
    )


def _verdict(order: OrderState, account: AccountState, rules: RuleSet, now: datetime) -> Verdict:
    return risk.assess_before_sending(
        intent=OrderIntent(
            account_id=order.account_id,
            symbol=order.symbol,
            side=order.side,
            ord_type=order.ord_type,
            time_in_force=order.time_in_force,
            qty=order.fill.leaves_qty,
            limit_price=order.limit_price,
        ),
        market=market_for(symbol=order.symbol, now_ns=to_ns(now), is_open=is_open_at(now=now)),
        account=RiskAccount(
            account_id=account.id,
            is_employee=account.is_employee,
            equity=None,
            day_start_equity=account.day_start_equity,
            buying_power=None,
            position_qty=ZERO_QTY,
            position_available=ZERO_QTY,
            open_buy_qty=ZERO_QTY,
        ),
        rules=rules,
    )
