"""Where ids are minted. They grow with time, so a later thing always has a larger id."""

import os
import time
from threading import Lock
from uuid import UUID

_lock = Lock()
_last = 0


def new_id() -> UUID:
    """
    Return a version 7 UUID (RFC 9562, sections 5.7 and 6.2): time in front, 62 random bits behind.

    The time has a resolution of 2^-12 ms (method 3) and is pushed forward when the clock stands
    still or goes back, so that ids of one process always grow.
    """
    global _last  # noqa: PLW0603 - the last time given out belongs to the process
    nanoseconds = time.time_ns()
    stamp = (nanoseconds // 1_000_000 << 12) | (nanoseconds % 1_000_000 * 4096 // 1_000_000)
    with _lock:
        stamp = max(stamp, _last + 1)
        _last = stamp
    random = int.from_bytes(os.urandom(8), "big") & (2**62 - 1)
    milliseconds, fraction = stamp >> 12, stamp & 0xFFF
    return UUID(int=milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0x2 << 62 | random)
