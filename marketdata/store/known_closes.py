"""The closes before today that this process has found in its store."""

import time
from collections.abc import Mapping
from datetime import date
from threading import Lock

# A symbol whose close nobody knows is looked up again after so long.
_ASK_AGAIN_S = 10.0


class KnownCloses:
    """The closes before one New York day that were found in the store. Any thread may ask."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._day: date | None = None
        self._found: dict[str, float] = {}
        self._missed: dict[str, float] = {}

    def get(self, symbol: str, *, day: date) -> float | None:
        with self._lock:
            return self._found.get(symbol) if self._day == day else None

    def is_due(self, symbol: str, *, day: date) -> bool:
        """Return whether the store is worth asking, and count that as asking."""
        at = time.monotonic()
        with self._lock:
            self._turn_to(day)
            if at < self._missed.get(symbol, 0.0):
                return False
            self._missed[symbol] = at + _ASK_AGAIN_S
            return True

    def keep(self, found: Mapping[str, float], *, day: date) -> None:
        with self._lock:
            self._turn_to(day)
            self._found.update(found)

    def forget(self) -> None:
        with self._lock:
            self._turn_to(None)

    def _turn_to(self, day: date | None) -> None:
        if day is None or day != self._day:
            self._day, self._found, self._missed = day, {}, {}


known = KnownCloses()
