"""An administrator, or a command, opens a trader's one account; each is on record."""

import io
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from compliance.interface import verify_records
from oms import interface
from oms.contracts import AccountType
from oms.interface import CannotOpenAccount
from oms.models import Account
from trading.eventlog.models import Event
from trading.identity.interface import Role, UserNotFound, create_user
from trading.identity.models import User
from trading.kernel.clock import utc_now
from trading.kernel.identifiers import new_id

pytestmark = pytest.mark.django_db

ADD = "admin:oms_account_add"


def make(username: str, role: Role = Role.TRADER) -> User:
    user_id = create_user(
        username=username, password="x", role=role, first_name="", actor="system:test",
        now=utc_now(),
    )  # fmt: skip
    return User.objects.get(id=user_id)


def browser(role: Role) -> Client:
    client = Client()
    client.force_login(make(role.lower(), role))
    return client


def open_for(user: User, cash: str = "1000.00", kind: AccountType = AccountType.CASH):
    return interface.open_account(
        owner_id=user.id, account_type=kind, opening_cash=Decimal(cash), actor="system:test",
        now=utc_now(),
    )  # fmt: skip


def test_an_administrator_opens_one_from_the_users_page_or_the_list() -> None:
    admin, dora = browser(Role.ADMINISTRATOR), make("dora")
    page = admin.get(reverse("admin:identity_user_change", args=[dora.id])).content.decode()
    assert "Open trading account" in page
    link = admin.get(reverse("admin:identity_user_open_account", args=[dora.id]))["Location"]
    form = admin.get(link).content.decode()
    assert f'value="{dora.id}" selected' in form
    assert reverse(ADD) in admin.get(reverse("admin:oms_account_changelist")).content.decode()
    answer = admin.post(
        reverse(ADD), {"owner": dora.id, "account_type": "MARGIN", "cash": "2500.50"}, follow=True
    )
    assert answer.status_code == 200
    account = Account.objects.get(owner=dora)
    assert (account.cash, account.account_type) == (Decimal("2500.50"), "MARGIN")
    actor = f"user:{User.objects.get(username='administrator').id}"
    events = Event.objects.filter(stream=f"account:{account.id}")
    assert set(events.values_list("actor", flat=True)) == {actor}
    assert verify_records().bad == ()
    assert interface.check_books().breaks == ()


def test_the_users_page_offers_an_account_only_to_whom_the_form_takes_and_links_to_theirs() -> None:
    admin, dora, gone = browser(Role.ADMINISTRATOR), make("dora"), make("gone")
    staff = make("erin", Role.COMPLIANCE_OFFICER)
    account_id = open_for(dora)
    User.objects.filter(id=gone.id).update(is_active=False)
    pages = {
        user.username: admin.get(
            reverse("admin:identity_user_change", args=[user.id])
        ).content.decode()
        for user in (dora, gone, staff)
    }
    assert [name for name, page in pages.items() if "Open trading account" in page] == []
    assert f'href="{reverse("admin:oms_account_change", args=[account_id])}"' in pages["dora"]
    orders = f"{reverse('admin:oms_order_changelist')}?account__id__exact={account_id}"
    assert f'href="{orders}"' in pages["dora"]
    assert admin.get(orders).status_code == 200
    assert "staff do not trade" in pages["erin"]


@pytest.mark.parametrize("role", [Role.COMPLIANCE_OFFICER, Role.COMPLIANCE_PRINCIPAL, Role.TRADER])
def test_nobody_else_may(role: Role) -> None:
    client, dora = browser(role), make("dora")
    form = {"owner": dora.id, "account_type": "CASH", "cash": "1"}
    assert client.post(reverse(ADD), form).status_code in {302, 403}
    assert not Account.objects.exists()


@pytest.mark.parametrize("cash", ["0", "-5", "0.001", "99999999999", "NaN", "one", ""])
def test_an_amount_that_is_none_is_refused(cash: str) -> None:
    admin, dora = browser(Role.ADMINISTRATOR), make("dora")
    form = {"owner": dora.id, "account_type": "CASH", "cash": cash}
    answer = admin.post(reverse(ADD), form)
    assert answer.status_code == 200
    assert list(answer.context["adminform"].form.errors) == ["cash"]
    assert not Account.objects.exists()


