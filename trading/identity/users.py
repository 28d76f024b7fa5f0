"""Creating and finding users."""

from datetime import datetime
from uuid import UUID

from trading.eventlog.record import NewEvent, record
from trading.identity.events import PasswordChanged, UserChanged, UserCreated, user_stream
from trading.identity.models import User
from trading.identity.roles import Role
from trading.infra.transactions import transaction
from trading.kernel.clock import to_ns
from trading.kernel.events import Fact


def create_user(
    *, username: str, password: str, role: Role, first_name: str, actor: str, now: datetime
) -> UUID:
    """Create a user and record it; return the id."""
    user = User(username=username, role=role, first_name=first_name, date_joined=now)
    user.set_password(password)
    with transaction():
        user.save(force_insert=True)
        record_user(user=user, fact=UserCreated, actor=actor, now=now)
    return user.id


def record_user(
    *, user: User, fact: type[UserCreated | UserChanged], actor: str, now: datetime
) -> None:
    """Record what a user is from now on, in the transaction that saved it."""
    told = fact(
        user_id=user.id,
        username=user.username,
        role=user.role,
        first_name=user.first_name,
        last_name=user.last_name,
        email=user.email,
        is_active=user.is_active,
    )
    _record(user, told, actor=actor, now=now)


def record_password(*, user: User, actor: str, now: datetime) -> None:
    """Record that a user's password was set, in the transaction that saved it."""
    _record(user, PasswordChanged(user_id=user.id), actor=actor, now=now)


def _record(user: User, fact: Fact, *, actor: str, now: datetime) -> None:
    stream = user_stream(user.id)
    record([NewEvent(stream=stream, fact=fact, ts_event=to_ns(now), actor=actor)])


def find_user_id(*, username: str) -> UUID | None:
    """Return the id of the user with this name, or None."""
    user = User.objects.filter(username=username).only("id").first()
    return None if user is None else user.id
