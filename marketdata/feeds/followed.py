"""What one provider's stream follows: what it should, as far as its plan has room, and was told."""

import asyncio
from collections.abc import Mapping, Sequence


class Followed:
    """
    ``symbols`` are followed, or will be as soon as the stream is connected, in alphabetical order.

    ``room`` is how many the plan allows, None while no limit is known. ``changed`` is set when the
    connection has to be told something.
    """

    def __init__(self, *, symbols: Sequence[str], room: int | None) -> None:
        self.room = room
        self.changed = asyncio.Event()
        self._choose(frozenset(symbols[:room]))
        self._told: frozenset[str] = frozenset()
        self._added: frozenset[str] = frozenset()  # what was told last
        self._unfilled: dict[str, int] = {}

    def __contains__(self, symbol: str) -> bool:
        return symbol in self._symbols

    def follow(self, symbols: Sequence[str], *, ts_from: int | None) -> None:
        """
        Follow these symbols, the most important first, and no others, as far as there is room.

        The bars of new ones are to be fetched from the minute of ``ts_from`` on (None: not at all).
        """
        chosen = frozenset(symbols[: self.room])
        if chosen == self._symbols:
            return
        if ts_from is not None:
            self._unfilled |= dict.fromkeys(chosen - self._symbols, ts_from)
        self._choose(chosen)
        self.changed.set()

    def begin(self) -> Sequence[str]:
        """Return what a new connection is told at once."""
        self._told, self._added = self._symbols, frozenset()
        return self.symbols

    def changes(self) -> tuple[list[str], list[str]]:
        """Return what the connection has to be told now: the added ones, and those to leave."""
        added, left = self._symbols - self._told, self._told - self._symbols
        self._told, self._added = self._symbols, added or self._added
        return sorted(added), sorted(left)

    def refuse_last(self) -> Sequence[str]:
        """
        Forget what was told last, since the plan has no room for it; return that.

        What it had before is the room that it has. Nothing, if nothing was added since the start.
        """
        refused, self._added = self._added, frozenset()
        if refused:
            self._told -= refused
            self._choose(self._symbols - refused)
            self.room = len(self._symbols)
        return sorted(refused)

    def take_unfilled(self) -> Mapping[int, Sequence[str]]:
        """Return the new symbols whose bars are still to be fetched, by the time to begin at."""
        found: dict[int, list[str]] = {}
        for symbol, ts_from in self._unfilled.items():
            if symbol in self._symbols:
                found.setdefault(ts_from, []).append(symbol)
        self._unfilled.clear()
        return found

    def _choose(self, symbols: frozenset[str]) -> None:
        self._symbols, self.symbols = symbols, tuple(sorted(symbols))
