"""DOOR. What others may ask of identity."""

from django.core.management import call_command

from trading.identity.addresses import client_address
from trading.identity.attempts import AttemptPaused, count_registration, forget_old_attempts
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
from trading.identity.known_browsers import remember_browser
from trading.identity.roles import STAFF_ROLES, Role
from trading.identity.sign_in import is_own_password, unlock_sign_in
from trading.identity.ties import TIES as RECORD_TIES
from trading.identity.usernames import USERNAME_LENGTH_MAX, UsernameRefused, new_username
from trading.identity.users import (
    SamePassword,
    UsernameTaken,
    UserNotFound,
    UserView,
    WrongPassword,
    actors_named,
    change_password,
    create_user,
    find_user_id,
    lock_user,
    name_users,
    password_problems,
)
from trading.kernel.clock import utc_now

__all__ = [
    "RECORD_TIES",
    "STAFF_ROLES",
    "USERNAME_LENGTH_MAX",
    "ApiKeyInfo",
    "ApiKeyNotFound",
    "AttemptPaused",
    "Principal",
    "Role",
    "SamePassword",
    "UserNotFound",
    "UserView",
    "UsernameRefused",
    "UsernameTaken",
    "WrongPassword",
    "actors_named",
    "authenticate_api_key",
    "change_password",
    "clear_expired_sessions",
    "client_address",
    "count_registration",
    "create_api_key",
    "create_user",
    "find_cached_principal",
    "find_live_keys",
    "find_user_id",
    "is_own_password",
    "list_api_keys",
    "lock_user",
    "name_users",
    "new_username",
    "password_problems",
    "remember_browser",
    "revoke_api_key",
    "unlock_sign_in",
]


def clear_expired_sessions() -> None:
    """Remove browser sessions whose time is over, and old counts. Safe to run twice."""
    call_command("clearsessions")
    forget_old_attempts(now=utc_now())
