"""For how long a connection may bring no update before it is taken to be dead."""

from marketdata.contracts import Session
from marketdata.feeds.tempo import Tempo
from trading.kernel import clock

_DOUBLINGS_MAX = 10  # beyond any cap; keeps the power small


class Patience:
    """
    Counted from the last update, the connection's beginning or the session's, what came last.

    A market that was closed was rightly quiet. Each connection in a row that ends in silence
    doubles the patience up to ``silence_s_max``: a symbol that hardly trades is not reconnected for
    ever. The first update brings it back.
    """

    def __init__(self, *, tempo: Tempo) -> None:
        self._tempo = tempo
        self._moved = 0.0
        self._heard_ns = 0
        self._silences = 0

    def begin(self, *, now: float) -> None:
        """A connection is ready, by the loop's clock."""
        self._moved = now

    def silence(self, *, heard_ns: int, now: float, session: Session) -> float:
        """
        Return for how many seconds too long nothing has come, by the loop's clock; 0 if it is not.

        ``heard_ns`` is when the last update came.
        """
        if heard_ns != self._heard_ns:
            self._heard_ns, self._moved, self._silences = heard_ns, now, 0
        if not session.is_open:
            return 0.0
        open_s = (clock.from_ns(self._tempo.now_ns()) - session.opens_at).total_seconds()
        silent_s = min(now - self._moved, max(0.0, open_s))
        return silent_s if silent_s > self._allowed_s() else 0.0

    def lose(self) -> None:
        """The connection is given up for its silence; the next one may be silent for longer."""
        self._silences = min(self._silences + 1, _DOUBLINGS_MAX)

    def _allowed_s(self) -> float:
        tempo = self._tempo
        doubled = tempo.silence_s * (1 << self._silences)
        return min(doubled, max(tempo.silence_s, tempo.silence_s_max))
