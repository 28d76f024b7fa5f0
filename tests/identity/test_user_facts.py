"""What administrators do to users on the admin site is recorded with it."""

import json
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from compliance.interface import verify_records
from oms.contracts import AccountType
from oms.interface import open_account
from trading.eventlog.models import Event
from trading.identity.interface import Role, create_user
from trading.identity.models import User
from trading.identity.roles import STAFF_ROLES
from trading.kernel.clock import utc_now

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> Client:
    user_id = create_user(
        username="admin", password="x", role=Role.ADMINISTRATOR, first_name="Admin",
        actor="system:test", now=utc_now(),
    )  # fmt: skip
    client = Client()
    client.force_login(User.objects.get(id=user_id))
    return client


def facts_of(user: User) -> list[tuple[str, dict[str, object]]]:
    events = Event.objects.filter(stream=f"user:{user.id}").order_by("seq")
    return [(event.type, json.loads(bytes(event.payload))) for event in events]


def test_a_user_that_is_made_changed_and_given_a_password_is_recorded(admin: Client) -> None:
    password = "correct horse battery"
    admin.post(
        reverse("admin:identity_user_add"),
        {
            "username": "dora", "first_name": "Dora", "role": "TRADER",
            "password1": password, "password2": password, "usable_password": "true",
        },
    )  # fmt: skip
    dora = User.objects.get(username="dora")
    admin.post(
        reverse("admin:identity_user_change", args=[dora.pk]),
        {"username": "dora", "first_name": "Dora", "role": "COMPLIANCE_OFFICER", "is_active": "on"},
    )
    admin.post(
        reverse("admin:auth_user_password_change", args=[dora.pk]),
        {"password1": f"{password}!", "password2": f"{password}!", "usable_password": "true"},
    )
    (created, made), (changed, now_is), (set_, said) = facts_of(dora)
    assert (created, changed, set_) == ("UserCreated", "UserChanged", "PasswordChanged")
    assert (made["role"], now_is["role"]) == ("TRADER", "COMPLIANCE_OFFICER")
    assert said == {"user_id": str(dora.id)}
    actors = Event.objects.filter(stream=f"user:{dora.id}").values_list("actor", flat=True)
    assert set(actors) == {f"user:{User.objects.get(username='admin').pk}"}
    assert verify_records().bad == ()


@pytest.mark.parametrize("role", sorted(STAFF_ROLES))
def test_a_trader_with_an_account_is_not_made_staff(admin: Client, role: Role) -> None:
    dora = User.objects.get(
        id=create_user(
            username="dora", password="x", role=Role.TRADER, first_name="", actor="system:test",
            now=utc_now(),
        )
    )  # fmt: skip
    open_account(
        owner_id=dora.id, account_type=AccountType.CASH, opening_cash=Decimal(1000),
        actor="system:test", now=utc_now(),
    )  # fmt: skip
    page = reverse("admin:identity_user_change", args=[dora.pk])
    form = {"username": "dora", "first_name": "", "role": role.value, "is_active": "on"}
    answer = admin.post(page, form)
    assert answer.status_code == 200
    assert "dora has a trading account, and staff have none." in answer.content.decode()
    dora.refresh_from_db()
    assert (dora.role, dora.is_staff) == (Role.TRADER, False)
    assert admin.post(page, form | {"role": "TRADER", "first_name": "Dora"}).status_code == 302
    assert [kind for kind, _ in facts_of(dora)] == ["UserCreated", "UserChanged"]


def test_a_form_that_is_refused_records_nothing(admin: Client) -> None:
    before = Event.objects.count()
    admin.post(reverse("admin:identity_user_add"), {"username": "dora", "role": "TRADER"})
    admin_user = User.objects.get(username="admin")
    page = reverse("admin:auth_user_password_change", args=[admin_user.pk])
    admin.post(page, {"password1": "one", "password2": "two", "usable_password": "true"})
    assert Event.objects.count() == before
