"""Rows of before a fact was brought in are told apart, and proved from then on."""

from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from compliance.interface import verify_records
from tests.compliance.scene import attack
from tests.oms.conftest import alice, instruments  # noqa: F401 - fixtures
from trading.identity.models import User
from trading.infra.database import sql

pytestmark = pytest.mark.django_db

EARLIER_USER = "earlier"


@pytest.fixture
def earlier(alice) -> None:  # noqa: F811 - fixtures
    """A database of before: a user that no event made, an account whose day start none tells."""
    User.objects.create(username=EARLIER_USER, role="ADMINISTRATOR")
    sql(
        "UPDATE oms_account SET day_start_equity = 5, day_start_date = '2026-01-02' WHERE id = %s",
        [alice],
    )


def migrate() -> None:
    editor = SimpleNamespace(connection=connection)
    import_module("trading.identity.migrations.0002_adopt_users").adopt_users(apps, editor)
    import_module("oms.migrations.0005_adopt_day_starts").adopt_day_starts(apps, editor)


def test_what_was_there_before_is_adopted_and_said_so(
    earlier, expectation: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify_records().problems == 2
    migrate()
    report = verify_records()
    assert (report.problems, report.adopted) == (0, 3)  # both users and the account
    call_command("verify_records")
    assert "3 rows are older than the facts that tell them" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ("UPDATE identity_user SET role = 'TRADER' WHERE username = 'earlier'", "role"),
        ("UPDATE oms_account SET day_start_equity = 6", "day_start_equity"),
    ],
)
def test_what_was_adopted_is_proved_from_then_on(earlier, change, column) -> None:
    migrate()
    attack(change)
    (bad,) = verify_records().bad
    assert f"{column} is " in bad.detail
