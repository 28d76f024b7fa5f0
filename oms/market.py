"""Prices on their way into orders: market data's floats become Decimals here and nowhere else."""

from dataclasses import dataclass
from decimal import Decimal

from marketdata import interface as marketdata
from risk.contracts import Market
from trading.kernel.quantities import Price, price_from_float

_NS_PER_MS = 1_000_000


def _price(value: float) -> Price | None:
    return price_from_float(value) if value > 0 else None


def market_for(*, symbol: str, now_ns: int) -> Market:
    """Return the symbol's last known prices for risk; None where nothing is known."""
    quote = marketdata.latest_quote(symbol=symbol)
    trade = marketdata.latest_trade(symbol=symbol)
    return Market(
        bid=None if quote is None else _price(quote.bid_px),
        ask=None if quote is None else _price(quote.ask_px),
        last=None if trade is None else _price(trade.px),
        quote_age_ms=None if quote is None else max(0, (now_ns - quote.ts_event) // _NS_PER_MS),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What a share is taken to be worth now, and what it closed at in the session before."""

    mark: Price | None
    lastday: Price | None


def marks_for(*, symbol: str) -> Marks:
    """
    Return the symbol's mark: the last trade, else the middle of the quote, else the last close.

    None where none of them is known: unknown is not zero.
    """
    close = marketdata.previous_close(symbol=symbol)
    lastday = None if close is None else _price(close)
    trade = marketdata.latest_trade(symbol=symbol)
    if trade is not None and trade.px > 0:
        return Marks(mark=price_from_float(trade.px), lastday=lastday)
    quote = marketdata.latest_quote(symbol=symbol)
    if quote is not None and quote.bid_px > 0 and quote.ask_px > 0:
        middle = (price_from_float(quote.bid_px) + price_from_float(quote.ask_px)) / Decimal(2)
        return Marks(mark=Price(middle), lastday=lastday)
    return Marks(mark=lastday, lastday=lastday)
