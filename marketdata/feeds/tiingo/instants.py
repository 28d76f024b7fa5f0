"""Moments written as text, to the nanosecond, as integers."""

from datetime import datetime

from trading.kernel import clock

_NS_DIGITS = 9


def ns_of(text: str) -> int:
    """
    Return nanoseconds since the epoch of ``2019-02-14T12:17:19.342553795-05:00``.

    The fraction may have up to nine digits or be absent; the offset may be ``Z``.

    :raises ValueError: if it is not that, or has no offset
    """
    whole, dot, rest = text.partition(".")
    if not dot:
        return clock.to_ns(_aware(text))
    digits = rest[: next((at for at, char in enumerate(rest) if not char.isdigit()), len(rest))]
    if not 0 < len(digits) <= _NS_DIGITS or not digits.isascii():
        raise ValueError(f"not a moment: {text!r}")
    at = _aware(whole + rest[len(digits) :])
    return clock.to_ns(at) + int(digits.ljust(_NS_DIGITS, "0"))


def _aware(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"a moment without an offset: {text!r}")
    return at
