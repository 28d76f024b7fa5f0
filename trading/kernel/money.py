"""Dollars. This module is the only one that rounds them, and each rule has a name."""

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

from trading.kernel.fix import Side

CENT = Decimal("0.01")
# What a paper account may begin with at most.
OPENING_CASH_MAX = Decimal("1000000000.00")
ZERO = Decimal("0.00")


def cost_of_buy(gross: Decimal) -> Decimal:
    """Return what buying for exactly ``gross`` dollars costs: rounded up to whole cents."""
    return gross.quantize(CENT, rounding=ROUND_CEILING)


def proceeds_of_sale(gross: Decimal) -> Decimal:
    """Return what selling for exactly ``gross`` dollars brings: rounded down to whole cents."""
    return gross.quantize(CENT, rounding=ROUND_FLOOR)


def fill_amount(*, side: Side, gross_before: Decimal, gross_after: Decimal) -> Decimal:
    """
    Return the dollars that one fill moves, from its order's exact gross before and after it.

    The order's cash is rounded once, over its whole gross, and never in its owner's favour. So any
    number of partial fills costs what one fill costs, less than a cent beside the exact sum, and
    no sequence of trades at unchanged prices makes an account richer. A fill may move 0.00.
    """
    whole = cost_of_buy if side is Side.BUY else proceeds_of_sale
    return whole(gross_after) - whole(gross_before)


def reserve_amount(amount: Decimal) -> Decimal:
    """Round up to whole cents: what is kept aside may be a cent too much, never too little."""
    return cost_of_buy(amount)


def book_amount(amount: Decimal) -> Decimal:
    """
    Round an amount of dollars to whole cents, half up: the rule that favours neither side.

    For what is shown and for shares of a cost. The cash of trades has a rule of its own
    (``fill_amount``): rounded half up, small trades would make money from nothing.
    """
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def dollars(amount: Decimal) -> str:
    """
    Write dollars as a person reads them: ``$21,241,000``, ``$1,825.50``, ``-$12``.

    Rounded half up to cents, for show only.
    """
    shown = book_amount(abs(amount))
    sign = "-" if amount < 0 and shown else ""
    return f"{sign}${shown:,.2f}".removesuffix(".00")


def cost_share(*, cost: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    """
    Return the part of ``cost`` (dollars, cents) that leaves with ``part`` of ``whole`` shares.

    The last part takes what is left, so the shares of a lot always add up to its cost.
    """
    if part == whole:
        return cost
    return book_amount(cost * part / whole)