def test_the_most_that_an_account_opens_with_is_the_same_everywhere() -> None:
    admin = browser(Role.ADMINISTRATOR)
    for name, cash in (("dora", "1000000000.00"), ("erin", "1000000000.01")):
        form = {"owner": make(name).id, "account_type": "CASH", "cash": cash}
        admin.post(reverse(ADD), form)
    assert [each.owner.username for each in Account.objects.all()] == ["dora"]
    with pytest.raises(CannotOpenAccount, match=r"from \$0.01 to \$1,000,000,000.00"):
        open_for(make("fred"), "1000000000.01")


def test_the_chooser_offers_active_traders_without_an_account() -> None:
    admin = browser(Role.ADMINISTRATOR)
    for name in ("dora", "erin", "gone"):
        make(name)
    open_for(User.objects.get(username="erin"))
    User.objects.filter(username="gone").update(is_active=False)
    ask = reverse("admin:choose_owners")
    assert ask in admin.get(reverse(ADD)).content.decode()
    for term in ("", "dor", "DORA"):
        found = admin.get(ask, {"term": term}).json()["results"]
        assert [each["text"] for each in found] == ["dora"]
    assert browser(Role.COMPLIANCE_OFFICER).get(ask).status_code == 403
    for name in ("erin", "gone", "administrator"):
        form = {"owner": User.objects.get(username=name).id, "account_type": "CASH", "cash": "1"}
        answer = admin.post(reverse(ADD), form)
        assert list(answer.context["adminform"].form.errors) == ["owner"]


def test_the_form_holds_no_list_of_users_and_the_chooser_says_when_there_are_more() -> None:
    admin = browser(Role.ADMINISTRATOR)
    people = [User(username=f"dora{number:02}", role=Role.TRADER) for number in range(21)]
    User.objects.bulk_create(people)
    assert "dora00" not in admin.get(reverse(ADD)).content.decode()
    found = admin.get(reverse("admin:choose_owners"), {"term": "dora"}).json()["results"]
    assert [each["text"] for each in found[:-1]] == [f"dora{number:02}" for number in range(20)]
    assert found[-1] == {"id": "", "text": "There are more: type more of it.", "disabled": True}
    found = admin.get(reverse("admin:choose_owners"), {"term": "dora0"}).json()["results"]
    assert len(found) == 10 and all(each["id"] for each in found)


@pytest.mark.parametrize("cash", ["0", "-1", "0.001", "1000000000.01", "NaN", "Infinity"])
def test_no_account_begins_with_such_cash(cash: str) -> None:
    with pytest.raises(CannotOpenAccount, match="opening cash"):
        open_for(make("dora"), cash)


def test_a_trader_has_one_account_and_staff_have_none() -> None:
    dora = make("dora")
    open_for(dora)
    with pytest.raises(CannotOpenAccount, match="dora has an account already"):
        open_for(dora)
    with pytest.raises(CannotOpenAccount, match="staff"):
        open_for(make("olga", Role.COMPLIANCE_OFFICER))
    with pytest.raises(UserNotFound):
        open_for(User(id=new_id()))
    erin = make("erin")
    User.objects.filter(id=erin.id).update(is_active=False)
    with pytest.raises(CannotOpenAccount, match="deactivated"):
        open_for(erin)


def command(*arguments: str) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_the_command_opens_one() -> None:
    dora = make("dora")
    assert "is open for dora" in command("open_account", "dora", "--type=margin", "--cash=$5,000")
    assert Account.objects.get(owner=dora).cash == 5000
    for wrong, said in (
        (("nobody",), "no user nobody"),
        (("dora",), "already"),
        (("dora", "--cash=much"), "--cash takes dollars"),
    ):
        with pytest.raises(CommandError, match=said):
            command("open_account", *wrong)


def test_a_command_makes_the_first_administrator(monkeypatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse battery\n"))
    assert "root can sign in" in command("create_user", "root", "--role=administrator")
    assert User.objects.get(username="root").is_staff
    assert Client().login(username="root", password="correct horse battery")
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    with pytest.raises(CommandError, match="too short"):
        command("create_user", "other")
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse battery\n"))
    with pytest.raises(CommandError, match="taken"):
        command("create_user", "ROOT")
    assert verify_records().bad == ()
