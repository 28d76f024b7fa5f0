"""Which price an order is measured by."""

from risk.contracts import Market, OrderIntent
from trading.kernel.fix import Side
from trading.kernel.quantities import Price


def quote_to_take(*, side: Side, market: Market) -> Price | None:
    """Return the quoted price that a market order of this side would meet."""
    return market.ask if side is Side.BUY else market.bid


def reference_price(*, side: Side, market: Market) -> Price | None:
    """Return the quote to take; without one the last trade; None if neither is known."""
    quoted = quote_to_take(side=side, market=market)
    return market.last if quoted is None else quoted


def sizing_price(*, intent: OrderIntent, reference: Price | None) -> Price | None:
    """
    Return the price that values the order: the higher of its limit and the reference.

    A buy limit caps what is paid, so it is enough alone. A sell limit is only a floor: without a
    reference nobody knows how much the order is worth.
    """
    limit_price = intent.limit_price
    if reference is None:
        return limit_price if intent.side is Side.BUY else None
    return reference if limit_price is None else max(limit_price, reference)
