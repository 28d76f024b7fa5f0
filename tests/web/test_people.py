"""A visitor becomes a trader by himself, if the firm lets him; a trader changes his password."""

from decimal import Decimal
from uuid import UUID

import pytest
from django.test import Client

from compliance.interface import verify_records
from oms import interface as oms
from oms.contracts import AccountType
from tests.web.conftest import PASSWORD, make_user, sign_in
from trading.eventlog.models import Event
from trading.identity import sign_in as sign_in_module
from trading.identity.interface import Role, authenticate_api_key, create_api_key, find_user_id
from trading.kernel.clock import utc_now
from trading.web import people

pytestmark = pytest.mark.django_db

NEW = "staple battery correct"


@pytest.fixture(autouse=True)
def firm(settings) -> None:
    settings.REGISTRATION = True
    settings.REGISTRATION_CASH = Decimal("25000.00")


def register(client: Client, username: str = "dora", password: str = PASSWORD, **changes: str):
    form = {
        "username": username, "password1": password, "password2": password, "account_type": "cash",
    } | changes  # fmt: skip
    return client.post("/register", form)


def actors(stream: str) -> dict[str, str]:
    return dict(Event.objects.filter(stream=stream).values_list("type", "actor"))


def test_a_visitor_opens_an_account_and_trades_at_once(client: Client) -> None:
    assert "/register" in client.get("/login").content.decode()
    answer = register(client, account_type="margin")
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.get("/").status_code == 200
    user_id = find_user_id(username="dora")
    assert user_id is not None
    account = oms.find_account_for_user(user_id=user_id)
    assert account is not None
    assert (account.cash, account.account_type) == (Decimal("25000.00"), AccountType.MARGIN)
    assert actors(f"user:{user_id}")["UserCreated"] == f"user:{user_id}"
    assert set(actors(f"account:{account.id}").values()) == {f"user:{user_id}"}
    assert verify_records().bad == ()


