"""The worked examples that the rulebook has to get right, number by number."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from risk.contracts import AccountState, Audience, DenialCode, LimitName, Verdict
from risk.interface import (
    assess,
    load_rules,
    restrict_symbol,
    set_limit,
)
from tests.risk.builders import ALICE, account, intent, market
from trading.kernel.clock import NEW_YORK

NOW = datetime(2026, 11, 20, 19, 0, tzinfo=UTC)


def judge(*, at: datetime = NOW, state: AccountState | None = None, **order: Any) -> Verdict:
    rules = load_rules(pairs=[(ALICE, "XYZ")], at=at)[ALICE, "XYZ"]
    return assess(
        intent=intent(**order),
        market=market(),
        account=state or account(),
        rules=rules,
    )


@pytest.mark.django_db
def test_fat_fingers_meet_the_collar() -> None:
    limit = set_limit(
        name=LimitName.PRICE_COLLAR_PCT,
        value=Decimal(10),
        actor="user:bob",
        reason="ten percent",
        now=NOW,
    )
    assert judge(limit_price="205.85").accepted
    (violation,) = judge(limit_price="205.86").violations
    assert violation.code is DenialCode.PRICE_COLLAR
    assert (violation.limit, violation.rule) == ("205.85", f"limit:{limit.id}")


@pytest.mark.django_db
def test_a_restricted_list_binds_employees_from_two_o_clock() -> None:
    two_o_clock = datetime(2026, 11, 20, 14, 0, tzinfo=NEW_YORK)
    restrict_symbol(
        symbol="XYZ",
        applies_to=Audience.EMPLOYEES,
        effective_from=two_o_clock,
        actor="user:bob",
        reason="we advise the issuer",
        now=two_o_clock - timedelta(hours=1),
    )
    employee, customer = account(is_employee=True), account()
    assert judge(at=two_o_clock - timedelta(seconds=1), state=employee).accepted
    (violation,) = judge(at=two_o_clock, state=employee).violations
    assert violation.code is DenialCode.RESTRICTED_SYMBOL
    assert "issuer" not in violation.message  # why is nobody's business
    assert judge(at=two_o_clock, state=customer).accepted


@pytest.mark.django_db
def test_a_stale_quote_stops_market_orders_and_marks_limit_orders() -> None:
    rules = load_rules(pairs=[(ALICE, "XYZ")], at=NOW)[ALICE, "XYZ"]
    stale = market(quote_age_ms=6_000)
    market_order = assess(intent=intent(), market=stale, account=account(), rules=rules)
    assert [result.code for result in market_order.violations] == [DenialCode.STALE_QUOTE]
    inside = assess(
        intent=intent(limit_price="205.85"), market=stale, account=account(), rules=rules
    )
    assert inside.accepted
    assert [result.name for result in inside.results if result.warning] == ["stale_quote"]
    outside = assess(
        intent=intent(limit_price="205.86"), market=stale, account=account(), rules=rules
    )
    assert [result.code for result in outside.violations] == [DenialCode.PRICE_COLLAR]
