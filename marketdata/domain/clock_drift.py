"""How far this host's clock is from the clocks of the providers, by the times in their ticks."""

from collections import deque
from statistics import median

from marketdata.domain.quality import MAX_AHEAD_NS
from trading.kernel.clock import NS_PER_SECOND

# The median of so many recent ticks decides: one message with a wrong time says nothing.
_SAMPLES = 15
_SAMPLES_MIN = 5
_RECENT_NS = 120_000_000_000
# Ticks travel for milliseconds. Where the typical one arrives this old, orders meet stale quotes.
LATE_NS = 3_000_000_000


class ClockDrift:
    """
    Remembers, per source, when recent ticks came and how old (ns) they were by this host's clock.

    A tick from the future is younger than zero: then this host's clock is behind.
    """

    def __init__(self) -> None:
        self._seen: dict[str, deque[tuple[int, int]]] = {}

    def note(self, *, source: str, ts_event: int, now_ns: int) -> None:
        """Count a tick that came at ``now_ns``."""
        seen = self._seen.get(source)
        if seen is None:
            seen = self._seen[source] = deque(maxlen=_SAMPLES)
        seen.append((now_ns, now_ns - ts_event))

    def trouble(self, *, now_ns: int) -> str:
        """Return in one sentence which clock differs by how much; empty while all agree."""
        said = (self._trouble(source, now_ns) for source in list(self._seen))
        return "; ".join(each for each in said if each)

    def _trouble(self, source: str, now_ns: int) -> str:
        ages = [age for at, age in list(self._seen[source]) if abs(now_ns - at) <= _RECENT_NS]
        if len(ages) < _SAMPLES_MIN:
            return ""
        age = median(ages)
        seconds = f"{abs(age) / NS_PER_SECOND:,.1f} s"
        if age < -MAX_AHEAD_NS:
            return (
                f"ticks come from the future: this host's clock is {seconds} behind that of "
                f"{source}; set it"
            )
        if age > LATE_NS:
            return (
                f"ticks come late: this host's clock is {seconds} ahead of that of {source}, "
                f"or its stream lags; compare the clock"
            )
        return ""
