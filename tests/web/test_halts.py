"""What a trader's page is told of halts: that they are, never why the staff engaged them."""

from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from marketdata import interface as marketdata
from marketdata.contracts import TradingStatus
from oms import interface as oms
from risk import interface as risk
from risk.contracts import KillSwitchState, SwitchScope
from tests.web.conftest import make_trader, make_user, sign_in
from trading.identity.interface import Role
from trading.kernel.clock import to_ns, utc_now

pytestmark = pytest.mark.django_db

ADDRESS = "/web/halts"
IN_IBM = {"symbol": "IBM", "words": "trading in IBM is halted", "refuses": True}


def engage(scope: SwitchScope, **target: Any) -> KillSwitchState:
    return risk.engage_kill_switch(
        scope=scope, actor="user:officer", reason="insider rumour", now=utc_now(), **target
    )


def get(client: Client, symbols: str = "IBM,AAPL") -> tuple[int, Any]:
    answer = client.get(ADDRESS, {"symbols": symbols})
    assert answer["Content-Type"] == "application/json"
    assert "rumour" not in answer.content.decode()
    return answer.status_code, answer.json()


def account_of(user_id: UUID) -> UUID:
    account_id = oms.find_account_id(user_id=user_id)
    assert account_id is not None
    return account_id


def test_nobody_without_an_account_is_told(client):
    assert get(client)[0] == 401
    make_user("charlie", Role.COMPLIANCE_OFFICER)
    assert get(sign_in(client, "charlie"))[0] == 403


@pytest.mark.parametrize("symbols", ["", ",", "%", "A" * 17])
def test_what_is_no_list_of_symbols_is_refused(alice_client, symbols):
    assert get(alice_client, symbols)[0] == 422


def test_a_symbol_is_halted_until_the_switch_is_lifted(alice_client):
    assert get(alice_client) == (200, [])
    switch = engage(SwitchScope.SYMBOL, symbol="IBM")
    assert get(alice_client) == (200, [IN_IBM])
    assert get(alice_client, "AAPL") == (200, [])
    risk.lift_kill_switch(switch_id=switch.id, actor="user:other", reason="over", now=utc_now())
    assert get(alice_client) == (200, [])


def test_a_halt_of_the_firm_binds_all_and_one_of_an_account_only_its_owner(alice_client, alice):
    engage(SwitchScope.ACCOUNT, account_id=account_of(make_trader("bob")))
    assert get(alice_client) == (200, [])
    engage(SwitchScope.ACCOUNT, account_id=account_of(alice))
    engage(SwitchScope.FIRM)
    words = ["trading in this account is halted", "all trading is halted"]
    assert get(alice_client) == (
        200,
        [{"symbol": None, "words": each, "refuses": True} for each in words],
    )


def test_a_halt_of_the_exchange_is_told_with_its_reason_and_takes_orders(alice_client, monkeypatch):
    ts = to_ns(utc_now())
    halted = TradingStatus(
        symbol="AAPL", status_code="H", status_message="Trading Halt", reason_code="T1",
        reason_message="News pending", ts_event=ts, ts_init=ts, source="test",
    )  # fmt: skip
    monkeypatch.setattr(
        marketdata, "trading_status", lambda *, symbol: halted if symbol == "AAPL" else None
    )
    words = "trading in AAPL is halted: News pending"
    assert get(alice_client) == (200, [{"symbol": "AAPL", "words": words, "refuses": False}])
