"""API keys: making, checking, revoking."""

import hashlib
import hmac
import secrets
import string
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from uuid import UUID

from trading.eventlog.record import NewEvent, record
from trading.identity.contracts import ApiKeyInfo, Principal
from trading.identity.events import ApiKeyCreated, ApiKeyRevoked, user_stream
from trading.identity.models import ApiKey
from trading.identity.roles import Role
from trading.infra.transactions import after_commit, transaction
from trading.kernel.clock import to_ns
from trading.kernel.errors import TradingError

_ALPHABET = string.ascii_uppercase + string.digits
_KEY_ID_LENGTH = 18
# Another process may use a key for so long after it was revoked here; this process forgets at once.
_CACHE_SECONDS = 1.0


class ApiKeyNotFound(TradingError):
    """There is no such key among the user's own. Stop."""

    code = "API_KEY_NOT_FOUND"


@dataclass(frozen=True, slots=True)
class _Cached:
    principal: Principal
    secret_hash: bytes
    until: float


_cache: dict[str, _Cached] = {}
_cache_lock = Lock()


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def create_api_key(*, user_id: UUID, label: str, now: datetime) -> tuple[str, str]:
    """Make a key for a user; return its id and its secret, which nobody can read again."""
    key_id = "PK" + "".join(secrets.choice(_ALPHABET) for _ in range(_KEY_ID_LENGTH))
    secret = secrets.token_urlsafe(30)
    secret_hash = _hash(secret)
    fact = ApiKeyCreated(
        user_id=user_id,
        key_id=key_id,
        label=label.strip()[:64],
        secret_digest=hashlib.sha256(secret_hash).hexdigest(),
    )
    with transaction():
        ApiKey.objects.create(
            key_id=key_id,
            user_id=user_id,
            secret_hash=secret_hash,
            label=fact.label,
            created_at=now,
        )
        record(
            [
                NewEvent(
                    stream=user_stream(user_id),
                    fact=fact,
                    ts_event=to_ns(now),
                    actor=f"user:{user_id}",
                )
            ]
        )
    return key_id, secret


def revoke_api_key(*, user_id: UUID, key_id: str, now: datetime) -> None:
    """
    End a key for good; revoking it twice is no error.

    :raises ApiKeyNotFound: if the user has no such key
    """
    with transaction():
        key = ApiKey.objects.select_for_update().filter(key_id=key_id, user_id=user_id).first()
        if key is None:
            raise ApiKeyNotFound(f"you have no API key {key_id}", key_id=key_id)
        if key.revoked_at is not None:
            return
        key.revoked_at = now
        key.save(update_fields=["revoked_at"])
        record(
            [
                NewEvent(
                    stream=user_stream(user_id),
                    fact=ApiKeyRevoked(user_id=user_id, key_id=key_id),
                    ts_event=to_ns(now),
                    actor=f"user:{user_id}",
                )
            ]
        )
        after_commit(lambda: _cache.pop(key_id, None))


def list_api_keys(*, user_id: UUID) -> list[ApiKeyInfo]:
    """Return a user's keys, newest first, revoked ones too."""
    return [
        ApiKeyInfo(
            key_id=key.key_id,
            label=key.label,
            created_at=key.created_at,
            revoked_at=key.revoked_at,
        )
        for key in ApiKey.objects.filter(user_id=user_id).order_by("-created_at")
    ]


def find_live_keys(*, key_ids: Iterable[str]) -> set[str]:
    """Return which of the keys still let somebody in."""
    live = ApiKey.objects.filter(
        key_id__in=list(key_ids), revoked_at__isnull=True, user__is_active=True
    )
    return set(live.values_list("key_id", flat=True))


def find_cached_principal(*, key_id: str, secret: str) -> Principal | None:
    """Return who holds the key if this process checked it a moment ago, without the database."""
    cached = _cache.get(key_id)
    if cached is None or cached.until < time.monotonic():
        return None
    return cached.principal if hmac.compare_digest(cached.secret_hash, _hash(secret)) else None


def authenticate_api_key(*, key_id: str, secret: str) -> Principal | None:
    """Return who holds the key, or None if it is unknown, revoked, wrong or its user inactive."""
    if not (key_id.isascii() and key_id.isalnum()):  # anything may be sent, a NUL character too
        return None
    found = find_cached_principal(key_id=key_id, secret=secret)
    if found is not None:
        return found
    key = (
        ApiKey.objects.select_related("user")
        .filter(key_id=key_id, revoked_at__isnull=True, user__is_active=True)
        .first()
    )
    if key is None or not hmac.compare_digest(bytes(key.secret_hash), _hash(secret)):
        return None
    principal = Principal(
        user_id=key.user.id,
        username=key.user.username,
        role=Role(key.user.role),
        key_id=key_id,
    )
    with _cache_lock:
        _cache[key_id] = _Cached(
            principal=principal,
            secret_hash=bytes(key.secret_hash),
            until=time.monotonic() + _CACHE_SECONDS,
        )
    return principal
