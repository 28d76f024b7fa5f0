"""Facts about users and their keys."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from trading.kernel.events import Fact

USER_STREAMS = "user:"


def user_stream(user_id: UUID) -> str:
    """Return the name of the stream of what happened to a user and their keys."""
    return f"{USER_STREAMS}{user_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserState(Fact):
    """
    What a user is from here on, the password apart.

    Version 1 of UserCreated told ``username`` and ``role`` only.
    """

    user_id: UUID
    username: str
    role: str
    first_name: str
    last_name: str
    email: str
    is_active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UserCreated(UserState):
    type: ClassVar[str] = "UserCreated"
    version: ClassVar[int] = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class UserChanged(UserState):
    type: ClassVar[str] = "UserChanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordChanged(Fact):
    """Somebody set a user's password. No record holds any trace of the password itself."""

    type: ClassVar[str] = "PasswordChanged"

    user_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyCreated(Fact):
    """
    A key was made.

    ``secret_digest`` is the SHA-256, in hex, of the hash that is kept of its secret; version 1 did
    not tell it.
    """

    type: ClassVar[str] = "ApiKeyCreated"
    version: ClassVar[int] = 2

    user_id: UUID
    key_id: str
    label: str
    secret_digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyRevoked(Fact):
    type: ClassVar[str] = "ApiKeyRevoked"

    user_id: UUID
    key_id: str
