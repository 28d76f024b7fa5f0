"""Whether a price is so far from the last good one that it needs a second opinion."""

# Ticks in a row that agree with each other make a new level good.
CONFIRMATIONS = 2


class PriceBandGuard:
    """
    Remembers the last good price per key, and the one that would be good if it were confirmed.

    A price within ``width`` (a share of it) of the last good one is good. One further away is not,
    until the next one comes within ``width`` of it: then the market has moved there. A market that
    jumps costs one tick; a single mistaken price moves nothing.

    This is the guard of quotes: a quote takes the place of the one before, so only the next one can
    agree with it. Prints add up in a bar and have a guard of their own: ``print_band``.
    """

    def __init__(self, *, width: float) -> None:
        self._width = width
        self._good: dict[str, float] = {}
        self._apart: dict[str, tuple[float, int]] = {}

    def is_good(self, key: str, px: float) -> bool:
        """Judge a price and remember it."""
        good = self._good.get(key)
        if good is None or abs(px - good) <= self._width * good:
            self._good[key] = px
            if self._apart:
                self._apart.pop(key, None)
            return True
        apart, seen = self._apart.get(key, (px, 0))
        seen = seen + 1 if abs(px - apart) <= self._width * apart else 1
        if seen < CONFIRMATIONS:
            self._apart[key] = (px, seen)
            return False
        self._good[key] = px
        del self._apart[key]
        return True
