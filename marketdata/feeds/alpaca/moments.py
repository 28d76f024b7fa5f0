"""Moments as Alpaca writes them, to the nanosecond."""

from datetime import datetime
from functools import lru_cache

import msgspec

from trading.kernel.clock import NS_PER_SECOND, to_ns

_TO_SECOND = 19  # characters of 2021-02-22T15:51:44
_DIGITS = 9  # of a second's fraction
_SECONDS_BITS = 34  # of MessagePack's 64-bit timestamp; the rest is nanoseconds
_SECONDS_MASK = (1 << _SECONDS_BITS) - 1


def ns_of_text(moment: str) -> int:
    """
    Read RFC 3339 such as ``2021-02-22T15:51:44.208123456Z``.

    :raises ValueError: if it is none
    """
    if not moment.endswith("Z"):
        return to_ns(datetime.fromisoformat(moment))
    fraction = moment[_TO_SECOND + 1 : -1]
    if not fraction:
        return _second(moment[:_TO_SECOND])
    return _second(moment[:_TO_SECOND]) + int(fraction[:_DIGITS].ljust(_DIGITS, "0"))


def ns_of_extension(moment: msgspec.msgpack.Ext) -> int:
    """
    Read MessagePack's timestamp: 4, 8 or 12 bytes.

    :raises ValueError: if it is none
    """
    data = bytes(moment.data)
    match len(data):
        case 8:
            value = int.from_bytes(data)
            return (value & _SECONDS_MASK) * NS_PER_SECOND + (value >> _SECONDS_BITS)
        case 4:
            return int.from_bytes(data) * NS_PER_SECOND
        case 12:
            return int.from_bytes(data[4:], signed=True) * NS_PER_SECOND + int.from_bytes(data[:4])
    raise ValueError(f"a timestamp of {len(data)} bytes")


@lru_cache(maxsize=4096)
def _second(text: str) -> int:
    # Many messages share a second, and reading one costs more than all else in a message.
    return to_ns(datetime.fromisoformat(text + "+00:00"))
