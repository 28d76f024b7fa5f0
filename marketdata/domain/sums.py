"""What several bars of one symbol come to: unknown as soon as a part that counts is."""

from collections.abc import Sequence

from marketdata.contracts import Bar

_PLACES = 6


def count(parts: Sequence[Bar]) -> int | None:
    """Return how many trades there were; None if that is not told of one of them."""
    told = [part.trade_count for part in parts if part.trade_count is not None]
    return sum(told) if len(told) == len(parts) else None


def average(parts: Sequence[Bar]) -> float | None:
    """Return the average price by volume, dollars; None if it is not told, or nothing traded."""
    traded = [part for part in parts if part.volume > 0]
    paid = [part.vwap * part.volume for part in traded if part.vwap is not None]
    if not traded or len(paid) < len(traded):
        return None
    return round(sum(paid) / sum(part.volume for part in traded), _PLACES)
