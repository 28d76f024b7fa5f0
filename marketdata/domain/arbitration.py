"""Which of several sources a symbol's prices come from."""

from collections.abc import Sequence

from trading.kernel.clock import NS_PER_SECOND

# A source is behind in a symbol when another has brought news of it for so long and it has not.
BEHIND_NS = 30 * NS_PER_SECOND
# A better source must have been well for so long before it is gone back to.
HOLD_NS = 10 * NS_PER_SECOND


class Arbiter:
    """
    Selects, per symbol, the best healthy source; ``sources`` are in order of priority.

    A source is healthy in a symbol while it is connected, has told of it, and is not behind. The
    selected one is left at once when it is not healthy and another is; a better one is gone back to
    only after it has been healthy for ``hold_ns``, so that one that comes and goes does not make
    the price jump between two markets. While none is healthy the selected one stays.
    """

    def __init__(
        self, *, sources: Sequence[str], behind_ns: int = BEHIND_NS, hold_ns: int = HOLD_NS
    ) -> None:
        self.selected: dict[str, str] = {}
        self._sources = tuple(sources)
        self._rank = {source: rank for rank, source in enumerate(sources)}
        self._behind_ns = behind_ns
        self._hold_ns = hold_ns
        self._connected: set[str] = set()
        # Per symbol and source.
        self._heard_ns: dict[str, dict[str, int]] = {}
        self._healthy_since: dict[str, dict[str, int]] = {}

    def connect(self, source: str) -> None:
        self._connected.add(source)

    def disconnect(self, source: str, *, now_ns: int) -> list[str]:
        """Note that a source is gone; return the symbols that have another one now."""
        if source not in self._connected:
            return []
        self._connected.discard(source)
        for since in self._healthy_since.values():
            since.pop(source, None)
        lost = [symbol for symbol, name in self.selected.items() if name == source]
        return [symbol for symbol in lost if self._select(symbol, now_ns) != source]

    def hear(self, *, source: str, symbol: str, now_ns: int) -> bool:
        """Note that a source told of a symbol; return whether it is the selected one now."""
        heard = self._heard_ns.setdefault(symbol, {})
        heard[source] = now_ns
        self._connected.add(source)
        if self.selected.get(symbol) == source:
            return True  # it has just shown to be healthy, and a better one speaks for itself
        return self._select(symbol, now_ns) == source

    def _select(self, symbol: str, now_ns: int) -> str | None:
        healthy = self._healthy(symbol)
        since = self._healthy_since.setdefault(symbol, {})
        for source in self._sources:
            if source in healthy:
                since.setdefault(source, now_ns)
            else:
                since.pop(source, None)
        current = self.selected.get(symbol)
        if not healthy:
            return current
        best = healthy[0]
        if current not in healthy or (
            self._rank[best] < self._rank[current] and now_ns - since[best] >= self._hold_ns
        ):
            self.selected[symbol] = best
        return self.selected[symbol]

    def _healthy(self, symbol: str) -> list[str]:
        heard = self._heard_ns.get(symbol, {})
        newest = max((ns for source, ns in heard.items() if source in self._connected), default=0)
        return [
            source
            for source in self._sources
            if source in self._connected
            and source in heard
            and newest - heard[source] <= self._behind_ns
        ]
