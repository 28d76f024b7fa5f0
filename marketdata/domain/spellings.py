"""
Class shares under their other spellings: BRK.A is also BRK-A, BRK/A, "BRK A" and BRKA.

A security has one symbol here, with a dot before the class. A separator stands for that dot; where
there is none, a dot may be missing. Two securities never fold into one: the symbol as it is written
beats every other reading, and where two readings are left there is none.
"""

import re
from collections import defaultdict
from collections.abc import Iterable

_SEPARATORS = re.compile(r"[\s./-]+")


def with_dots(text: str) -> str:
    """Return the symbol that a spelling with separators means; it need not be anybody's."""
    return _SEPARATORS.sub(".", text.strip().upper())


def without_dots(symbol: str) -> str:
    """Return how a symbol is spelled where its dot is left out."""
    return symbol.replace(".", "")


class Spellings:
    """The readings of a set of symbols."""

    def __init__(self, symbols: Iterable[str]) -> None:
        self._symbols = frozenset(symbols)
        self._by_letters: dict[str, list[str]] = defaultdict(list)
        for symbol in self._symbols:
            self._by_letters[without_dots(symbol)].append(symbol)

    def resolve(self, spelling: str) -> str | None:
        """Return which of the symbols is meant; None if none is, or more than one may be."""
        upper = spelling.strip().upper()
        if upper in self._symbols:
            return upper
        dotted = with_dots(upper)
        if "." in dotted:
            return dotted if dotted in self._symbols else None
        found = self._by_letters.get(dotted, [])
        return found[0] if len(found) == 1 else None
