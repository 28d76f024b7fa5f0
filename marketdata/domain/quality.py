"""Whether a tick can be true. A refused tick changes nothing and is counted by its reason."""

import math
from enum import StrEnum, unique

from marketdata.contracts import Bar, Quote, Trade

# Clocks differ a little; a tick further ahead than this has a wrong time.
MAX_AHEAD_NS = 1_000_000_000
_NS_PER_MINUTE = 60_000_000_000


@unique
class Refusal(StrEnum):
    """Why a tick was not taken."""

    NOT_FINITE = "NOT_FINITE"
    NOT_POSITIVE = "NOT_POSITIVE"
    CROSSED = "CROSSED"
    FUTURE = "FUTURE"
    UNKNOWN_SYMBOL = "UNKNOWN_SYMBOL"
    DUPLICATE = "DUPLICATE"
    OUT_OF_ORDER = "OUT_OF_ORDER"
    OUT_OF_BAND = "OUT_OF_BAND"
    IMPOSSIBLE_BAR = "IMPOSSIBLE_BAR"


def refuse_quote(*, quote: Quote, now_ns: int) -> Refusal | None:
    """
    Return why the quote cannot be true, or None.

    A locked quote (bid equals ask) is unusual and valid; see ``is_locked``.
    """
    if not (math.isfinite(quote.bid_px) and math.isfinite(quote.ask_px)):
        return Refusal.NOT_FINITE
    if min(quote.bid_px, quote.ask_px) <= 0 or min(quote.bid_size, quote.ask_size) <= 0:
        return Refusal.NOT_POSITIVE
    if quote.bid_px > quote.ask_px:
        return Refusal.CROSSED
    if quote.ts_event > now_ns + MAX_AHEAD_NS:
        return Refusal.FUTURE
    return None


def is_withdrawn(quote: Quote) -> bool:
    """
    Say whether the quote tells that a side has no price any more: zero, and nothing worse.

    It is no quote to trade at, but it ends the one before: what stood there is gone.
    """
    numbers = (quote.bid_px, quote.ask_px, quote.bid_size, quote.ask_size)
    return min(numbers) == 0 and all(math.isfinite(number) for number in numbers)


def refuse_trade(*, trade: Trade, now_ns: int) -> Refusal | None:
    """Return why the trade cannot be true, or None."""
    if not math.isfinite(trade.px):
        return Refusal.NOT_FINITE
    if trade.px <= 0 or trade.size <= 0:
        return Refusal.NOT_POSITIVE
    if trade.ts_event > now_ns + MAX_AHEAD_NS:
        return Refusal.FUTURE
    return None


def refuse_minute(*, bar: Bar, now_ns: int) -> Refusal | None:
    """Return why a provider's minute bar cannot be true, or None."""
    prices = (bar.open, bar.high, bar.low, bar.close)
    if not (all(map(math.isfinite, prices)) and math.isfinite(bar.volume)):
        return Refusal.NOT_FINITE
    if min(prices) <= 0 or bar.volume < 0:
        return Refusal.NOT_POSITIVE
    if bar.low > min(prices) or bar.high < max(prices) or bar.ts_start % _NS_PER_MINUTE:
        return Refusal.IMPOSSIBLE_BAR
    if bar.ts_start + _NS_PER_MINUTE > now_ns + MAX_AHEAD_NS:
        return Refusal.FUTURE  # the minute is not over
    return None


def is_locked(quote: Quote) -> bool:
    return quote.bid_px == quote.ask_px
