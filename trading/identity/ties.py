"""What the facts of identity tell of users and their keys, for `verify_records`."""

from typing import Final

from trading.eventlog.ties import Tie, TiedEvent, TiedTable, Told
from trading.identity.events import (
    USER_STREAMS,
    ApiKeyCreated,
    ApiKeyRevoked,
    UserChanged,
    UserCreated,
)
from trading.identity.roles import STAFF_ROLES
from trading.kernel.clock import from_ns

_USER: Final = "identity_user"
_KEY: Final = "identity_apikey"

_USERS = """
SELECT 'user:' || id AS stream, id::text AS key, username, first_name, last_name, email, role,
       is_active, is_staff, is_superuser
FROM identity_user
"""

# What is compared is a digest of the stored hash: the record lets nobody in.
_KEYS = """
SELECT 'user:' || user_id AS stream, key_id AS key, user_id, label, created_at, revoked_at,
       encode(sha256(secret_hash), 'hex') AS secret_digest
FROM identity_apikey
"""


def _user(told: Told, event: TiedEvent) -> None:
    """Version 1 of UserCreated tells the name and the role only."""
    fact = dict(event.fact)
    told.put(
        _USER,
        fact.pop("user_id"),
        **fact,
        is_staff=fact["role"] in STAFF_ROLES,
        is_superuser=False,
    )


def _key_created(told: Told, event: TiedEvent) -> None:
    """Version 1 does not tell the digest."""
    fact = dict(event.fact)
    told.put(_KEY, fact.pop("key_id"), **fact, created_at=from_ns(event.ts_event), revoked_at=None)


def _key_revoked(told: Told, event: TiedEvent) -> None:
    told.put(_KEY, event.fact["key_id"], revoked_at=from_ns(event.ts_event))


TIES = (
    Tie(
        prefix=USER_STREAMS,
        tables=(TiedTable(name=_USER, query=_USERS), TiedTable(name=_KEY, query=_KEYS)),
        facts={
            UserCreated.type: _user,
            UserChanged.type: _user,
            ApiKeyCreated.type: _key_created,
            ApiKeyRevoked.type: _key_revoked,
        },
    ),
)
