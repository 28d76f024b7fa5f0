"""
Risk checks in a person's words and units, for pages that the server writes.

``static/js/check_words.js`` says the same on the trader's pages; both are held to
``tests/web/cases/check_words.json``.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from trading.kernel.money import cost_of_buy, dollars, proceeds_of_sale
from trading.kernel.quantities import Price, Qty, plain, price_words, shares

# Longer ones are no money: they stand as they were recorded.
_NUMBER = re.compile(r"[+-]?\d{1,18}(?:\.\d{1,18})?")
_AGE = re.compile(r"(\d+) ms")
_MS_PER_SECOND = Decimal(1000)
_MINUS = "\u2212"


def _dollars(value: Decimal) -> str:
    return dollars(value).replace("-", _MINUS)


def _most(value: Decimal) -> str:
    """Write dollars that may not be more than a limit: what is above is never shown as equal."""
    return _dollars(cost_of_buy(value))


def _least(value: Decimal) -> str:
    return _dollars(proceeds_of_sale(value))


def _shares(value: Decimal) -> str:
    return shares(Qty(value)).replace("-", _MINUS)


def _price(value: Decimal) -> str:
    return price_words(Price(value))


@dataclass(frozen=True, slots=True)
class _Check:
    """``measured`` and ``limit`` write its numbers; a check that ``is_yes_or_no`` has none."""

    title: str
    measured: Callable[[Decimal], str] = _shares
    limit: Callable[[Decimal], str] = _shares
    is_yes_or_no: bool = False


_CHECKS = {
    "kill_switch": _Check("Trading is open to you", is_yes_or_no=True),
    "restricted_symbol": _Check("Symbol is allowed", is_yes_or_no=True),
    "trading_halt": _Check("Symbol trades"),
    "delayed_source": _Check("Prices are live"),
    "stale_quote": _Check("Quote is fresh"),
    "price_collar": _Check("Limit is near the market", _price, _price),
    "order_value": _Check("Order value", _most, _dollars),
    "least_value": _Check("Least order value", _least, _dollars),
    "shares_available": _Check("Shares to sell"),
    "buying_power": _Check("Buying power", _dollars, _dollars),
    "position_limit": _Check("Position value", _most, _dollars),
    "daily_loss": _Check("Result of the day", _dollars, _dollars),
}


def check_words(*, name: str, measured: str, limit: str) -> tuple[str, str, str]:
    """
    Return a check's title, what was measured and its limit: "Order value", "$1,830", "$250,000".

    Words stay words, what has no number is empty, and a check that is not known keeps its name.
    """
    check = _CHECKS.get(name, _Check(name.replace("_", " ").lower()))
    if check.is_yes_or_no:
        return check.title, "", ""
    return check.title, _written(measured, check.measured), _written(limit, check.limit)


def _written(value: str, write: Callable[[Decimal], str]) -> str:
    if age := _AGE.fullmatch(value):
        return f"{plain(Decimal(age[1]) / _MS_PER_SECOND)} s"
    return write(Decimal(value)) if _NUMBER.fullmatch(value) else value
