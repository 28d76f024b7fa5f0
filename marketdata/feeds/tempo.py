"""How patient a connection to a provider is."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from trading.kernel import clock

_DOUBLINGS_MAX = 20  # beyond any cap; keeps the power small


@dataclass(frozen=True, slots=True, kw_only=True)
class Tempo:
    """
    Seconds, and the clock that they are counted by.

    The n-th wait before trying again is drawn evenly from 0 to ``retry_s`` x 2^n, at most
    ``retry_s_max``: clients that were cut together do not come back together.
    """

    retry_s: float = 0.5
    retry_s_max: float = 30.0
    refused_s_max: float = 300.0  # where what was well refuses us now
    open_s_max: float = 10.0  # from the first byte to an open socket
    welcome_s_max: float = 15.0  # from there to being subscribed
    silence_s: float = 60.0  # no update for so long while the session is open: the line is dead
    silence_s_max: float = 960.0  # so far it is doubled while connections stay silent
    heartbeat_s: float = 25.0
    settle_s: float = 3.0  # after a minute's end its bar is in the provider's history
    fill_tries_max: int = 40  # with the waits above: about a quarter of an hour
    now_ns: Callable[[], int] = clock.now_ns

    def wait_s(self, *, attempt: int, at_least_s: float = 0.0) -> float:
        """Return how long to wait after the ``attempt``-th failure in a row, from 0."""
        cap = min(self.retry_s_max, self.retry_s * 2 ** min(attempt, _DOUBLINGS_MAX))
        return at_least_s + random.uniform(0, cap)  # noqa: S311 - jitter, not a secret

    def refused_wait_s(self, *, attempt: int) -> float:
        """
        Return how long to wait after the ``attempt``-th refusal in a row, from 0.

        At least half of ``retry_s`` x 2^n, at most ``refused_s_max``: who refuses is left in peace.
        """
        cap = min(self.refused_s_max, self.retry_s * 2 ** min(attempt, _DOUBLINGS_MAX))
        return random.uniform(cap / 2, cap)  # noqa: S311 - jitter, not a secret
