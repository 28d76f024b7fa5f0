"""
DOOR. Load the rules, judge an order, change the rules.

``assess``, ``reservation_for`` and ``worst_price_for`` are pure. ``load_rules`` reads once, inside
the caller's transaction. The rest write: each opens its own transaction and records its fact in it.

A cancel is never judged: no rule of this app keeps anybody from taking an order back.
"""

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from risk import limits, restrictions, rules as rulebook, switch
from risk.checks import pipeline
from risk.contracts import (
    AccountState,
    Audience,
    KillSwitchState,
    LimitName,
    LimitState,
    Market,
    OrderIntent,
    RestrictionState,
    RuleSet,
    SwitchScope,
    Verdict,
)
from risk.domain import reserve
from risk.domain.changes import EffectiveInThePast, ReasonRequired
from risk.limits import InvalidLimit
from risk.restrictions import RestrictionNotInForce, SymbolRequired
from risk.rules import LimitNotSet
from risk.switch import SamePersonLift, ScopeMismatch, SwitchAlreadyEngaged, SwitchNotEngaged
from risk.ties import TIES as RECORD_TIES
from risk.words import check_words
from trading.infra.database import Later
from trading.kernel.fix import OrdType, Side
from trading.kernel.quantities import Price, Qty

__all__ = [
    "RECORD_TIES",
    "EffectiveInThePast",
    "InvalidLimit",
    "LimitNotSet",
    "ReasonRequired",
    "RestrictionNotInForce",
    "SamePersonLift",
    "ScopeMismatch",
    "SwitchAlreadyEngaged",
    "SwitchNotEngaged",
    "SymbolRequired",
    "ask_rules",
    "assess",
    "assess_before_sending",
    "check_words",
    "count_restrictions",
    "engage_kill_switch",
    "lift_kill_switch",
    "list_active_switches",
    "load_rules",
    "release_symbol",
    "reservation_for",
    "restrict_symbol",
    "set_limit",
    "worst_price_for",
]


def load_rules(
    *, pairs: Collection[tuple[UUID, str]], at: datetime
) -> dict[tuple[UUID, str], RuleSet]:
    """
    Return what holds at ``at`` for each (account id, symbol), in one round trip.

    Kill switches are read as they are now, whatever ``at`` says. Nothing is cached.

    :raises LimitNotSet: if a limit has no row in force; then nothing may trade
    """
    return rulebook.load_rules(pairs=pairs, at=at)


def ask_rules(
    *, pairs: Collection[tuple[UUID, str]], at: datetime
) -> Later[dict[tuple[UUID, str], RuleSet]]:
    """Do the same in a pipeline: call what it returns once the pipeline has ended."""
    return rulebook.ask_rules(pairs=pairs, at=at)


def assess(
    *, intent: OrderIntent, market: Market, account: AccountState, rules: RuleSet
) -> Verdict:
    """Return every check's answer for this order. Pure."""
    return pipeline.assess(intent=intent, market=market, account=account, rules=rules)


def assess_before_sending(
    *, intent: OrderIntent, market: Market, account: AccountState, rules: RuleSet
) -> Verdict:
    """
    Ask again what may have changed since an order was let through: switches, halts, prices. Pure.

    For an order that was accepted and has not been sent yet. Balances are not looked at: they hold
    its reservation already.
    """
    return pipeline.assess(
        intent=intent,
        market=market,
        account=account,
        rules=rules,
        checks=pipeline.BEFORE_SENDING,
    )


def reservation_for(
    *,
    side: Side,
    ord_type: OrdType,
    qty: Qty,
    limit_price: Price | None,
    market: Market,
    rules: RuleSet,
) -> Decimal | None:
    """
    Return the dollars an order keeps aside, in whole cents; None if the price is unknown. Pure.

    This is the amount that the buying power check measured. A sell keeps nothing aside.
    """
    assert (limit_price is None) is (ord_type is OrdType.MARKET)
    return reserve.reservation_for(
        side=side, qty=qty, limit_price=limit_price, market=market, rules=rules
    )


