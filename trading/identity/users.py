"""Creating and finding users."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.views.decorators.debug import sensitive_variables

from trading.eventlog.models import Event
from trading.eventlog.record import NewEvent, record
from trading.identity.events import (
    USER_STREAMS,
    PasswordChanged,
    UserChanged,
    UserCreated,
    user_stream,
)
from trading.identity.models import User
from trading.identity.roles import Role
from trading.identity.usernames import new_username
from trading.infra.transactions import transaction
from trading.kernel.clock import to_ns
from trading.kernel.errors import TradingError
from trading.kernel.events import Fact


class UsernameTaken(TradingError):
    """Another user has this name, in capitals or not. Choose another one."""

    code = "USERNAME_TAKEN"


class SamePassword(TradingError):
    """The new password is the one that holds already. Choose another one."""

    code = "SAME_PASSWORD"


class WrongPassword(TradingError):
    """The password to be replaced is not the user's any more. Ask for the one in use."""

    code = "WRONG_PASSWORD"


class UserNotFound(TradingError):
    """There is no such user. Stop."""

    code = "USER_NOT_FOUND"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserView:
    """A user as other apps need to know them."""

    user_id: UUID
    username: str
    role: Role
    is_active: bool


def is_username_taken(*, username: str) -> bool:
    """Tell whether somebody has the name, in capitals or not: nobody is to pass for another."""
    return User.objects.filter(username__iexact=username).exists()


@sensitive_variables("password")
def password_problems(
    *, username: str, password: str, first_name: str = "", user_id: UUID | None = None
) -> list[str]:
    """Return in words what is wrong with a new password, by the firm's rules; empty if nothing."""
    user = User(username=username, first_name=first_name)
    if user_id is not None:
        user = User.objects.get(id=user_id)
    try:
        validate_password(password, user)
    except ValidationError as error:
        return list(error.messages)
    return []


@sensitive_variables("password")
def create_user(
    *, username: str, password: str, role: Role, first_name: str, actor: str, now: datetime
) -> UUID:
    """
    Create a user and record it; return the id. An empty actor is the user themselves.

    :raises UsernameRefused: if the name does not follow the rule for names
    :raises UsernameTaken: if another user has the name
    """
    username = new_username(username)
    user = User(username=username, role=role, first_name=first_name, date_joined=now)
    user.set_password(password)
    by = actor or f"user:{user.id}"
    try:
        with transaction():
            if is_username_taken(username=username):
                raise _taken(username)
            user.save(force_insert=True)
            record_user(user=user, fact=UserCreated, actor=by, now=now)
    except IntegrityError:  # somebody was quicker
        raise _taken(username) from None
    return user.id


def _taken(username: str) -> UsernameTaken:
    return UsernameTaken(f"the name {username} is taken; choose another one", username=username)


@sensitive_variables("password", "replaces")
def change_password(
    *, user_id: UUID, password: str, replaces: str | None = None, actor: str, now: datetime
) -> None:
    """
    Set a user's password and record that. Sessions that the old one opened are over; keys stay.

    ``replaces`` is the password in use, as its owner proved it; None if others set the new one. Of
    two changes at once the later one does not know it any more, and is told so.

    :raises UserNotFound: if there is no such user
    :raises WrongPassword: if ``replaces`` is not the user's password
    :raises SamePassword: if it is the user's password already
    """
    with transaction():
        user = User.objects.select_for_update().filter(id=user_id).first()
        if user is None:
            raise UserNotFound("there is no such user", user_id=str(user_id))
        if replaces is not None and not user.check_password(replaces):
            raise WrongPassword("that is not your current password", user_id=str(user_id))
        require_another_password(user, password)
        user.set_password(password)
        user.save(update_fields=["password"])
        record_password(user=user, actor=actor, now=now)


@sensitive_variables("password")
def require_another_password(user: User, password: str) -> None:
    """
    Insist that a new password is not the present one. Ask it only for whoever may set it.

    :raises SamePassword: if it is
    """
    # Without a setter: to look at a password must not save it under newer settings of the hash.
    if check_password(password, user.password):
        raise SamePassword("this is the current password; choose another one")


def lock_user(*, user_id: UUID) -> UserView:
    """
    Return a user, whom nobody changes until the open transaction ends.

    :raises UserNotFound: if there is no such user
    """
    user = User.objects.select_for_update(no_key=True).filter(id=user_id).first()
    if user is None:
        raise UserNotFound("there is no such user", user_id=str(user_id))
    return UserView(
        user_id=user.id, username=user.username, role=Role(user.role), is_active=user.is_active
    )


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


def password_set_at(*, user_id: UUID) -> datetime | None:
    """Return when the user's current password was set; None if no fact tells it."""
    facts = (UserCreated.__name__, PasswordChanged.__name__)
    found = Event.objects.filter(stream=user_stream(user_id), type__in=facts).order_by("-seq")
    return found.values_list("recorded_at", flat=True).first()


def _record(user: User, fact: Fact, *, actor: str, now: datetime) -> None:
    stream = user_stream(user.id)
    record([NewEvent(stream=stream, fact=fact, ts_event=to_ns(now), actor=actor)])


def find_user_id(*, username: str) -> UUID | None:
    """Return the id of the user with this name, or None."""
    user = User.objects.filter(username=username).only("id").first()
    return None if user is None else user.id


def name_users(ids: Collection[UUID]) -> dict[UUID, str]:
    """Return the usernames of those of these users that there are."""
    return dict(User.objects.filter(id__in=ids).values_list("id", "username"))


def actors_named(*, term: str) -> "QuerySet[User, str]":
    """
    Return, as a subquery, the actors whose username or name holds the term, whatever its case.

    However many they are, their ids stay in the database.
    """
    named = Q()
    for field in ("username", "first_name", "last_name", "email"):
        named |= Q(**{f"{field}__icontains": term})
    actor = Concat(Value(USER_STREAMS), Cast(F("id"), CharField()), output_field=CharField())
    return User.objects.filter(named).annotate(actor=actor).values_list("actor", flat=True)
