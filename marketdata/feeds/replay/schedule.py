"""When a recorded session happens again. Pure arithmetic on nanoseconds and recorded times."""

from dataclasses import dataclass, replace
from datetime import datetime

from marketdata.contracts import FeedKind, Session
from trading.kernel.clock import NS_PER_SECOND, from_ns, to_ns

NS_PER_US = 1_000
# The pause between the close and the same day's next beginning: day orders expire in it.
BREAK_NS = 5 * NS_PER_SECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """
    One recorded stretch, ``start_us`` to ``close_us`` after midnight, played again and again.

    Session 0 opens at ``first_open_ns``; each takes the recorded length divided by ``speed`` and is
    followed by a break.
    """

    first_open_ns: int
    start_us: int
    close_us: int
    speed: float

    @property
    def length_ns(self) -> int:
        return round((self.close_us - self.start_us) * NS_PER_US / self.speed)

    def open_ns(self, index: int) -> int:
        """Return when session ``index`` opens."""
        return self.first_open_ns + index * (self.length_ns + BREAK_NS)

    def close_ns(self, index: int) -> int:
        """Return when session ``index`` closes."""
        return self.open_ns(index) + self.length_ns

    def ts_of(self, us: int, *, index: int) -> int:
        """Return when the recorded time ``us`` happens in session ``index``."""
        return self.open_ns(index) + round((us - self.start_us) * NS_PER_US / self.speed)

    def slipped(self, ns: int) -> "Schedule":
        """Return the schedule put off by ``ns``: the machine slept, or cannot keep up."""
        return replace(self, first_open_ns=self.first_open_ns + ns)

    def session(self, *, now: datetime) -> Session:
        now_ns = to_ns(now)
        index = max(0, (now_ns - self.first_open_ns) // (self.length_ns + BREAK_NS))
        if now_ns >= self.close_ns(index):
            index += 1  # in the break: the next session is the one to speak of
        opens_ns = self.open_ns(index)
        closes_ns = self.close_ns(index)
        is_open = opens_ns <= now_ns
        return Session(
            kind=FeedKind.REPLAY,
            is_open=is_open,
            opens_at=from_ns(opens_ns),
            closes_at=from_ns(closes_ns),
            next_open=from_ns(self.open_ns(index + 1) if is_open else opens_ns),
            next_close=from_ns(closes_ns),
        )
