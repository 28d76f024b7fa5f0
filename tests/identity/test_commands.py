"""What commands do to people is recorded as it is elsewhere, or refused."""

import io

import pytest
from django.core.management import CommandError, call_command

from compliance.interface import verify_records
from trading.eventlog.models import Event
from trading.identity.interface import Role, create_user
from trading.identity.models import User
from trading.kernel.clock import utc_now

pytestmark = pytest.mark.django_db

OLD, NEW = "correct horse battery", "staple battery correct"


@pytest.fixture
def dora() -> User:
    user_id = create_user(
        username="dora", password=OLD, role=Role.TRADER, first_name="", actor="system:test",
        now=utc_now(),
    )  # fmt: skip
    return User.objects.get(id=user_id)


def command(monkeypatch: pytest.MonkeyPatch, *arguments: str, typed: str = "") -> str:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{typed}\n"))
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def recorded(user: User) -> list[tuple[str, str]]:
    events = Event.objects.filter(stream=f"user:{user.id}").order_by("seq")
    return list(events.values_list("type", "actor"))


def test_a_password_that_a_command_sets_is_recorded(monkeypatch, dora: User) -> None:
    assert "dora signs in" in command(monkeypatch, "changepassword", "dora", typed=NEW)
    dora.refresh_from_db()
    assert dora.check_password(NEW)
    assert recorded(dora)[1:] == [("PasswordChanged", "system:command-line")]
    assert verify_records().bad == ()


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("dora", "short", "too short"),
        ("nobody", NEW, "no user nobody"),
        ("dora", OLD, "this is the current password"),
    ],
)
def test_a_command_that_is_refused_changes_nothing(
    monkeypatch, dora: User, name: str, typed: str, said: str
) -> None:
    with pytest.raises(CommandError, match=said):
        command(monkeypatch, "changepassword", name, typed=typed)
    dora.refresh_from_db()
    assert dora.check_password(OLD)
    assert len(recorded(dora)) == 1


@pytest.mark.parametrize("more", [(), ("--noinput", "--username=root", "--email=a@b.example")])
def test_nobody_is_made_past_the_roles_and_the_record(monkeypatch, db, more) -> None:
    with pytest.raises(CommandError, match="create_user NAME --role administrator"):
        command(monkeypatch, "createsuperuser", *more)
    assert not User.objects.exists()
