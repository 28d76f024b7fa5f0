"""
Counts what must not be tried without end, before it is tried, and says how long to wait.

Each count is a row that is locked while it is changed, so that many attempts at once gain nothing,
and it is there after a restart.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Q, QuerySet
from django.utils.crypto import salted_hmac

from trading.identity.models import AttemptCounter
from trading.identity.pauses import (
    FORGOTTEN_AFTER,
    KNOWN_FOR,
    LOCK,
    Counted,
    Purpose,
    in_words,
    pause_after,
)
from trading.infra.transactions import transaction
from trading.kernel.errors import TradingError

_WORDS: Final = {
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
    counts: tuple[Count, ...]


def count_sign_in(*, username: str, address: str, now: datetime) -> Attempt:
    """
    Count an attempt to sign in as if it were wrong.

    Who signed in from this address before is counted for both together only: what others do, at
    the address or with the name elsewhere, does not lock them out.

    :raises AttemptPaused: if it may not be tried yet; that does not lengthen the pause
    """
    subject = _digest(username)
    with transaction():
        # Always in this order, so that two attempts cannot wait for each other in a circle.
        pair = _locked(Purpose.SIGN_IN, subject, address, now=now)
        rows = {Counted.NAME_AT_ADDRESS: pair}
        if pair.succeeded_at is None or pair.succeeded_at < now - KNOWN_FOR:
            rows[Counted.ADDRESS] = _locked(Purpose.SIGN_IN, "", address, now=now)
            rows[Counted.NAME] = _locked(Purpose.SIGN_IN, subject, "", now=now)
        counts = _count(rows, now=now)
    return Attempt(username=username, address=address, counts=counts)


def count_registration(*, address: str, now: datetime) -> None:
    """
    Count a visitor's attempt to register, whatever becomes of it.

    :raises AttemptPaused: if too many came from this address
    """
    with transaction():
        _count(
            {Counted.REGISTRATIONS: _locked(Purpose.REGISTRATION, "", address, now=now)}, now=now
        )


def take_back(attempt: Attempt, *, now: datetime) -> None:
    """Take back what an attempt counted, as it was right; those of others stay."""
    with transaction():
        for count in attempt.counts:
            row = AttemptCounter.objects.select_for_update().get(pk=count.row_id)
            if count.counted is Counted.NAME_AT_ADDRESS:
                row.attempts, row.paused_until, row.succeeded_at = 0, None, now
            else:
                row.attempts = max(row.attempts - 1, 0)
                if row.paused_until == count.paused_until:
                    row.paused_until = None
            row.save()


def clear_counters(*, username: str) -> None:
    """Forget the wrong passwords of a name in the open transaction; addresses stay counted."""
    _counters_of(username).update(attempts=0, paused_until=None)


def list_pauses(*, username: str, now: datetime) -> list[tuple[str, datetime]]:
    """Return from which addresses a name is refused, and until when; empty means any new one."""
    paused = _counters_of(username).filter(paused_until__gt=now).order_by("address")
    return [(row.address, row.paused_until) for row in paused if row.paused_until is not None]


def forget_old_attempts(*, now: datetime) -> None:
    """Remove counters that say nothing any more. Safe to run twice."""
    is_known = Q(succeeded_at__isnull=False, succeeded_at__gte=now - KNOWN_FOR)
    old = AttemptCounter.objects.filter(counted_at__lt=now - FORGOTTEN_AFTER)
    old.exclude(is_known).delete()


def _counters_of(username: str) -> QuerySet[AttemptCounter]:
    return AttemptCounter.objects.filter(purpose=Purpose.SIGN_IN, subject=_digest(username))


def _digest(username: str) -> str:
    """Return what stands for a name in the database: nobody reads a mistyped password from it."""
    return salted_hmac("openbell sign-in", username, algorithm="sha256").hexdigest()


def _locked(purpose: Purpose, subject: str, address: str, *, now: datetime) -> AttemptCounter:
    """Return a counter, made if there is none, locked until the end of the transaction."""
    AttemptCounter.objects.bulk_create(
        [AttemptCounter(purpose=purpose, subject=subject, address=address, counted_at=now)],
        ignore_conflicts=True,
    )
    return AttemptCounter.objects.select_for_update().get(
        purpose=purpose, subject=subject, address=address
    )


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