def worst_price_for(
    *, side: Side, limit_price: Price | None, market: Market, rules: RuleSet
) -> Price | None:
    """
    Return the most that a share of a market buy may cost, in dollars; None for other orders. Pure.

    The order's reservation is its quantity at this price, so it must not fill beyond it.
    """
    return reserve.worst_price_for(side=side, limit_price=limit_price, market=market, rules=rules)


def engage_kill_switch(
    *,
    scope: SwitchScope,
    account_id: UUID | None = None,
    symbol: str | None = None,
    actor: str,
    reason: str,
    now: datetime,
    request_id: str = "",
) -> KillSwitchState:
    """
    Stop all new orders of the firm, one account or one symbol, from this commit on.

    Waits for order transactions that have read the rules already; when it returns, every order that
    was accepted is committed.

    :raises ScopeMismatch: if the target does not fit the scope
    :raises SwitchAlreadyEngaged: if that switch is on already
    :raises ReasonRequired: if the reason is blank
    """
    return switch.engage(
        scope=scope,
        account_id=account_id,
        symbol=symbol,
        actor=actor,
        reason=reason,
        now=now,
        request_id=request_id,
    )


def lift_kill_switch(
    *, switch_id: int, actor: str, reason: str, now: datetime, request_id: str = ""
) -> KillSwitchState:
    """
    Let new orders through again. It takes a second person.

    :raises SamePersonLift: if ``actor`` engaged it
    :raises SwitchNotEngaged: if there is no such switch or it is off already
    :raises ReasonRequired: if the reason is blank
    """
    return switch.lift(
        switch_id=switch_id, actor=actor, reason=reason, now=now, request_id=request_id
    )


def list_active_switches() -> list[KillSwitchState]:
    """Return the engaged kill switches, oldest first."""
    return switch.list_active()


def count_restrictions(*, at: datetime) -> int:
    """Return how many restrictions are in force."""
    return restrictions.count_in_force(at=at)


def restrict_symbol(
    *,
    symbol: str,
    applies_to: Audience = Audience.EVERYONE,
    effective_from: datetime | None = None,
    actor: str,
    reason: str,
    now: datetime,
    request_id: str = "",
) -> RestrictionState:
    """
    Refuse new orders in the symbol from ``effective_from`` (default: now) on.

    :raises SymbolRequired: if the symbol is blank
    :raises EffectiveInThePast: if ``effective_from`` is before ``now``
    :raises ReasonRequired: if the reason is blank
    """
    return restrictions.restrict(
        symbol=symbol,
        applies_to=applies_to,
        effective_from=effective_from or now,
        actor=actor,
        reason=reason,
        now=now,
        request_id=request_id,
    )


def release_symbol(
    *, restriction_id: int, actor: str, reason: str, now: datetime, request_id: str = ""
) -> RestrictionState:
    """
    End a restriction now.

    :raises RestrictionNotInForce: if there is no such restriction or it has ended
    :raises ReasonRequired: if the reason is blank
    """
    return restrictions.release(
        restriction_id=restriction_id, actor=actor, reason=reason, now=now, request_id=request_id
    )


def set_limit(
    *,
    name: LimitName,
    value: Decimal,
    account_id: UUID | None = None,
    effective_from: datetime | None = None,
    effective_to: datetime | None = None,
    actor: str,
    reason: str,
    now: datetime,
    request_id: str = "",
) -> LimitState:
    """
    Set a limit for the firm, or for one account when ``account_id`` is given.

    A row supersedes the one before it from ``effective_from`` (default: now) on. With an
    ``effective_to`` it is an exception for a time, and the one before it comes back.

    :raises EffectiveInThePast: if ``effective_from`` is before ``now``
    :raises InvalidLimit: if the value is negative, too fine or too large, or the period is empty
    :raises ReasonRequired: if the reason is blank
    """
    return limits.set_limit(
        name=name,
        value=value,
        account_id=account_id,
        effective_from=effective_from or now,
        effective_to=effective_to,
        actor=actor,
        reason=reason,
        now=now,
        request_id=request_id,
    )
