"""How far a stream has come in the market's time: from there on a gap is filled."""

from marketdata.contracts import LastKnown, ProviderBar, ProviderDailyBar, Update
from marketdata.domain.quality import MAX_AHEAD_NS

# A provider that is behind is not behind by exactly what it says.
_SLACK = 10


class Position:
    """
    The time (ns) of the newest update that can be true; 0 before ``begin``.

    The stream lags by ``delay_ns``. An update stamped ahead of the market that the stream shows
    moves nothing: if it did, what is missed next would lie before the position and never be
    fetched. To ask for a few minutes too many costs nothing, for one too few a hole.
    """

    def __init__(self, *, delay_ns: int) -> None:
        self.ts = 0
        self._delay_ns = delay_ns
        self._ahead_ns = MAX_AHEAD_NS + delay_ns // _SLACK

    def begin(self, *, now_ns: int) -> int:
        """Return where a connection that begins now has to fill from; the first time, from now."""
        market_ns = now_ns - self._delay_ns
        if not 0 < self.ts <= market_ns:
            self.ts = market_ns  # nothing is known yet, or the clock was put back
        return self.ts

    def move(self, update: Update, *, now_ns: int) -> None:
        """Move on to the time of an update that came now, if it can be true."""
        ts = _ts_of(update)
        if self.ts < ts <= now_ns - self._delay_ns + self._ahead_ns:
            self.ts = min(ts, now_ns - self._delay_ns)


def _ts_of(update: Update) -> int:
    if isinstance(update, ProviderBar | ProviderDailyBar):
        return update.bar.ts_start
    return 0 if isinstance(update, LastKnown) else update.ts_event
