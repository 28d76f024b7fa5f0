"""Equity, margin and buying power. Dollars; the formulas of the wire contract's account object."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from trading.kernel.margin import LONG_MAINTENANCE_RATE
from trading.kernel.money import ZERO
from trading.kernel.quantities import Price, Qty


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A position for valuation: ``mark`` is None when no price was ever known."""

    symbol: str
    qty: Qty
    mark: Price | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Valuation:
    """
    What an account is worth at least, in dollars.

    ``unpriced`` names the holdings without any price, which count for nothing: the account may be
    worth more.
    """

    long_market_value: Decimal
    equity: Decimal
    initial_margin: Decimal
    maintenance_margin: Decimal
    buying_power: Decimal
    unpriced: tuple[str, ...]


def value_account(
    *, cash: Decimal, reserved: Decimal, multiplier: Decimal, holdings: Iterable[Holding]
) -> Valuation:
    """
    Value an account.

    With multiplier 1 buying power is the cash that no open order has reserved. With multiplier 2 it
    is twice the equity above the initial margin of what is held (Regulation T: one half), less what
    is reserved. Nobody buys against a holding without a price.
    """
    market_value = ZERO
    unpriced: list[str] = []
    for holding in holdings:
        if holding.mark is None:
            unpriced.append(holding.symbol)
        else:
            market_value += holding.qty * holding.mark
    equity = cash + market_value
    initial_margin = market_value / multiplier
    free = cash if multiplier == 1 else max(equity - initial_margin, ZERO) * multiplier
    return Valuation(
        long_market_value=market_value,
        equity=equity,
        initial_margin=initial_margin,
        maintenance_margin=market_value * LONG_MAINTENANCE_RATE,
        buying_power=max(free - reserved, ZERO),
        unpriced=tuple(unpriced),
    )
