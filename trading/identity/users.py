"""Creating and finding users."""

from datetime import datetime
from uuid import UUID

from trading.eventlog.record import NewEvent, record
from trading.identity.events import UserCreated
from trading.identity.models import User
from trading.identity.roles import Role
from trading.infra.transactions import transaction
from trading.kernel.clock import to_ns


def create_user(
    *, username: str, password: str, role: Role, first_name: str, actor: str, now: datetime
) -> UUID:
    """Create a user and record it; return the id."""
    user = User(username=username, role=role, first_name=first_name, date_joined=now)
    user.set_password(password)
    with transaction():
        user.save(force_insert=True)
        record(
            [
                NewEvent(
                    stream=f"user:{user.id}",
                    fact=UserCreated(user_id=user.id, username=username, role=role),
                    ts_event=to_ns(now),
                    actor=actor,
                )
            ]
        )
    return user.id


def find_user_id(*, username: str) -> UUID | None:
    """Return the id of the user with this name, or None."""
    user = User.objects.filter(username=username).only("id").first()
    return None if user is None else user.id
