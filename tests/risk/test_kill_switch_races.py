"""The kill switch against orders that are under way in other threads. Writes really commit here."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection

from risk import switch
from risk.contracts import KillSwitchState, SwitchScope
from risk.interface import (
    SamePersonLift,
    assess,
    engage_kill_switch,
    lift_kill_switch,
    list_active_switches,
    load_rules,
)
from tests.risk.builders import ALICE, account, intent, market
from trading.infra.database import sql
from trading.infra.transactions import transaction
from trading.kernel.clock import utc_now

pytestmark = pytest.mark.django_db(transaction=True)


def order_passes() -> bool:
    rules = load_rules(pairs=[(ALICE, "XYZ")], at=utc_now())[ALICE, "XYZ"]
    verdict = assess(intent=intent(), market=market(), account=account(), rules=rules)
    return verdict.accepted


def engage() -> KillSwitchState:
    return engage_kill_switch(
        scope=SwitchScope.ACCOUNT,
        account_id=ALICE,
        actor="user:bob",
        reason="runaway script",
        now=utc_now(),
    )


def await_a_waiter() -> None:
    """Return once somebody waits for the table of kill switches."""
    waiting = """
        SELECT 1 FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
        WHERE datname = current_database() AND relation = 'risk_killswitch'::regclass
          AND NOT granted
    """
    assert any(sql(waiting).fetchone() for _ in range(20_000)), "nobody ever waited"


def test_a_kill_switch_stops_parallel_orders_and_outlives_a_restart() -> None:
    acknowledged = threading.Event()

    def order(number: int) -> tuple[bool, bool]:
        """Return whether the order came after the acknowledgement, and whether it passed."""
        if number == 25:
            engage()
            acknowledged.set()
        came_after = acknowledged.is_set()
        try:
            return came_after, order_passes()
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=10) as pool:
        outcomes = list(pool.map(order, range(50)))
    assert (False, True) in outcomes
    assert (True, False) in outcomes
    assert (True, True) not in outcomes

    connection.close()  # a new process starts from the database alone
    (engaged,) = list_active_switches()
    assert not order_passes()
    with pytest.raises(SamePersonLift):
        lift_kill_switch(switch_id=engaged.id, actor="user:bob", reason="it is me", now=utc_now())
    lift_kill_switch(switch_id=engaged.id, actor="user:alice", reason="script fixed", now=utc_now())
    assert order_passes()


def test_engaging_waits_for_an_order_that_has_read_the_rules() -> None:
    has_read, outcomes = threading.Event(), []

    def order() -> None:
        with transaction():
            assert order_passes()
            has_read.set()
            await_a_waiter()
            outcomes.append("order committed")
        connection.close()

    with ThreadPoolExecutor(max_workers=1) as pool:
        placed = pool.submit(order)
        assert has_read.wait(10)
        engage()
        outcomes.append("switch engaged")
        placed.result()
    assert outcomes == ["order committed", "switch engaged"]


def test_an_order_that_comes_while_engaging_is_stopped() -> None:
    is_warm, may_go = threading.Event(), threading.Event()

    def order() -> bool:
        try:
            for _ in range(20):  # until the server keeps the statement's plan
                assert order_passes()
            is_warm.set()
            assert may_go.wait(10)
            with transaction():
                return order_passes()
        finally:
            connection.close()

    def record_slowly(_events: Any) -> None:
        may_go.set()
        await_a_waiter()

    with ThreadPoolExecutor(max_workers=1) as pool:
        placed = pool.submit(order)
        assert is_warm.wait(10)
        with patch.object(switch, "record", record_slowly):
            engage()
        assert placed.result() is False
