"""Counts of shares: whole ones as ints, so that nobody is told of 100.0 shares."""


def whole(shares: float) -> int | float:
    """Return a count of whole shares as an int, any other as it is."""
    return int(shares) if shares == shares // 1 else shares
