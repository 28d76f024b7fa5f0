"""Which symbols the feed should follow: what somebody needs, what it always does, and the rest."""

from collections.abc import Iterable, Sequence
from threading import Lock

from marketdata.contracts import Need

# Symbols that nobody needs any longer stay for a while: who comes back finds a price at once.
KEPT_MAX = 200


class Following:
    """
    ``always`` are the symbols that are followed whether anybody needs them or not.

    Any thread may say what it needs, and says so anew when that changes.
    """

    def __init__(self) -> None:
        self.always: Sequence[str] = ()
        self._needs: dict[Need, frozenset[str]] = {}
        self._kept: dict[str, None] = {}  # the last one that was needed is last
        self._lock = Lock()

    def need(self, *, who: Need, symbols: Iterable[str]) -> bool:
        """Remember that ``who`` needs these symbols, and no others; return whether that is news."""
        needed = frozenset(symbols)
        with self._lock:
            before = self._needs.get(who, frozenset())
            self._needs[who] = needed
            self._keep(before - needed)
        return needed != before

    def ask(self, *, symbol: str) -> None:
        """Follow the symbol for a while, as if somebody had just stopped needing it."""
        with self._lock:
            self._keep((symbol,))

    def wanted(self) -> list[str]:
        """Return all that should be followed, the most important first."""
        with self._lock:
            needed = [symbol for who in Need for symbol in sorted(self._needs.get(who, ()))]
            return list(dict.fromkeys([*needed, *self.always, *reversed(self._kept)]))

    def _keep(self, symbols: Iterable[str]) -> None:
        for symbol in symbols:
            self._kept.pop(symbol, None)
            self._kept[symbol] = None
        for symbol in list(self._kept)[:-KEPT_MAX]:
            del self._kept[symbol]
