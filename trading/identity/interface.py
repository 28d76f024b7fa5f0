"""DOOR. What others may ask of identity."""

from django.core.management import call_command

from trading.identity.contracts import ApiKeyInfo, Principal
from trading.identity.keys import (
    ApiKeyNotFound,
    authenticate_api_key,
    create_api_key,
    find_cached_principal,
    find_live_keys,
    list_api_keys,
    revoke_api_key,
)
from trading.identity.roles import STAFF_ROLES, Role
from trading.identity.ties import TIES as RECORD_TIES
from trading.identity.users import create_user, find_user_id

__all__ = [
    "RECORD_TIES",
    "STAFF_ROLES",
    "ApiKeyInfo",
    "ApiKeyNotFound",
    "Principal",
    "Role",
    "authenticate_api_key",
    "clear_expired_sessions",
    "create_api_key",
    "create_user",
    "find_cached_principal",
    "find_live_keys",
    "find_user_id",
    "list_api_keys",
    "revoke_api_key",
]


def clear_expired_sessions() -> None:
    """Remove browser sessions whose time is over. Safe to run twice."""
    call_command("clearsessions")
