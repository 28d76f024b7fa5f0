"""Moments as providers write them, to the nanosecond, as integers since the epoch."""

import struct
from datetime import datetime
from functools import lru_cache

import msgspec

from trading.kernel.clock import NS_PER_SECOND, to_ns

# Where a moment with all digits has its parts: 2021-02-22T15:51:44.208123456Z.
_WHOLE = 30
_SECOND_END, _FRACTION, _FRACTION_END = 19, 20, 29
_NS_DIGITS = 9
# Thirteen digits are milliseconds, sixteen microseconds, nineteen nanoseconds.
_MS_END, _US_END = 10**14, 10**17
_NS_PER_MS, _NS_PER_US = 1_000_000, 1_000
_UNSIGNED_64 = struct.Struct(">Q")
_SECONDS_BITS = 34  # of MessagePack's 64-bit timestamp; the rest is nanoseconds
_SECONDS_MASK = (1 << _SECONDS_BITS) - 1


def ns_of_text(text: str) -> int:
    """
    Read RFC 3339 such as ``2019-02-14T12:17:19.342553795-05:00``.

    The fraction may have up to nine digits or be absent; the offset may be ``Z``.

    :raises ValueError: if it is not that, or has no offset
    """
    if len(text) == _WHOLE and text[-1] == "Z":
        return _second(text[:_SECOND_END]) + int(text[_FRACTION:_FRACTION_END])
    whole, dot, rest = text.partition(".")
    if not dot:
        return to_ns(_aware(text))
    digits = rest[: next((at for at, char in enumerate(rest) if not char.isdigit()), len(rest))]
    if not 0 < len(digits) <= _NS_DIGITS or not digits.isascii():
        raise ValueError(f"not a moment: {text!r}")
    return to_ns(_aware(whole + rest[len(digits) :])) + int(digits.ljust(_NS_DIGITS, "0"))


def ns_of_number(moment: int) -> int:
    """
    Read a time since the epoch of whatever unit its length tells: ms, us or ns.

    Polygon documents milliseconds and shows microseconds in an example of the same message.
    """
    if abs(moment) < _MS_END:
        return moment * _NS_PER_MS
    return moment * _NS_PER_US if abs(moment) < _US_END else moment


def ns_of_extension(moment: msgspec.msgpack.Ext) -> int:
    """
    Read MessagePack's timestamp: 4, 8 or 12 bytes.

    :raises ValueError: if it is none
    """
    data = moment.data
    try:
        value: int = _UNSIGNED_64.unpack(data)[0]
    except struct.error:
        return _ns_of_other_size(bytes(data))
    return (value & _SECONDS_MASK) * NS_PER_SECOND + (value >> _SECONDS_BITS)


def _ns_of_other_size(data: bytes) -> int:
    match len(data):
        case 4:
            return int.from_bytes(data) * NS_PER_SECOND
        case 12:
            return int.from_bytes(data[4:], signed=True) * NS_PER_SECOND + int.from_bytes(data[:4])
    raise ValueError(f"a timestamp of {len(data)} bytes")


@lru_cache(maxsize=4096)
def _second(text: str) -> int:
    # Many messages share a second, and reading one costs more than all else in a message.
    return to_ns(datetime.fromisoformat(text + "+00:00"))


def _aware(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"a moment without an offset: {text!r}")
    return at
