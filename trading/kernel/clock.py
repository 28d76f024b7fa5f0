"""The only module that reads a clock. Everything pure takes ``now`` as an argument."""

import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")
NS_PER_SECOND = 1_000_000_000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def utc_now() -> datetime:
    """Return the aware UTC time now."""
    return datetime.now(tz=UTC)


def now_ns() -> int:
    """Return integer nanoseconds since the epoch."""
    return time.time_ns()


def monotonic_ns() -> int:
    """Return nanoseconds of a clock that is never set back: for how long ago, not for when."""
    return time.monotonic_ns()


def to_ns(at: datetime) -> int:
    """Return nanoseconds since the epoch of an aware datetime, exact to the microsecond."""
    delta = at - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * NS_PER_SECOND + delta.microseconds * 1_000


def from_ns(ts: int) -> datetime:
    """Return the aware UTC datetime of nanoseconds since the epoch, cut to microseconds."""
    return _EPOCH + timedelta(microseconds=ts // 1_000)


def new_york_date(at: datetime) -> date:
    """Return the New York calendar day of an aware datetime: what ``*_date`` columns hold."""
    return at.astimezone(NEW_YORK).date()
