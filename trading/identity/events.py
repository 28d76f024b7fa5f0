"""Facts about users and their keys."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from trading.kernel.events import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class UserCreated(Fact):
    type: ClassVar[str] = "UserCreated"

    user_id: UUID
    username: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyCreated(Fact):
    type: ClassVar[str] = "ApiKeyCreated"

    user_id: UUID
    key_id: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyRevoked(Fact):
    type: ClassVar[str] = "ApiKeyRevoked"

    user_id: UUID
    key_id: str
