"""Price and Qty: Decimals that cannot be mixed up by accident."""

from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, Context, Decimal
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


def price_places(price: Decimal) -> int:
    """
    Return how many decimals a limit price may have: 2 from one dollar up, 4 below.

    Source: Regulation NMS Rule 612 (17 CFR 242.612).
    """
    return 2 if price >= 1 else 4


def price_on_tick(price: Price, *, up: bool) -> Price:
    """Return the nearest limit price that may be entered, at or above (``up``) or at or below."""
    tick = Decimal(1).scaleb(-price_places(price))
    return Price(price.quantize(tick, rounding=ROUND_CEILING if up else ROUND_FLOOR))


def price_words(price: Price) -> str:
    """Write a price as a person reads it: ``$1,187.10``, ``$0.4321``, never cut."""
    digits = max(price_places(price), -_exponent(price))
    return f"${price:,.{digits}f}"


def shares(qty: Qty) -> str:
    """Write a quantity as a person reads it: ``1,000``, ``0.5``."""
    text = f"{qty:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _exponent(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    assert isinstance(exponent, int), "a price is a number"
    return exponent


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
