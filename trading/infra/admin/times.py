"""The one way in which staff pages and their exports write a time: New York, with its offset."""

from datetime import datetime

from django.utils.formats import date_format

from trading.kernel.clock import NEW_YORK, NS_PER_SECOND, from_ns


def shown(at: datetime | None) -> str:
    """Write a time for reading, to the microsecond: 2026-03-02 09:30:00.123456 EST."""
    return "" if at is None else date_format(at.astimezone(NEW_YORK), "DATETIME_FORMAT")


def listed(at: datetime | None) -> str:
    """Write a time among others, to the second: 2026-03-02 09:30:00 EST."""
    return "" if at is None else date_format(at.astimezone(NEW_YORK), "SHORT_DATETIME_FORMAT")


def shown_ns(ts: int) -> str:
    """Write nanoseconds since the epoch likewise, to the nanosecond."""
    at = from_ns(ts).astimezone(NEW_YORK)
    return f"{at:%Y-%m-%d %H:%M:%S}.{ts % NS_PER_SECOND:09d} {at:%Z}"


def exported(at: datetime) -> str:
    """Write a time for programs: 2026-03-02T09:30:00.123456-05:00."""
    return at.astimezone(NEW_YORK).isoformat(timespec="microseconds")
