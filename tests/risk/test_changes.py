"""Changing the rules: who may, what is recorded, what is refused."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch
from uuid import UUID

import pytest
from django.db import IntegrityError

from risk import limits, restrictions, switch
from risk.contracts import Audience, KillSwitchState, LimitName, SwitchScope
from risk.events import KILL_SWITCH_STREAM, LIMITS_STREAM, RESTRICTIONS_STREAM
from risk.interface import (
    EffectiveInThePast,
    InvalidLimit,
    ReasonRequired,
    RestrictionNotInForce,
    SamePersonLift,
    ScopeMismatch,
    SwitchAlreadyEngaged,
    SwitchNotEngaged,
    SymbolRequired,
    engage_kill_switch,
    lift_kill_switch,
    list_active_switches,
    release_symbol,
    restrict_symbol,
    set_limit,
)
from risk.models import KillSwitch, Limit, Restriction
from tests.risk.builders import ALICE
from trading.eventlog.readers import list_stream
from trading.identity.interface import Role, change_password, create_user
from trading.infra.transactions import savepoint
from trading.kernel.clock import to_ns, utc_now

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 20, 19, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)


class LogIsFull(Exception):
    """Stands for whatever may keep a fact from being recorded."""


def engage(**changes: Any) -> KillSwitchState:
    values: dict[str, Any] = {"scope": SwitchScope.FIRM, "actor": "user:bob", "reason": "a test"}
    return engage_kill_switch(**{**values, "now": NOW, **changes})


def lift(switch_id: int, **changes: Any) -> KillSwitchState:
    values: dict[str, Any] = {"actor": "user:alice", "reason": "all clear", "now": LATER}
    return lift_kill_switch(**{"switch_id": switch_id, **values, **changes})


def recorded(stream: str) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (event.type, event.actor, json.loads(event.payload)) for event in list_stream(stream=stream)
    ]


# --- The kill switch ------------------------------------------------------------------------------


def test_an_engaged_switch_is_a_row_and_a_fact() -> None:
    engaged = engage(scope=SwitchScope.SYMBOL, symbol="xyz", request_id="r-1")
    assert list_active_switches() == [engaged]
    assert (engaged.symbol, engaged.engaged_at, engaged.lifted_at) == ("XYZ", NOW, None)
    ((kind, actor, payload),) = recorded(KILL_SWITCH_STREAM)
    assert (kind, actor) == ("KillSwitchEngaged", "user:bob")
    assert payload == {
        "switch_id": engaged.id,
        "scope": "SYMBOL",
        "account_id": None,
        "symbol": "XYZ",
        "engaged_by": "user:bob",
        "reason": "a test",
    }
    (event,) = list_stream(stream=KILL_SWITCH_STREAM)
    assert event.ts_event == to_ns(NOW)


def test_a_second_person_lifts_it() -> None:
    engaged = engage()
    lifted = lift(engaged.id)
    assert (lifted.lifted_by, lifted.lifted_at) == ("user:alice", LATER)
    assert list_active_switches() == []
    kind, actor, payload = recorded(KILL_SWITCH_STREAM)[-1]
    assert (kind, actor) == ("KillSwitchLifted", "user:alice")
    assert (payload["engaged_by"], payload["lifted_by"]) == ("user:bob", "user:alice")


def test_the_same_person_cannot_lift_it() -> None:
    engaged = engage()
    with pytest.raises(SamePersonLift):
        lift(engaged.id, actor="user:bob")
    assert list_active_switches() == [engaged]
    assert len(recorded(KILL_SWITCH_STREAM)) == 1


@pytest.mark.parametrize("how", ["made", "password"])
def test_nobody_makes_their_own_second_person(how: str) -> None:
    def helper() -> UUID:
        return create_user(
            username="helper", password="correct horse 9", role=Role.COMPLIANCE_OFFICER,
            first_name="", actor="user:bob", now=utc_now(),
        )  # fmt: skip

    known = helper() if how == "password" else None
    engaged = engage(now=utc_now())
    user_id = known or helper()
    if known:
        change_password(user_id=known, password="another horse 9", actor="user:bob", now=utc_now())
    with pytest.raises(SamePersonLift, match="made you a user"):
        lift(engaged.id, actor=f"user:{user_id}")
    # Whom somebody else made, or who was a user before, is a second person.
    assert lift(engaged.id).lifted_by == "user:alice"


def test_a_user_made_before_the_switch_is_a_second_person() -> None:
    user_id = create_user(
        username="helper", password="correct horse 9", role=Role.COMPLIANCE_OFFICER,
        first_name="", actor="user:bob", now=utc_now(),
    )  # fmt: skip
    assert lift(engage(now=utc_now()).id, actor=f"user:{user_id}").lifted_at == LATER


def test_the_database_refuses_a_lift_by_the_same_person_too() -> None:
    engaged = engage()
    with pytest.raises(IntegrityError, match="risk_killswitch_second_person"), savepoint():
        KillSwitch.objects.filter(pk=engaged.id).update(
            lifted_by="user:bob", lifted_at=LATER, lift_reason="alone"
        )


def test_a_switch_is_engaged_once() -> None:
    engaged = engage()
    with pytest.raises(SwitchAlreadyEngaged):
        engage(actor="user:alice")
    assert list_active_switches() == [engaged]
    assert len(recorded(KILL_SWITCH_STREAM)) == 1


def test_a_lifted_switch_can_be_engaged_again() -> None:
    lift(engage().id)
    again = engage(now=LATER)
    assert list_active_switches() == [again]


def test_only_an_engaged_switch_is_lifted() -> None:
    engaged = engage()
    lift(engaged.id)
    for missing in (engaged.id, engaged.id + 1):
        with pytest.raises(SwitchNotEngaged):
            lift(missing)


@pytest.mark.parametrize(
    "target",
    [
        {"scope": SwitchScope.FIRM, "account_id": ALICE},
        {"scope": SwitchScope.FIRM, "symbol": "XYZ"},
        {"scope": SwitchScope.ACCOUNT},
        {"scope": SwitchScope.ACCOUNT, "account_id": ALICE, "symbol": "XYZ"},
        {"scope": SwitchScope.SYMBOL},
        {"scope": SwitchScope.SYMBOL, "symbol": " "},
    ],
)
def test_a_switch_names_what_it_stops(target: dict[str, Any]) -> None:
    with pytest.raises(ScopeMismatch):
        engage(**target)


def test_a_switch_without_its_fact_is_not_engaged() -> None:
    with patch.object(switch, "record", side_effect=LogIsFull), pytest.raises(LogIsFull):
        engage()
    assert list_active_switches() == []


# --- Restrictions ---------------------------------------------------------------------------------


def restrict(**changes: Any) -> int:
    values: dict[str, Any] = {"symbol": "XYZ", "actor": "user:bob", "reason": "a test", "now": NOW}
    return restrict_symbol(**{**values, **changes}).id


def test_restricting_and_releasing_leave_their_facts() -> None:
    restriction_id = restrict(applies_to=Audience.EMPLOYEES)
    released = release_symbol(
        restriction_id=restriction_id, actor="user:alice", reason="over", now=LATER
    )
    assert released.effective_to == LATER
    facts = recorded(RESTRICTIONS_STREAM)
    assert [(kind, actor) for kind, actor, _ in facts] == [
        ("SymbolRestricted", "user:bob"),
        ("SymbolReleased", "user:alice"),
    ]
    assert facts[0][2]["applies_to"] == "EMPLOYEES"


def test_only_a_restriction_in_force_is_released() -> None:
    restriction_id = restrict()
    release = {"actor": "user:alice", "reason": "over", "now": LATER}
    release_symbol(restriction_id=restriction_id, **release)  # type: ignore[arg-type]
    for missing in (restriction_id, restriction_id + 1):
        with pytest.raises(RestrictionNotInForce):
            release_symbol(restriction_id=missing, **release)  # type: ignore[arg-type]


def test_a_restriction_names_a_symbol() -> None:
    with pytest.raises(SymbolRequired):
        restrict(symbol="  ")


def test_a_restriction_without_its_fact_does_not_exist() -> None:
    with patch.object(restrictions, "record", side_effect=LogIsFull), pytest.raises(LogIsFull):
        restrict()
    assert not Restriction.objects.exists()


# --- Limits ---------------------------------------------------------------------------------------


def set_order_value(value: str = "100", **changes: Any) -> int:
    values: dict[str, Any] = {"actor": "user:bob", "reason": "a test", "now": NOW}
    return set_limit(name=LimitName.ORDER_VALUE, value=Decimal(value), **{**values, **changes}).id


def test_a_limit_is_a_row_and_a_fact() -> None:
    limit_id = set_order_value("99.5", account_id=ALICE)
    ((kind, actor, payload),) = recorded(LIMITS_STREAM)
    assert (kind, actor) == ("LimitSet", "user:bob")
    assert (payload["limit_id"], payload["scope"]) == (limit_id, "ACCOUNT")
    assert (payload["name"], payload["value"]) == ("ORDER_VALUE", "99.5")
    assert Limit.objects.get(pk=limit_id).value == Decimal("99.5")


@pytest.mark.parametrize(
    ("name", "largest"),
    [
        (LimitName.PRICE_COLLAR_PCT, "100"),
        (LimitName.MARKET_RESERVE_PCT, "100"),
        (LimitName.QUOTE_AGE_MS, "86400000"),
        (LimitName.ORDER_VALUE, "1000000000000"),
    ],
)
def test_a_limit_that_limits_nothing_is_refused(name: LimitName, largest: str) -> None:
    terms: dict[str, Any] = {"name": name, "actor": "user:bob", "reason": "a test", "now": NOW}
    assert set_limit(value=Decimal(largest), **terms).value == Decimal(largest)
    with pytest.raises(InvalidLimit, match="at most"):
        set_limit(value=Decimal(largest) + Decimal("0.0001"), **terms)


@pytest.mark.parametrize("value", ["-0.01", "0.00001", "NaN", "Infinity", "1E+16", "1E+40"])
def test_a_limit_is_a_number_that_the_row_can_hold(value: str) -> None:
    with pytest.raises(InvalidLimit):
        set_order_value(value)


def test_a_limit_does_not_end_before_it_begins() -> None:
    with pytest.raises(InvalidLimit):
        set_order_value(effective_to=NOW)


def test_a_limit_without_its_fact_does_not_exist() -> None:
    with patch.object(limits, "record", side_effect=LogIsFull), pytest.raises(LogIsFull):
        set_order_value()
    assert not Limit.objects.filter(set_by="user:bob").exists()


# --- All of them ----------------------------------------------------------------------------------


@pytest.mark.parametrize("change", [set_order_value, restrict])
def test_the_past_is_not_changed(change: Any) -> None:
    with pytest.raises(EffectiveInThePast):
        change(effective_from=NOW - timedelta(microseconds=1))


@pytest.mark.parametrize("change", [engage, set_order_value, restrict])
def test_every_change_has_a_reason(change: Any) -> None:
    with pytest.raises(ReasonRequired):
        change(reason=" ")


def test_every_ending_has_a_reason() -> None:
    with pytest.raises(ReasonRequired):
        lift(engage().id, reason="")
    with pytest.raises(ReasonRequired):
        release_symbol(restriction_id=restrict(), actor="user:alice", reason="", now=LATER)
