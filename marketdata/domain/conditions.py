"""
What a trade's sale conditions let it move: the day's high and low, the last price, the volume.

Letters are those of the UTP tape. The CTA tape uses some of them for something else: ``from_cta``.
Source: the consolidated columns of the sale-condition tables of the UTP and CTA participant
specifications. A trade with several letters moves only what all of them let it move.
"""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

# What a trade moves, as bits. (Plain integers: this is asked of every trade, and flags are slow.)
NOTHING: Final = 0
VOLUME: Final = 1
HIGH_LOW: Final = 2
LAST: Final = 4
# Moves the last price (and a bar's open and close) only if no other trade has yet.
LAST_IF_FIRST: Final = 8
# Gives a minute its prices only if nothing else in it may: no share that was traded is without a
# bar, as in the bars of the vendors of recordings.
LAST_RESORT: Final = 16

_ALL: Final = VOLUME | HIGH_LOW | LAST | LAST_IF_FIRST | LAST_RESORT
_LATE: Final = VOLUME | HIGH_LOW | LAST_IF_FIRST | LAST_RESORT
_ASIDE: Final = VOLUME | LAST_RESORT

CLOSING_PRINT: Final = "6"

RULES: Mapping[str, int] = MappingProxyType(
    {
        "@": _ALL,  # regular
        " ": _ALL,  # regular, on the CTA tape
        "A": _ALL,  # acquisition
        "B": _ALL,  # bunched
        "C": _ASIDE,  # cash sale
        "D": _ALL,  # distribution
        "E": _ALL,  # automatic execution
        "F": _ALL,  # intermarket sweep
        "G": _LATE,  # bunched, sold
        "H": _ASIDE,  # price variation
        "I": VOLUME,  # odd lot: one alone makes no bar
        "K": _ALL,  # rule 127 (NYSE) or 155 (American)
        "L": _ALL,  # sold last: late, but in sequence
        "M": NOTHING,  # the market centre's official close, traded already
        "N": _ASIDE,  # next day
        "O": _ALL,  # opening print
        "P": _LATE,  # prior reference price
        "Q": NOTHING,  # the market centre's official open, traded already
        "R": _ASIDE,  # seller
        "S": _ALL,  # split trade
        # Form T. The tapes let it move no price of the day, as it is outside the regular session;
        # but nearly every trade out there is one, and a minute out there has the prices it has.
        "T": _ALL,
        "U": _ASIDE,  # extended hours, sold out of sequence
        "V": _ASIDE,  # contingent
        "W": _ASIDE,  # average price
        "X": _ALL,  # cross, periodic auction
        "Y": _ALL,  # yellow flag
        "Z": _LATE,  # sold, out of sequence
        "1": _ALL,  # stopped stock
        "2": _LATE,  # stopped stock, sold last
        "3": _LATE,  # stopped stock, sold out of sequence
        "4": _LATE,  # derivatively priced
        "5": _ALL,  # reopening print
        CLOSING_PRINT: _ALL,
        "7": _ASIDE,  # qualified contingent
        "8": _ALL,  # trade-through exempt
        "9": _ALL & ~VOLUME,  # corrected consolidated close: a price, traded already
    }
)

# CTA letters that UTP uses for something else, or has another letter for.
_CTA = MappingProxyType({"B": "W", "J": "K", " ": "@"})


@lru_cache(maxsize=4096)
def moves(conditions: tuple[str, ...]) -> int:
    """Return the bits of what a trade with these letters moves; an unknown letter moves all."""
    found = _ALL
    for letter in conditions:
        found &= RULES.get(letter, _ALL)
    return found


def from_cta(conditions: tuple[str, ...]) -> tuple[str, ...]:
    """Return the letters of the CTA tape as those of the UTP tape."""
    return tuple(_CTA.get(letter, letter) for letter in conditions)
