"""Which symbols the feed should follow: what somebody needs, what it always does, and the rest."""

from collections.abc import Iterable, Sequence
from itertools import chain
from threading import Lock

from marketdata.contracts import Need

# Symbols that nobody needs any longer stay for a while: who comes back finds a price at once.
KEPT_MAX = 200
# Symbols that somebody wants to trade, the last ones: an order waits for the price of one of them.
ASKED_MAX = 10


class Following:
    """
    ``always`` are the symbols that are followed whether anybody needs them or not.

    Any thread may say what it needs, and says so anew when that changes.
    """

    def __init__(self) -> None:
        self.always: Sequence[str] = ()
        self._needs: dict[Need, frozenset[str]] = {}
        self._asked: dict[str, None] = {}  # the last one is last, as in the next
        self._kept: dict[str, None] = {}
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
        """Follow the symbol for a while: somebody wants to trade it now."""
        with self._lock:
            self._asked.pop(symbol, None)
            self._asked[symbol] = None
            if len(self._asked) > ASKED_MAX:
                oldest = next(iter(self._asked))
                del self._asked[oldest]
                self._keep((oldest,))

    def wanted(self) -> list[str]:
        """Return all that should be followed, the most important first."""
        with self._lock:
            first, *others = (sorted(self._needs.get(who, ())) for who in Need)
            wanted = chain(first, reversed(self._asked), *others, self.always, reversed(self._kept))
            return list(dict.fromkeys(wanted))

    def _keep(self, symbols: Iterable[str]) -> None:
        for symbol in symbols:
            self._kept.pop(symbol, None)
            self._kept[symbol] = None
        for symbol in list(self._kept)[:-KEPT_MAX]:
            del self._kept[symbol]
