"""What others need to know about whoever is asking."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from trading.identity.roles import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Somebody whose identity has been established, and by which means."""

    user_id: UUID
    username: str
    role: Role
    key_id: str | None = None  # the API key used, None for a browser session

    @property
    def actor(self) -> str:
        """The name under which this principal's acts are recorded."""
        return f"user:{self.user_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyInfo:
    """An API key as its owner sees it; the secret is not among what we keep."""

    key_id: str
    label: str
    created_at: datetime
    revoked_at: datetime | None
