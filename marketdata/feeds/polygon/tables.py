"""The provider's own numbers for exchanges and conditions, as the letters of the tape."""

from functools import lru_cache
from types import MappingProxyType

# The participant letters of the provider's list of exchanges. Number 4 is all of FINRA's
# facilities, 5 and 13 are the tapes themselves.
_EXCHANGES = MappingProxyType(
    {
        1: "A",  # NYSE American
        2: "B",  # Nasdaq BX
        3: "C",  # NYSE National
        4: "D",  # FINRA
        5: "E",  # UTP
        6: "I",  # International Securities Exchange
        7: "J",  # Cboe EDGA
        8: "K",  # Cboe EDGX
        9: "M",  # NYSE Chicago
        10: "N",  # New York Stock Exchange
        11: "P",  # NYSE Arca
        12: "T",  # Nasdaq
        13: "S",  # CTA
        14: "L",  # Long-Term Stock Exchange
        15: "V",  # IEX
        16: "W",  # Cboe Stock Exchange
        17: "X",  # Nasdaq PSX
        18: "Y",  # Cboe BYX
        19: "Z",  # Cboe BZX
        20: "H",  # MIAX Pearl
        21: "U",  # MEMX
    }
)

# Where the two tapes disagree (B is an average price on one and a bunched trade on the other), the
# letter is the one that means the same on both.
_LETTERS = MappingProxyType(
    {
        0: "@",  # regular
        1: "A",  # acquisition
        2: "W",  # average price
        3: "E",  # automatic execution
        4: "B",  # bunched
        5: "G",  # bunched, sold
        7: "C",  # cash
        8: "6",  # closing print
        9: "X",  # cross
        10: "4",  # derivatively priced
        11: "D",  # distribution
        12: "T",  # form T
        13: "U",  # extended hours, out of sequence
        14: "F",  # intermarket sweep
        15: "M",  # official close
        16: "Q",  # official open
        17: "O",  # opening trade
        18: "5",  # reopening trade
        19: "6",  # closing trade
        20: "N",  # next day
        21: "H",  # price variation
        22: "P",  # prior reference price
        23: "K",  # rule 155
        24: "K",  # rule 127
        25: "O",  # opening print
        27: "1",  # stopped stock
        28: "5",  # reopening print
        29: "R",  # seller
        30: "L",  # sold last
        33: "Z",  # out of sequence
        34: "S",  # split trade
        36: "Y",  # yellow flag
        37: "I",  # odd lot
        38: "9",  # corrected consolidated close
        52: "V",  # contingent
        53: "7",  # qualified contingent
    }
)
# They say nothing that decides what a trade counts for: an election that no longer exists, and that
# the trade was exempt from the trade-through rule, which marks most sweeps.
_SILENT = frozenset({6, 41})
_REGULAR = ("@",)


@lru_cache(maxsize=256)
def exchange_of(number: int) -> str:
    """Return the letter of an exchange, or nothing if the number is not in the table."""
    return _EXCHANGES.get(number, "")


@lru_cache(maxsize=4096)
def conditions_of(numbers: tuple[int, ...]) -> tuple[str, ...]:
    """
    Return the letters of a trade's conditions.

    A number without a letter stays a number, which has two digits or more and is no letter's
    equal; so a rule that knows letters only sees that it does not know this one.
    """
    letters = tuple(
        _LETTERS.get(number, str(number)) for number in numbers if number not in _SILENT
    )
    return letters or _REGULAR
