"""Which rows hold for an order at an instant."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, LiteralString
from unittest.mock import patch

import psycopg
import pytest

from risk.contracts import Audience, LimitName, RuleSet, SwitchScope, Threshold
from risk.interface import (
    LimitNotSet,
    engage_kill_switch,
    load_rules,
    release_symbol,
    restrict_symbol,
    set_limit,
)
from tests.risk.builders import ALICE, BOB
from trading.infra.database import ask, sql
from trading.infra.transactions import savepoint

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 20, 19, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def rules_of(account: Any = ALICE, symbol: str = "XYZ", *, at: datetime = NOW) -> RuleSet:
    return load_rules(pairs=[(account, symbol)], at=at)[account, symbol]


def set_order_value(value: str, **changes: Any) -> int:
    return set_limit(
        **{
            "name": LimitName.ORDER_VALUE,
            "value": Decimal(value),
            "actor": "user:charlie",
            "reason": "a test",
            "now": NOW,
            **changes,
        }
    ).id


def test_a_new_installation_has_every_limit() -> None:
    rules = rules_of()
    assert rules.order_value.value == 250_000
    assert rules.position_value.value == 500_000
    assert rules.daily_loss.value == 25_000
    assert rules.price_collar_pct.value == 10
    assert rules.quote_age_ms.value == 5_000
    assert rules.market_reserve_pct.value == 3
    assert rules.switches == () and rules.restrictions == ()


def test_a_new_row_supersedes_the_one_before() -> None:
    set_order_value("100")
    row_id = set_order_value("200")
    assert rules_of().order_value == Threshold(value=Decimal(200), row_id=row_id)


def test_a_limit_holds_from_its_first_instant_and_not_before() -> None:
    set_order_value("100", effective_from=NOW + SECOND)
    assert rules_of(at=NOW + SECOND - timedelta(microseconds=1)).order_value.value == 250_000
    assert rules_of(at=NOW + SECOND).order_value.value == 100


def test_an_exception_for_a_time_gives_way_to_what_held_before() -> None:
    set_order_value("100", effective_to=NOW + SECOND)
    assert rules_of(at=NOW + SECOND - timedelta(microseconds=1)).order_value.value == 100
    assert rules_of(at=NOW + SECOND).order_value.value == 250_000


def test_an_accounts_own_limit_stands_above_the_firms() -> None:
    set_order_value("100", account_id=ALICE)
    set_order_value("200")  # later, and still not Alice's
    assert rules_of(ALICE).order_value.value == 100
    assert rules_of(BOB).order_value.value == 200


def test_a_limit_that_is_not_set_stops_everything() -> None:
    before_everything = datetime(1999, 1, 1, tzinfo=UTC)
    with pytest.raises(LimitNotSet, match="ORDER_VALUE"):
        load_rules(pairs=[(ALICE, "XYZ")], at=before_everything)


@pytest.mark.parametrize(
    "change",
    ["UPDATE risk_limit SET value = 1", "DELETE FROM risk_limit", "TRUNCATE risk_limit"],
)
def test_limits_are_written_once(change: LiteralString) -> None:
    with pytest.raises(psycopg.DatabaseError, match="refused"), savepoint():
        sql(change)
    assert rules_of().order_value.value == 250_000


def test_a_batch_is_one_round_trip() -> None:
    pairs = [(account, symbol) for account in (ALICE, BOB) for symbol in ("XYZ", "ABC", "DEF")]
    with patch("risk.rules.ask", wraps=ask) as round_trip:
        assert set(load_rules(pairs=[*pairs, *pairs], at=NOW)) == set(pairs)
    assert round_trip.call_count == 1


def test_nothing_asked_is_nothing_answered() -> None:
    assert load_rules(pairs=[], at=NOW) == {}


@pytest.mark.parametrize(
    ("target", "bound"),
    [
        ({"scope": SwitchScope.FIRM}, {(ALICE, "XYZ"), (ALICE, "ABC"), (BOB, "XYZ"), (BOB, "ABC")}),
        ({"scope": SwitchScope.ACCOUNT, "account_id": ALICE}, {(ALICE, "XYZ"), (ALICE, "ABC")}),
        ({"scope": SwitchScope.SYMBOL, "symbol": "XYZ"}, {(ALICE, "XYZ"), (BOB, "XYZ")}),
    ],
)
def test_a_switch_binds_what_it_names(target: dict[str, Any], bound: set[Any]) -> None:
    engage_kill_switch(**target, actor="user:bob", reason="a test", now=NOW)
    pairs = [(account, symbol) for account in (ALICE, BOB) for symbol in ("XYZ", "ABC")]
    rules = load_rules(pairs=pairs, at=NOW)
    assert {pair for pair in pairs if rules[pair].switches} == bound


def test_a_switch_holds_whatever_time_an_order_claims() -> None:
    engage_kill_switch(scope=SwitchScope.FIRM, actor="user:bob", reason="a test", now=NOW)
    assert rules_of(at=NOW - timedelta(hours=1)).switches


def test_a_restriction_binds_its_symbol_until_it_is_released() -> None:
    restriction = restrict_symbol(
        symbol=" xyz ",
        applies_to=Audience.EMPLOYEES,
        effective_from=NOW + SECOND,
        actor="user:bob",
        reason="a test",
        now=NOW,
    )
    assert rules_of(at=NOW).restrictions == ()
    assert rules_of(symbol="ABC", at=NOW + SECOND).restrictions == ()
    (binding,) = rules_of(at=NOW + SECOND).restrictions
    assert (binding.row_id, binding.applies_to) == (restriction.id, Audience.EMPLOYEES)
    release_symbol(
        restriction_id=restriction.id, actor="user:bob", reason="over", now=NOW + 2 * SECOND
    )
    assert rules_of(at=NOW + SECOND).restrictions  # what held then, held
    assert rules_of(at=NOW + 2 * SECOND).restrictions == ()


def test_the_version_changes_with_the_rows_and_only_with_them() -> None:
    before = rules_of().version
    assert rules_of(BOB, "ABC").version == before
    engage_kill_switch(
        scope=SwitchScope.SYMBOL, symbol="XYZ", actor="user:bob", reason="a test", now=NOW
    )
    assert rules_of().version != before
    assert rules_of(BOB, "ABC").version == before
    set_order_value("100")
    assert rules_of(BOB, "ABC").version != before
