"""What administrators do to users on the admin site is recorded with it."""

import json
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from compliance.interface import verify_records
from oms.contracts import AccountType
from oms.interface import open_account
from trading.eventlog.models import Event
from trading.identity.interface import Role, UsernameRefused, create_user
from trading.identity.models import User
from trading.identity.roles import STAFF_ROLES
from trading.identity.usernames import USERNAME_RULE
from trading.infra.admin import times
from trading.kernel.clock import utc_now

pytestmark = pytest.mark.django_db

NEW = "correct horse battery"


@pytest.fixture
def admin() -> Client:
    user_id = create_user(
        username="admin", password="x", role=Role.ADMINISTRATOR, first_name="Admin",
        actor="system:test", now=utc_now(),
    )  # fmt: skip
    client = Client()
    client.force_login(User.objects.get(id=user_id))
    return client


def made(username: str, password: str = "x") -> User:
    user_id = create_user(
        username=username, password=password, role=Role.TRADER, first_name="",
        actor="system:test", now=utc_now(),
    )  # fmt: skip
    return User.objects.get(id=user_id)


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


@pytest.mark.parametrize("name", ["Dora+x", "do", "d" * 31, "\u0430lice", ".dora", "do@ra"])
def test_a_name_that_registration_refuses_is_refused_here_too(admin: Client, name: str) -> None:
    form = {"first_name": "", "role": "TRADER", "password1": NEW, "password2": NEW}
    page = reverse("admin:identity_user_add")
    answer = admin.post(page, form | {"username": name})
    assert answer.context["adminform"].form.errors["username"] == [USERNAME_RULE]
    assert USERNAME_RULE in admin.get(page).content.decode()
    assert "150 characters" not in admin.get(page).content.decode()
    with pytest.raises(UsernameRefused):
        made(name)
    with pytest.raises(CommandError, match="Use 3 to 30 letters"):
        call_command("create_user", name)
    assert User.objects.count() == 1


def test_a_name_from_before_the_rule_stays_and_a_new_one_follows_it(admin: Client) -> None:
    old = User.objects.create(username="Dora@firm", role=Role.TRADER)
    page = reverse("admin:identity_user_change", args=[old.pk])
    form = {"username": "Dora@firm", "first_name": "D", "role": "TRADER", "is_active": "on"}
    assert admin.post(page, form).status_code == 302
    assert admin.post(page, form | {"username": "dora@firm"}).status_code == 200
    assert admin.post(page, form | {"username": "ADMIN"}).status_code == 200
    assert admin.post(page, form | {"username": "Erin"}).status_code == 302
    old.refresh_from_db()
    assert (old.username, old.first_name) == ("erin", "D")


def test_an_administrator_sets_no_password_that_holds_already(admin: Client) -> None:
    dora = made("dora", NEW)
    page = reverse("admin:auth_user_password_change", args=[dora.pk])
    form = {"password1": NEW, "password2": NEW, "usable_password": "true"}
    assert "This is the current password; choose another one." in (
        admin.post(page, form).content.decode()
    )
    assert [kind for kind, _ in facts_of(dora)] == ["UserCreated"]


def test_a_users_page_says_when_the_password_was_set_and_shows_nothing_of_it(
    admin: Client,
) -> None:
    dora = made("dora", NEW)
    page = admin.get(reverse("admin:identity_user_change", args=[dora.pk])).content.decode()
    at = Event.objects.get(stream=f"user:{dora.id}").recorded_at
    assert f"set on {times.shown(at)}" in page
    assert reverse("admin:identity_user_set_password", args=[dora.pk]) in page
    assert "argon2" not in page
    old = User.objects.create(username="before", role=Role.TRADER)
    page = admin.get(reverse("admin:identity_user_change", args=[old.pk])).content.decode()
    assert "when it was set is not on record" in page
