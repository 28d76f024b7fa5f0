"""
Opens more paper accounts for a measurement: ``python -m bench.accounts COUNT``.

Runs on the data folder that VAR names, through the same doors as the demo; prints their API keys.
"""

import json
import os
import sys
from decimal import Decimal

import django

from trading.infra.embedded import provide_database

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trading.settings")
provide_database()
django.setup()

from oms import interface as oms  # noqa: E402 - after Django is set up
from oms.contracts import AccountType  # noqa: E402
from trading.identity.interface import Role, create_api_key, create_user  # noqa: E402
from trading.kernel.clock import utc_now  # noqa: E402

OPENING_CASH = Decimal("100000.00")
ACTOR = "system:bench"


def open_accounts(*, count: int) -> list[tuple[str, str]]:
    """Open ``count`` cash accounts, each with its own user; return their API keys and secrets."""
    keys: list[tuple[str, str]] = []
    for number in range(1, count + 1):
        now = utc_now()
        user_id = create_user(
            username=f"bench-{number}",
            password=os.urandom(12).hex(),
            role=Role.TRADER,
            first_name="Bench",
            actor=ACTOR,
            now=now,
        )
        oms.open_account(
            owner_id=user_id,
            account_type=AccountType.CASH,
            opening_cash=OPENING_CASH,
            actor=ACTOR,
            now=now,
        )
        keys.append(create_api_key(user_id=user_id, label="Measurement", now=now))
    return keys


if __name__ == "__main__":
    json.dump(open_accounts(count=int(sys.argv[1])), sys.stdout)
