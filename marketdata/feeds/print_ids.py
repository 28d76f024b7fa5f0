"""A provider's id of a print as the contracts have it: a whole number of 63 bits."""

from hashlib import blake2b

ID_MAX = 2**63 - 1
_ID_DIGITS_MAX = 18  # always less than ID_MAX


def number_of(told: int) -> int:
    """
    Return the id as it was told if it has 63 bits, else a hash of it that has.

    The print counts all the same, and is known by its id when it is told again or taken back. No
    provider tells such an id today; one would not fit into the archive.
    """
    if 0 <= told <= ID_MAX:
        return told
    return _hash(told.to_bytes(told.bit_length() // 8 + 1, signed=True))


def number_of_text(told: str) -> int:
    """Return the number that the id says, or a hash of it; 0 if no id was told."""
    if told.isdecimal() and len(told) <= _ID_DIGITS_MAX:
        return int(told)
    return _hash(told.encode()) if told else 0


def _hash(told: bytes) -> int:
    return int.from_bytes(blake2b(told, digest_size=8).digest()) >> 1
