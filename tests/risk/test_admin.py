"""The rules on the admin site: who sees them, who changes them, what is recorded."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

import marketdata
from compliance.interface import verify_records
from marketdata.interface import load_security_master
from risk.events import KILL_SWITCH_STREAM, LIMITS_STREAM, RESTRICTIONS_STREAM
from risk.models import KillSwitch, Limit, Restriction
from trading.eventlog.readers import list_stream
from trading.identity.models import User
from trading.identity.roles import STAFF_ROLES, Role

pytestmark = pytest.mark.django_db

SECURITY_MASTER = Path(marketdata.__file__).parent / "data" / "security_master.csv"


@pytest.fixture(autouse=True)
def _instruments(db: None) -> None:
    load_security_master(path=SECURITY_MASTER)


MODELS = ["limit", "killswitch", "restriction"]


def browser(role: Role, name: str) -> Client:
    client = Client()
    client.force_login(User.objects.create(username=name, role=role))
    return client


@pytest.fixture
def alice() -> Client:
    return browser(Role.COMPLIANCE_PRINCIPAL, "alice")


@pytest.fixture
def bob() -> Client:
    return browser(Role.ADMINISTRATOR, "bob")


def actor(name: str) -> str:
    return f"user:{User.objects.get(username=name).pk}"


def add(client: Client, model: str, **fields: Any) -> Any:
    return client.post(reverse(f"admin:risk_{model}_add"), fields, follow=True)


def messages(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("role", [Role.COMPLIANCE_PRINCIPAL, Role.ADMINISTRATOR])
def test_the_responsible_see_the_list_and_the_form(model: str, role: Role) -> None:
    client = browser(role, "alice")
    assert client.get(reverse(f"admin:risk_{model}_changelist")).status_code == 200
    assert client.get(reverse(f"admin:risk_{model}_add")).status_code == 200


@pytest.mark.parametrize("model", ["limit", "restriction"])
def test_an_officer_reads_and_cannot_change(model: str) -> None:
    client = browser(Role.COMPLIANCE_OFFICER, "charlie")
    assert client.get(reverse(f"admin:risk_{model}_changelist")).status_code == 200
    assert client.post(reverse(f"admin:risk_{model}_add"), {"reason": "x"}).status_code == 403


@pytest.mark.parametrize("model", MODELS)
def test_a_trader_sees_nothing(model: str) -> None:
    client = browser(Role.TRADER, "charlie")
    assert client.get(reverse(f"admin:risk_{model}_changelist")).status_code == 302


def test_a_limit_is_set_with_its_fact(alice: Client) -> None:
    add(alice, "limit", name="ORDER_VALUE", value="1000", reason="smaller")
    row = Limit.objects.get(reason="smaller")
    assert (row.value, row.set_by, row.scope) == (1000, actor("alice"), "FIRM")
    (event,) = list_stream(stream=LIMITS_STREAM)
    assert event.actor == actor("alice")


def test_a_limit_is_read_only_afterwards(alice: Client) -> None:
    row = Limit.objects.first()
    assert row is not None
    page = reverse("admin:risk_limit_change", args=[row.pk])
    assert alice.get(page).status_code == 200
    assert alice.post(page, {"value": "1"}).status_code == 403
    assert alice.post(reverse("admin:risk_limit_delete", args=[row.pk])).status_code == 403


def test_a_mistaken_entry_comes_back_with_the_reason_and_the_input(alice: Client) -> None:
    response = add(alice, "killswitch", scope="SYMBOL", symbol="", reason="which one?")
    assert b"Name the account for Account, the symbol for Symbol" in response.content
    assert b"which one?" in response.content
    assert not KillSwitch.objects.exists()


def test_what_the_interface_refuses_comes_back_too(alice: Client) -> None:
    response = add(
        alice,
        "limit",
        name="ORDER_VALUE",
        value="1000",
        effective_to_0="2020-01-01",
        effective_to_1="00:00",
        reason="too late?",
    )
    assert messages(response) == ["a limit must end after it begins"]
    assert b"too late?" in response.content
    assert not Limit.objects.filter(reason="too late?").exists()


def test_two_people_engage_and_lift_a_switch(alice: Client, bob: Client) -> None:
    add(bob, "killswitch", scope="SYMBOL", symbol="IBM", reason="runaway")
    switch = KillSwitch.objects.get()
    assert switch.engaged_by == actor("bob")
    lift = reverse("admin:risk_killswitch_lift", args=[switch.pk])
    assert b"second person" in bob.get(lift).content

    alone = bob.post(lift, {"reason": "it is me", "_form_submitted": "on"})
    assert alone.headers["HX-Redirect"] == reverse("admin:risk_killswitch_changelist")
    assert "cannot lift" in messages(bob.get(alone.headers["HX-Redirect"]))[0]
    switch.refresh_from_db()
    assert switch.lifted_at is None

    alice.post(lift, {"reason": "fixed", "_form_submitted": "on"})
    switch.refresh_from_db()
    assert switch.lifted_by == actor("alice")
    assert [event.type for event in list_stream(stream=KILL_SWITCH_STREAM)] == [
        "KillSwitchEngaged",
        "KillSwitchLifted",
    ]


def lift(client: Client, switch: KillSwitch) -> Any:
    page = reverse("admin:risk_killswitch_lift", args=[switch.pk])
    return client.post(page, {"reason": "fixed", "_form_submitted": "on"})


@pytest.mark.parametrize("second", sorted(STAFF_ROLES))
def test_an_officer_halts_a_symbol_and_a_second_person_lifts_it(second: Role) -> None:
    officer = browser(Role.COMPLIANCE_OFFICER, "charlie")
    add(officer, "killswitch", scope="SYMBOL", symbol="IBM", reason="a rumour")
    switch = KillSwitch.objects.get()
    assert switch.engaged_by == actor("charlie")

    lift(officer, switch)
    switch.refresh_from_db()
    assert switch.lifted_at is None, "whoever engaged it does not lift it"

    other = browser(second, "dora")
    lift(other, switch)
    switch.refresh_from_db()
    assert (switch.engaged_by, switch.lifted_by) == (actor("charlie"), actor("dora"))
    engaged, lifted = list_stream(stream=KILL_SWITCH_STREAM)
    assert (engaged.actor, lifted.actor) == (actor("charlie"), actor("dora"))
    told = json.loads(lifted.payload)
    assert (told["engaged_by"], told["lifted_by"]) == (actor("charlie"), actor("dora"))
    assert verify_records(stream=KILL_SWITCH_STREAM).bad == ()


def test_a_trader_neither_engages_nor_lifts(bob: Client) -> None:
    add(bob, "killswitch", scope="FIRM", reason="runaway")
    switch = KillSwitch.objects.get()
    trader = browser(Role.TRADER, "tom")
    assert lift(trader, switch).status_code == 302  # to the sign-in page
    add(trader, "killswitch", scope="SYMBOL", symbol="IBM", reason="for fun")
    switch.refresh_from_db()
    assert switch.lifted_at is None
    assert KillSwitch.objects.count() == 1


def test_a_symbol_is_restricted_and_released(alice: Client) -> None:
    add(alice, "restriction", symbol="ibm", applies_to="EMPLOYEES", reason="an offering")
    row = Restriction.objects.get()
    assert (row.symbol, row.effective_to) == ("IBM", None)
    release = reverse("admin:risk_restriction_release", args=[row.pk])
    alice.post(release, {"reason": "over", "_form_submitted": "on"})
    row.refresh_from_db()
    assert row.released_by == actor("alice")
    assert [event.type for event in list_stream(stream=RESTRICTIONS_STREAM)] == [
        "SymbolRestricted",
        "SymbolReleased",
    ]
