"""Signing in: looks at a password only if it may be tried now, and records what is locked."""

from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from trading.eventlog.record import NewEvent, record
from trading.identity.addresses import client_address
from trading.identity.attempts import (
    BROWSER,
    Attempt,
    Count,
    clear_counters,
    count_sign_in,
    take_back,
)
from trading.identity.events import (
    AddressLocked,
    SignInLocked,
    SignInUnlocked,
    address_stream,
    user_stream,
)
from trading.identity.known_browsers import known_browser
from trading.identity.models import User
from trading.identity.pauses import Counted
from trading.infra.observability import current_request_id
from trading.infra.transactions import transaction
from trading.kernel.clock import to_ns, utc_now

_ACTOR: Final = "system:sign-in"


@sensitive_variables()
def try_password(
    request: HttpRequest, *, username: str, check: Callable[[], User | None]
) -> User | None:
    """
    Ask ``check`` whose password it is, and count the attempt until it turns out right.

    :raises AttemptPaused: if it may not be tried yet
    """
    attempt = count_sign_in(
        username=username,
        address=client_address(request),
        browser=known_browser(request, username=username),
        now=utc_now(),
    )
    user = check()
    if user is None:
        record_locks(attempt, now=utc_now())
    else:
        take_back(attempt)
    return user


@sensitive_variables()
def is_own_password(request: HttpRequest, *, user_id: UUID, password: str) -> bool:
    """
    Tell whether it is the user's password; wrong ones count as they do at the sign-in.

    :raises AttemptPaused: if it may not be tried yet
    """
    user = User.objects.get(id=user_id)

    def check() -> User | None:
        return user if user.check_password(password) else None

    return try_password(request, username=user.username, check=check) is not None


def record_locks(attempt: Attempt, *, now: datetime) -> None:
    """Record what a wrong password locked, if anything. Of names that nobody has nothing is."""
    locks = [count for count in attempt.counts if count.is_lock]
    if not locks:
        return
    user = User.objects.filter(username=attempt.username).only("id").first()
    user_id = None if user is None else user.id
    events = [_lock_event(count, attempt, user_id=user_id, now=now) for count in locks]
    with transaction():
        record([event for event in events if event is not None])


def unlock_sign_in(*, user_id: UUID, actor: str, now: datetime) -> None:
    """Forget the wrong passwords for a user's name. Addresses that are paused stay so."""
    user = User.objects.only("id", "username").get(id=user_id)
    with transaction():
        clear_counters(username=user.username)
        record(
            [
                NewEvent(
                    stream=user_stream(user.id),
                    fact=SignInUnlocked(user_id=user.id),
                    ts_event=to_ns(now),
                    actor=actor,
                    request_id=current_request_id(),
                )
            ]
        )


def _lock_event(
    count: Count, attempt: Attempt, *, user_id: UUID | None, now: datetime
) -> NewEvent | None:
    assert count.paused_until is not None
    if count.counted is Counted.ADDRESS:
        stream = address_stream(attempt.address)
        fact: AddressLocked | SignInLocked = AddressLocked(
            address=attempt.address, attempts=count.attempts, until=count.paused_until
        )
    elif user_id is None:
        return None
    else:
        stream = user_stream(user_id)
        fact = SignInLocked(
            user_id=user_id,
            address=_where(count, attempt),
            attempts=count.attempts,
            until=count.paused_until,
        )
    return NewEvent(
        stream=stream,
        fact=fact,
        ts_event=to_ns(now),
        actor=_ACTOR,
        request_id=current_request_id(),
    )


def _where(count: Count, attempt: Attempt) -> str:
    if count.counted is Counted.BROWSER:
        return f"{BROWSER}{attempt.browser}"
    return attempt.address if count.counted is Counted.NAME_AT_ADDRESS else ""
