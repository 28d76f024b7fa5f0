"""The recording's condition flags as the letters of the consolidated tape."""

from functools import lru_cache
from types import MappingProxyType

_LETTERS = MappingProxyType(
    {
        0x1: "@",  # regular
        0x2: "C",  # cash
        0x4: "N",  # next day
        0x8: "R",  # seller
        0x10: "Y",  # yellow flag
        0x20: "F",  # intermarket sweep
        0x40: "O",  # opening print
        0x80: "6",  # closing print
        0x100: "5",  # reopening print
        0x200: "4",  # derivatively priced
        0x400: "T",  # form T
        0x800: "L",  # sold last
        0x1000: "1",  # stopped stock
        # Named "extended hours, sold out of sequence", yet on every print out there: it is form T.
        0x2000: "T",
        0x4000: "Z",  # out of sequence
        0x8000: "S",  # split
        0x10000: "A",  # acquisition
        0x20000: "B",  # bunched
        0x40000: "V",  # stock option
        0x80000: "D",  # distribution
        0x100000: "W",  # average price
        0x200000: "X",  # cross
        0x400000: "H",  # price variation
        0x800000: "K",  # rule 155
        0x1000000: "M",  # official close
        0x2000000: "P",  # prior reference price
        0x4000000: "Q",  # official open
        0x80000000: "I",  # odd lot
    }
)


@lru_cache(maxsize=4096)
def conditions_of(flags: bytes) -> tuple[str, ...]:
    """
    Return the letters for hexadecimal flags; flags that have no letter are left out.

    :raises ValueError: if ``flags`` is not hexadecimal
    """
    bits = int(flags, 16)
    return tuple(letter for bit, letter in _LETTERS.items() if bits & bit)
