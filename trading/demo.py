"""The demo's people: made at the first start of a data folder, their keys in a private file."""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path

from oms import interface as oms
from oms.contracts import AccountType
from trading.identity.interface import Role, create_api_key, create_user
from trading.kernel.clock import utc_now

OPENING_CASH = Decimal("100000.00")
ACTOR = "system:demo"


@dataclass(frozen=True, slots=True)
class DemoUser:
    """Somebody to sign in as. Staff have no account and so no API key."""

    name: str
    username: str
    role: str
    password: str
    api_key: str | None
    secret_key: str | None


_PEOPLE = (
    ("Alice", Role.TRADER, AccountType.CASH),
    ("Bob", Role.TRADER, AccountType.MARGIN),
    ("Charlie", Role.TRADER, AccountType.CASH),
    ("Officer", Role.COMPLIANCE_OFFICER, None),
    ("Principal", Role.COMPLIANCE_PRINCIPAL, None),
    ("Admin", Role.ADMINISTRATOR, None),
)


def provide_demo(*, path: Path, base_url: str) -> list[DemoUser]:
    """
    Return the demo users, making those that the file does not name yet.

    ``path`` is written with mode 0600: the base URL, and each user's name, password and keys.
    """
    known = _read(path)
    users: list[DemoUser] = []
    for name, role, account_type in _PEOPLE:
        user = known.get(name.lower())
        users.append(_create(name, role, account_type) if user is None else user)
        # After each, so that a start cut off here can go on where it was.
        _write(path, base_url, users)
    return users


def _read(path: Path) -> dict[str, DemoUser]:
    if not path.exists():
        return {}
    users = [DemoUser(**user) for user in json.loads(path.read_text())["users"]]
    return {user.username: user for user in users}


def _write(path: Path, base_url: str, users: list[DemoUser]) -> None:
    content = {"base_url": base_url, "users": [asdict(user) for user in users]}
    draft = path.with_suffix(".draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(content, file, indent=2)
        file.write("\n")
    draft.replace(path)


def _create(name: str, role: Role, account_type: AccountType | None) -> DemoUser:
    password = secrets.token_urlsafe(9)
    now = utc_now()
    user_id = create_user(
        username=name.lower(),
        password=password,
        role=role,
        first_name=name,
        actor=ACTOR,
        now=now,
    )
    api_key = secret_key = None
    if account_type is not None:
        oms.open_account(
            owner_id=user_id,
            account_type=account_type,
            opening_cash=OPENING_CASH,
            actor=ACTOR,
            now=now,
        )
        api_key, secret_key = create_api_key(user_id=user_id, label="Demo", now=now)
    return DemoUser(
        name=name,
        username=name.lower(),
        role=role,
        password=password,
        api_key=api_key,
        secret_key=secret_key,
    )
