"""A platform with a few orders of two people, and the staff who look at it."""

import importlib
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from oms.contracts import ExecutionReport
from oms.domain.state import OrderState
from oms.models import Order
from oms.operations.apply_reports import apply_reports
from oms.operations.place import OrderDenied, place_orders
from tests.oms import conftest as oms_conftest
from tests.oms.conftest import order
from trading.identity.models import User
from trading.identity.roles import Role
from trading.kernel.clock import now_ns, utc_now
from trading.kernel.fix import ExecType
from trading.kernel.identifiers import new_id

# The books' own fixtures: a market that stands still, and accounts.
market = oms_conftest.market
instruments = oms_conftest.instruments
alice = oms_conftest.alice
bob = oms_conftest.bob

importlib.import_module("trading.urls")  # registers every page


def browser(role: Role = Role.COMPLIANCE_OFFICER, name: str = "olga") -> Client:
    client = Client()
    client.force_login(User.objects.create(username=name, role=role))
    return client


@pytest.fixture
def officer(db: None) -> Client:
    return browser()


def place(account_id: Any, *terms: Any, **more: Any) -> Order:
    """Place an order without a desk; return it, denied ones too."""
    placed = place_orders(
        commands=[order(account_id, *terms, **more)], now=utc_now(), reports=(), actor="system:test"
    )
    (outcome,) = placed.outcomes
    if isinstance(outcome, OrderState):
        return Order.objects.get(id=outcome.id)
    assert isinstance(outcome, OrderDenied)
    return Order.objects.get(id=outcome.order_id)


def fill(placed: Order, qty: Any, px: Any) -> None:
    report = ExecutionReport(
        order_id=placed.id, exec_id=f"test-{new_id()}", exec_type=ExecType.TRADE,
        ts_event=now_ns(), last_qty=qty, last_px=px,
    )  # fmt: skip
    apply_reports(reports=[report], now=utc_now(), actor="system:paper-exchange")


def page_of(client: Client, name: str, query: dict[str, str] | None = None, *args: Any) -> str:
    answer = client.get(reverse(f"admin:{name}", args=args), query or {})
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


Listed = Callable[..., list[Any]]


def rows_of(client: Client, name: str, **query: str) -> list[Any]:
    answer: Any = client.get(reverse(f"admin:{name}_changelist"), query)
    assert answer.status_code == 200
    return list(answer.context["cl"].result_list)


def export(client: Client, name: str, **query: str) -> str:
    answer: Any = client.get(reverse(f"admin:{name}_export"), query)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    return b"".join(answer.streaming_content).decode()
