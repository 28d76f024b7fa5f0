"""Of which symbols somebody needs each quote, and not just the newest."""

from collections.abc import Iterable
from threading import Lock


class EachQuote:
    """
    ``symbols`` are those symbols, None all there are.

    Any thread may say what it needs, and says so anew when that changes.
    """

    def __init__(self, *, symbols: Iterable[str] | None = ()) -> None:
        self.symbols = _frozen(symbols)
        self._needs: dict[str, frozenset[str] | None] = {"": self.symbols}
        self._lock = Lock()

    def need(self, *, who: str, symbols: Iterable[str] | None) -> None:
        """Remember that ``who`` needs each quote of these symbols (None: of all), no others."""
        with self._lock:
            self._needs[who] = _frozen(symbols)
            known = [needed for needed in self._needs.values() if needed is not None]
            is_all = len(known) < len(self._needs)
            self.symbols = None if is_all else frozenset().union(*known)


def _frozen(symbols: Iterable[str] | None) -> frozenset[str] | None:
    return None if symbols is None else frozenset(symbols)
