"""
Counts what must not be tried without end, before it is tried, and says how long to wait.

Each count is a row that is held while it is changed, so that many attempts at once gain nothing,
and it is there after a restart. Whoever holds several takes those of a name and an address first,
then that of the address, then that of the name: nobody waits for each other in a circle.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import QuerySet
from django.utils.crypto import salted_hmac

from trading.identity.models import AttemptCounter
from trading.identity.pauses import (
    FORGOTTEN_AFTER,
    LOCK,
    Counted,
    Purpose,
    in_words,
    pause_after,
)
from trading.infra.transactions import transaction
from trading.kernel.errors import TradingError

# What stands for an address in the counter of a known browser.
BROWSER: Final = "browser:"
_WORDS: Final = {
    Counted.BROWSER: "Too many wrong passwords for this name from this browser.",
    Counted.NAME_AT_ADDRESS: "Too many wrong passwords for this name.",
    Counted.NAME: "Too many wrong passwords for this name.",
    Counted.ADDRESS: "Too many wrong passwords from your network address.",
    Counted.REGISTRATIONS: "Too many accounts were asked for from your network address.",
}


class AttemptPaused(TradingError):
    """It was tried too often. Wait for ``seconds``; until then nothing is looked at."""

    code = "ATTEMPT_PAUSED"

    def __init__(self, *, counted: Counted, until: datetime, now: datetime) -> None:
        super().__init__(f"{_WORDS[counted]} Try again in {in_words(until - now)}.")
        self.seconds = max(1, round((until - now).total_seconds() + 0.5))


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """What one attempt did to a counter; ``paused_until`` is None while it cost no pause."""

    row_id: int
    counted: Counted
    attempts: int
    paused_until: datetime | None
    is_lock: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """An attempt that was let through, and what it counts for until it turns out right."""

    username: str
    address: str
    browser: str | None
    counts: tuple[Count, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Where a name is refused until when: an address, any (empty), or ``browser:<number>``."""

    address: str
    until: datetime
    is_lock: bool


def count_sign_in(*, username: str, address: str, browser: str | None, now: datetime) -> Attempt:
    """
    Count an attempt to sign in as if it were wrong.

    ``browser`` is the number of one that is known to be the user's. Attempts from it are counted by
    themselves: what others do, at the same address or with the name elsewhere, pauses none of them,
    and they pause nobody else.

    :raises AttemptPaused: if it may not be tried yet; that does not lengthen the pause
    """
    subject = _digest(username)
    with transaction():
        if browser is not None:
            rows = {Counted.BROWSER: _held(Purpose.SIGN_IN, subject, BROWSER + browser, now=now)}
        else:
            rows = {
                Counted.NAME_AT_ADDRESS: _held(Purpose.SIGN_IN, subject, address, now=now),
                Counted.ADDRESS: _held(Purpose.SIGN_IN, "", address, now=now),
                Counted.NAME: _held(Purpose.SIGN_IN, subject, "", now=now),
            }
        counts = _count(rows, now=now)
    return Attempt(username=username, address=address, browser=browser, counts=counts)


def count_registration(*, address: str, now: datetime) -> None:
    """
    Count a visitor's attempt to register, whatever becomes of it.

    :raises AttemptPaused: if too many came from this address
    """
    with transaction():
        _count({Counted.REGISTRATIONS: _held(Purpose.REGISTRATION, "", address, now=now)}, now=now)


def take_back(attempt: Attempt) -> None:
    """Take back what an attempt counted, as it was right; those of others stay."""
    with transaction():
        for count in attempt.counts:
            row = AttemptCounter.objects.select_for_update().get(pk=count.row_id)
            if count.counted in {Counted.BROWSER, Counted.NAME_AT_ADDRESS}:
                row.attempts, row.paused_until = 0, None
            else:
                row.attempts = max(row.attempts - 1, 0)
                if row.paused_until == count.paused_until:
                    row.paused_until = None
            row.save()


def clear_counters(*, username: str) -> None:
    """Forget the wrong passwords of a name in the open transaction; addresses stay counted."""
    # The empty address, the name's own counter, comes last.
    rows = _counters_of(username).select_for_update().order_by("-address")
    held = [row.pk for row in rows]
    AttemptCounter.objects.filter(pk__in=held).update(attempts=0, paused_until=None)


def list_pauses(*, username: str, now: datetime) -> list[Pause]:
    """Return where a name is refused now, by address."""
    paused = _counters_of(username).filter(paused_until__gt=now).order_by("address")
    return [
        Pause(
            address=row.address,
            until=row.paused_until,
            is_lock=row.paused_until - row.counted_at >= LOCK,
        )
        for row in paused
        if row.paused_until is not None
    ]


def forget_old_attempts(*, now: datetime) -> None:
    """Remove counters that say nothing any more, but those in use. Safe to run twice."""
    old = AttemptCounter.objects.filter(counted_at__lt=now - FORGOTTEN_AFTER)
    with transaction():
        unused = [row.pk for row in old.select_for_update(skip_locked=True)]
        AttemptCounter.objects.filter(pk__in=unused).delete()


def _counters_of(username: str) -> QuerySet[AttemptCounter]:
    return AttemptCounter.objects.filter(purpose=Purpose.SIGN_IN, subject=_digest(username))


def _digest(username: str) -> str:
    """Return what stands for a name in the database: nobody reads a mistyped password from it."""
    return salted_hmac("openbell sign-in", username, algorithm="sha256").hexdigest()


def _held(purpose: Purpose, subject: str, address: str, *, now: datetime) -> AttemptCounter:
    """Return a counter, made if there is none, that nobody changes until the transaction ends."""
    # One statement makes the row or holds the one that there is: nobody removes it in between.
    AttemptCounter.objects.bulk_create(
        [AttemptCounter(purpose=purpose, subject=subject, address=address, counted_at=now)],
        update_conflicts=True,
        unique_fields=["purpose", "subject", "address"],
        update_fields=["purpose"],
    )
    return AttemptCounter.objects.get(purpose=purpose, subject=subject, address=address)


def _count(rows: dict[Counted, AttemptCounter], *, now: datetime) -> tuple[Count, ...]:
    """:raises AttemptPaused: of what is paused longest; then nothing is counted"""
    _require_no_pause(rows, now=now)
    counts = []
    for counted, row in rows.items():
        if row.counted_at < now - FORGOTTEN_AFTER:
            row.attempts = 0
        row.attempts, row.counted_at = row.attempts + 1, now
        pause = pause_after(counted=counted, attempts=row.attempts)
        row.paused_until = now + pause if pause else None
        row.save()
        counts.append(
            Count(
                row_id=row.pk,
                counted=counted,
                attempts=row.attempts,
                paused_until=row.paused_until,
                is_lock=pause >= LOCK,
            )
        )
    return tuple(counts)


def _require_no_pause(rows: dict[Counted, AttemptCounter], *, now: datetime) -> None:
    paused = [
        (row.paused_until, counted)
        for counted, row in rows.items()
        if row.paused_until is not None and row.paused_until > now
    ]
    if paused:
        until, counted = max(paused)
        raise AttemptPaused(counted=counted, until=until, now=now)
