"""Dollars. This module is the only one that rounds them, and each rule has a name."""

from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
ZERO = Decimal("0.00")


def book_amount(amount: Decimal) -> Decimal:
    """
    Round an amount of dollars to whole cents, half up: what a trade books into cash.

    Customers' accounts are kept in cents, so every posting is a multiple of a cent and an entry
    that sums to zero before rounding is built from rounded parts, never rounded afterwards.
    """
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def reserve_amount(amount: Decimal) -> Decimal:
    """Round up to whole cents: what is kept aside may be a cent too much, never too little."""
    rounded = amount.quantize(CENT, rounding=ROUND_DOWN)
    return rounded if rounded == amount else rounded + CENT


def cost_share(*, cost: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    """
    Return the part of ``cost`` (dollars, cents) that leaves with ``part`` of ``whole`` shares.

    The last part takes what is left, so the shares of a lot always add up to its cost.
    """
    if part == whole:
        return cost
    return book_amount(cost * part / whole)