@pytest.mark.parametrize("page", ["/register", "/account/open"])
def test_where_the_firm_opens_accounts_itself_nobody_else_does(
    client: Client, settings, page: str
) -> None:
    make_user("charlie")
    settings.REGISTRATION = False
    assert register(client).status_code == 404
    assert "/register" not in client.get("/login").content.decode()
    sign_in(client, "charlie")
    assert client.post("/account/open", {"account_type": "cash"}).status_code == 404
    assert "Ask an administrator" in client.get("/").content.decode()
    assert find_user_id(username="dora") is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"username": "ab"}, "3 to 30 letters"),
        ({"username": "\u0430lice"}, "3 to 30 letters"),  # its first letter is Cyrillic
        ({"username": "dora\u200b"}, "3 to 30 letters"),
        ({"password1": "12345678", "password2": "12345678"}, "entirely numeric"),
        ({"password1": "short1", "password2": "short1"}, "too short"),
        ({"username": "doradoradora", "password1": "doradoradora1", "password2": "doradoradora1"},
         "too similar"),
        ({"password2": "another one"}, "not the same"),
        ({"account_type": "options"}, "Open a paper account"),
        ({"account_type": ""}, "Open a paper account"),
        ({"username": "ALICE"}, "taken"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_nothing_is_made(
    client: Client, alice: UUID, changes: dict[str, str], said: str
) -> None:
    before = Event.objects.count()
    answer = register(client, **changes)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert said in page
    assert PASSWORD not in page
    assert Event.objects.count() == before


def test_an_account_type_that_the_firm_does_not_offer_is_not_opened(
    client: Client, settings
) -> None:
    settings.REGISTRATION_ACCOUNT_TYPES = ("cash",)
    assert register(client, account_type="margin").status_code == 200
    assert find_user_id(username="dora") is None
    make_user("charlie")
    sign_in(client, "charlie")
    assert client.post("/account/open", {"account_type": "margin"}).status_code == 404


@pytest.fixture
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let attempts be counted at one moment, however long the passwords take."""
    now = utc_now()
    for module in (people, sign_in_module):
        monkeypatch.setattr(module, "utc_now", lambda: now)


@pytest.mark.usefixtures("stopped_clock")
def test_registering_is_slowed_down_by_address(client: Client) -> None:
    answers = [register(Client(), f"user{number}").status_code for number in range(7)]
    assert answers == [302] * 6 + [429]
    answer = register(Client(), "user9")
    assert "Too many accounts were asked for from your network address. Try again in " in (
        answer.content.decode()
    )
    assert int(answer["Retry-After"]) > 0
    assert register(Client(REMOTE_ADDR="192.0.2.9"), "user9").status_code == 302


@pytest.mark.usefixtures("stopped_clock")
def test_who_registered_is_signed_in_whatever_others_tried_from_there(client: Client) -> None:
    for number in range(40):
        Client().post("/login", {"username": f"name{number}", "password": "wrong"})
    assert Client().post("/login", {"username": "x", "password": "x"}).status_code == 429
    answer = register(client)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.get("/").status_code == 200
    client.post("/logout")
    form = {"username": "dora", "password": PASSWORD}
    assert client.post("/login", form).status_code == 302  # the browser is known


def test_an_account_that_cannot_be_opened_is_told_on_the_page_that_opens_one(
    client: Client, settings
) -> None:
    settings.REGISTRATION_CASH = Decimal("1000000000.01")
    assert register(client)["Location"] == "/"
    page = client.get("/").content.decode()
    assert "opening cash must be dollars in whole cents, from $0.01 to $1,000,000,000.00" in page
    assert "open-account" in page
    settings.REGISTRATION_CASH = Decimal("1000000000.00")
    client.post("/account/open", {"account_type": "cash"})
    assert Event.objects.filter(type="AccountOpened").count() == 1


def test_a_user_without_an_account_opens_one_with_a_press_but_no_second(client: Client) -> None:
    user_id = make_user("charlie")
    sign_in(client, "charlie")
    assert "open-account" in client.get("/").content.decode()
    assert client.post("/account/open", {"account_type": "cash"})["Location"] == "/"
    assert client.get("/").status_code == 200
    client.post("/account/open", {"account_type": "margin"})
    assert Event.objects.filter(type="AccountOpened", actor=f"user:{user_id}").count() == 1


def test_staff_open_no_account_for_themselves(client: Client) -> None:
    make_user("olga", Role.COMPLIANCE_OFFICER)
    sign_in(client, "olga").post("/account/open", {"account_type": "cash"})
    assert not Event.objects.filter(type="AccountOpened").exists()


# --- The password ---------------------------------------------------------------------------------


def change(client: Client, *, old: str = PASSWORD, new: str = NEW, again: str | None = None):
    form = {"password": old, "password1": new, "password2": new if again is None else again}
    return client.post("/password", form)


def test_a_new_password_ends_other_sessions_and_keeps_keys(alice: UUID) -> None:
    here, elsewhere = sign_in(Client(), "alice"), sign_in(Client(), "alice")
    key_id, secret = create_api_key(user_id=alice, label="mine", now=utc_now())
    before = here.session.session_key
    assert change(here)["Location"] == "/password"
    assert "Your password is changed" in here.get("/password").content.decode()
    assert here.get("/").status_code == 200
    assert here.session.session_key != before
    assert elsewhere.get("/").status_code == 302
    assert elsewhere.get("/v2/account").status_code == 401
    assert authenticate_api_key(key_id=key_id, secret=secret) is not None
    assert actors(f"user:{alice}")["PasswordChanged"] == f"user:{alice}"
    assert Client().post("/login", {"username": "alice", "password": NEW}).status_code == 302
    assert verify_records().bad == ()


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"old": "wrong"}, "not your current password"),
        ({"new": "alice123"}, "too similar"),
        ({"new": "password"}, "too common"),
        ({"again": "other"}, "not the same"),
        ({"new": PASSWORD}, "This is the current password; choose another one."),
        # Nobody finds the present one out by trying it as a new one.
        ({"old": "wrong", "new": PASSWORD}, "not your current password"),
    ],
)
def test_a_password_that_is_refused_changes_nothing(
    alice_client: Client, alice: UUID, form: dict[str, str], said: str
) -> None:
    assert said in change(alice_client, **form).content.decode()
    assert "PasswordChanged" not in actors(f"user:{alice}")


def test_a_stolen_session_cannot_guess_the_password_there(alice_client: Client) -> None:
    answers = [change(alice_client, old=f"guess {number}").status_code for number in range(6)]
    assert answers[-1] == 429
    assert Client().post("/login", {"username": "alice", "password": "x"}).status_code == 429


def test_a_stranger_is_sent_to_sign_in(client: Client) -> None:
    assert client.get("/password")["Location"] == "/login?next=/password"


def test_staff_change_theirs_on_the_same_page(client: Client) -> None:
    olga = make_user("olga", Role.COMPLIANCE_OFFICER)
    sign_in(client, "olga")
    assert client.get("/admin/password_change/")["Location"] == "/password"
    assert change(client).status_code == 302
    assert actors(f"user:{olga}")["PasswordChanged"] == f"user:{olga}"
