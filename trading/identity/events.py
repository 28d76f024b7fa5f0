"""Facts about users and their keys."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from trading.kernel.events import Fact

USER_STREAMS = "user:"
ADDRESS_STREAMS = "address:"


def user_stream(user_id: UUID) -> str:
    """Return the name of the stream of what happened to a user and their keys."""
    return f"{USER_STREAMS}{user_id}"


def address_stream(address: str) -> str:
    """Return the name of the stream of what came from a network address."""
    return f"{ADDRESS_STREAMS}{address}"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInLocked(Fact):
    """
    Too many wrong passwords: a user cannot sign in before ``until``.

    Only from ``address``, or from the user's own browser where that is ``browser:<number>``; where
    it is empty, from anywhere but browsers that are known to be the user's. ``attempts`` counts
    those that were let through to the password since it was forgotten.
    """

    type: ClassVar[str] = "SignInLocked"

    user_id: UUID
    address: str
    attempts: int
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressLocked(Fact):
    """Too many wrong passwords from an address, for any names: nobody tries before ``until``."""

    type: ClassVar[str] = "AddressLocked"

    address: str
    attempts: int
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInUnlocked(Fact):
    """Somebody let a user sign in again before the time was over."""

    type: ClassVar[str] = "SignInUnlocked"

    user_id: UUID
