"""Staff see what waits for a decision, take it with a reason, and it is on record."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from oms.models import Account, Position, SuspendedReport, SuspenseResolution
from oms.operations.start_day import start_day
from oms.queries import get_account
from tests.oms.conftest import order
from tests.oms.test_day_base import TODAY, TOMORROW, at, daily_loss, lose_prices, place, trade
from tests.oms.test_suspense import apply, report
from trading.eventlog.readers import list_stream
from trading.identity.models import User
from trading.identity.roles import Role
from trading.kernel.identifiers import new_id

pytestmark = pytest.mark.django_db(transaction=True)


def browser(role: Role, name: str) -> Client:
    client = Client()
    client.force_login(User.objects.create(username=name, role=role))
    return client


def act(client: Client, name: str, row: Any, reason: str = "asked the market") -> Any:
    address = reverse(f"admin:oms_{row._meta.model_name}_{name}", args=[row.pk])
    return client.post(address, {"reason": reason, "_form_submitted": "1"}, follow=True)


@pytest.fixture
def suspended(market, alice) -> SuspendedReport:
    apply(report(new_id(), qty="1", px="182.50"))
    return SuspendedReport.objects.get()


BADGE = re.compile(r'<span class="font-semibold h-\[18px\][^>]*>\s*(\S*)\s*</span>')


def test_a_suspended_report_is_on_the_list_and_counted_in_the_sidebar(suspended):
    client = browser(Role.COMPLIANCE_OFFICER, "olga")
    page = client.get(reverse("admin:oms_suspendedreport_changelist"))
    assert page.status_code == 200
    assert suspended.code in page.content.decode()
    assert BADGE.findall(page.content.decode()) == ["1"]
    assert (
        client.get(reverse("admin:oms_suspendedreport_change", args=[suspended.pk])).status_code
        == 200
    )


@pytest.mark.django_db
def test_the_sidebar_has_no_count_while_nothing_waits():
    client = browser(Role.COMPLIANCE_OFFICER, "olga")
    page = client.get(reverse("admin:oms_suspendedreport_changelist"))
    assert "Suspense" in page.content.decode()
    assert BADGE.findall(page.content.decode()) == []


def test_an_officer_decides_nothing_and_a_principal_with_a_reason(suspended):
    act(browser(Role.COMPLIANCE_OFFICER, "olga"), "dismiss", suspended)
    assert not SuspenseResolution.objects.exists()
    act(browser(Role.COMPLIANCE_PRINCIPAL, "paula"), "dismiss", suspended)
    row = SuspenseResolution.objects.get()
    assert (row.outcome, row.reason) == ("DISMISSED", "asked the market")
    assert row.resolved_by == f"user:{User.objects.get(username='paula').pk}"


def test_a_decision_on_a_holding_that_is_gone_is_not_found(market, alice):
    client = browser(Role.ADMINISTRATOR, "adam")
    at(market, 200.0, now=TODAY)
    trade(alice, "BUY", "1", "200")
    held = Position.objects.get(account=alice)
    address = reverse("admin:oms_position_write_down", args=[held.pk])
    Position.objects.all().delete()
    answer = client.post(address, {"reason": "delisted", "_form_submitted": "1"})
    assert answer.status_code == 404


def test_a_holding_without_a_price_is_written_down_and_stops_nobody_any_more(market, alice):
    at(market, 200.0, now=TODAY)
    trade(alice, "BUY", "150", "200")
    lose_prices(market)
    start_day(now=TOMORROW)
    market.quote("BAC", 13.90, 13.91, at=TOMORROW)
    assert "IBM has no price" in daily_loss(place(order(alice, qty="1", symbol="BAC")))
    held = Position.objects.get(account=alice)
    client = browser(Role.ADMINISTRATOR, "adam")
    assert client.get(reverse("admin:oms_position_changelist")).status_code == 200
    act(client, "write_down", held, "delisted")
    assert Position.objects.get(account=alice).written_down_at is not None
    types = [event.type for event in list_stream(stream=f"account:{alice}")]
    assert "PositionWrittenDown" in types
    assert get_account(account_id=alice).equity == Account.objects.get(id=alice).cash
    act(client, "lift_write_down", held, "it trades again")
    assert Position.objects.get(account=alice).written_down_at is None
