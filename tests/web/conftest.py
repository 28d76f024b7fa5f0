"""Alice trades, Charlie has no account, the officer is staff."""

from decimal import Decimal
from uuid import UUID

import pytest
from django.test import Client

from oms.contracts import AccountType
from oms.interface import open_account
from trading.identity.interface import Role, create_user
from trading.kernel.clock import utc_now

PASSWORD = "correct horse battery"
ACTOR = "system:test"


def make_user(username: str, role: Role = Role.TRADER) -> UUID:
    return create_user(
        username=username,
        password=PASSWORD,
        role=role,
        first_name=username.capitalize(),
        actor=ACTOR,
        now=utc_now(),
    )


def sign_in(client: Client, username: str) -> Client:
    assert client.login(username=username, password=PASSWORD)
    return client


def make_trader(username: str) -> UUID:
    """Make a user with a cash account, and return the user's id."""
    user_id = make_user(username)
    open_account(
        owner_id=user_id,
        account_type=AccountType.CASH,
        opening_cash=Decimal("100000.00"),
        actor=ACTOR,
        now=utc_now(),
    )
    return user_id


@pytest.fixture
def alice(db: None) -> UUID:
    return make_trader("alice")


@pytest.fixture
def alice_client(client: Client, alice: UUID) -> Client:
    del alice
    return sign_in(client, "alice")
