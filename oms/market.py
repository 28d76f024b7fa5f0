"""Prices on their way into orders: market data's floats become Decimals here and nowhere else."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from marketdata import interface as marketdata
from marketdata.contracts import Quote
from risk.contracts import Market
from trading.kernel.errors import TradingError
from trading.kernel.quantities import Price, price_from_float

_NS_PER_MS = 1_000_000
# Clocks differ a little. What is further ahead of ours has a wrong time, or our clock was set back.
AHEAD_MAX_NS = 1_000_000_000
_NOTHING = Price(Decimal(0))


def _price(value: float) -> Price | None:
    return price_from_float(value) if value > 0 else None


def market_for(*, symbol: str, now_ns: int, is_open: bool) -> Market:
    """
    Return the symbol's last known prices for risk; None where nothing is known.

    ``is_open`` is told of all symbols at once, by ``is_open_at`` or the session that is known.
    """
    quote = marketdata.latest_quote(symbol=symbol)
    trade = marketdata.latest_trade(symbol=symbol)
    return Market(
        bid=None if quote is None or quote.bid_size <= 0 else _price(quote.bid_px),
        ask=None if quote is None or quote.ask_size <= 0 else _price(quote.ask_px),
        last=None if trade is None else _price(trade.px),
        quote_age_ms=None if quote is None else quote_age_ms(quote=quote, now_ns=now_ns),
        is_delayed=marketdata.is_delayed_source(symbol=symbol),
        halt=exchange_halt(symbol),
        is_open=is_open,
    )


def is_open_at(*, now: datetime) -> bool:
    """Tell whether the regular session is open; False where its hours are not known."""
    try:
        return marketdata.get_session(now=now).is_open
    except TradingError:  # no calendar reaches so far, or no feed can be played
        return False


def quote_age_ms(*, quote: Quote, now_ns: int) -> int | None:
    """
    Return how old a prevailing quote is; None if that is not known.

    The older of what the times say and of how long ago it came by a clock that nobody sets: a quote
    that stands still does not become fresh when the time is set back.
    """
    age_ns = now_ns - quote.ts_event
    if age_ns < -AHEAD_MAX_NS:
        return None
    heard_ns_ago = marketdata.quote_heard_ns_ago(symbol=quote.symbol)
    return max(0, age_ns, heard_ns_ago or 0) // _NS_PER_MS


def quote_to_trade_at(*, symbol: str, now_ns: int, age_max_ms: Decimal) -> Quote | None:
    """Return the prevailing quote; None if it is too old to trade at, or of a delayed source."""
    quote = marketdata.latest_quote(symbol=symbol)
    if quote is None or marketdata.is_delayed_source(symbol=symbol):
        return None
    age_ms = quote_age_ms(quote=quote, now_ns=now_ns)
    return None if age_ms is None or age_ms > age_max_ms else quote


def exchange_halt(symbol: str) -> str:
    """Return why the exchange has halted or paused the symbol, in its words; empty if it trades."""
    status = marketdata.trading_status(symbol=symbol)
    if status is None or not status.is_halted:
        return ""
    return status.reason_message or status.status_message or status.status_code


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """
    What a share is taken to be worth now, and what it closed at in the session before.

    ``is_stale``: neither is known, so an older close stands for both.
    """

    mark: Price | None
    lastday: Price | None
    is_stale: bool = False


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


def marks_of_holding(*, symbol: str, last_close: Price | None, is_written_down: bool) -> Marks:
    """
    Return the marks of something held: those of its symbol, else the last close known, however old.

    What staff have written down is worth nothing until they take that back.
    """
    if is_written_down:
        return Marks(mark=_NOTHING, lastday=_NOTHING)
    marks = marks_for(symbol=symbol)
    if marks.mark is None and last_close is not None:
        return Marks(mark=last_close, lastday=last_close, is_stale=True)
    return marks
