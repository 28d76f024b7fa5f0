"""Where ids are minted. Time-ordered, so that indexes grow at their right edge."""

import os
import time
from uuid import UUID


def new_id() -> UUID:
    """Return a version 7 UUID (RFC 9562, section 5.7): 48 bits of milliseconds, then random."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds << 80) | int.from_bytes(os.urandom(10), "big")
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return UUID(int=value)
