"""Price and Qty: Decimals that cannot be mixed up by accident."""

from decimal import ROUND_DOWN, Context, Decimal
from typing import NewType

Price = NewType("Price", Decimal)
Qty = NewType("Qty", Decimal)

ZERO_QTY = Qty(Decimal(0))

PRICE_STEP = Decimal("0.00000001")  # NUMERIC(20,8)
QTY_STEP = Decimal("0.000000001")  # NUMERIC(20,9)


# Digits enough for any quantity times any price and for sums of such: 28 would round them.
_EXACT = Context(prec=60)


def notional(*, qty: Qty, px: Price) -> Decimal:
    """Return qty x px in dollars, exact and unrounded."""
    return _EXACT.multiply(qty, px)


def exact_sum(first: Decimal, second: Decimal) -> Decimal:
    """Return the sum of two exact amounts, unrounded."""
    return _EXACT.add(first, second)


def price_at_most(value: Decimal) -> Price:
    """Return the highest price that a column holds and that is not above ``value`` (dollars)."""
    return Price(value.quantize(PRICE_STEP, rounding=ROUND_DOWN).normalize())


def price_from_float(value: float) -> Price:
    """
    Turn a market-data price (float64 dollars) into the Decimal that orders and risk use.

    The only door between the two worlds. The shortest decimal that reads back as the same float is
    the price the vendor sent; it is cut to the 8 places of a price column.
    """
    return Price(Decimal(repr(value)).quantize(PRICE_STEP, rounding=ROUND_DOWN).normalize())


def qty_from_float(value: float) -> Qty:
    """Turn a market-data size (float64 shares) into a Decimal quantity of at most 9 places."""
    return Qty(Decimal(repr(value)).quantize(QTY_STEP, rounding=ROUND_DOWN).normalize())


def whole(value: float) -> int | float:
    """
    Return a whole number of shares as an integer, and a fraction as it is.

    Market data: typed clients refuse ``300.0`` where the contract says integer.
    """
    return int(value) if value == value // 1 else value


def plain(value: Decimal) -> str:
    """
    Write a Decimal as people and the API expect it: no exponent, no trailing zeros.

    ``Decimal("1E+2")`` gives ``"100"``, ``Decimal("150.2500")`` gives ``"150.25"``.
    """
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"", "-0"} else text
