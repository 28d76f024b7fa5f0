"""Whether a tick can be true. A refused tick changes nothing and is counted by its reason."""

import math
from enum import StrEnum, unique

from msgspec.structs import replace

from marketdata.contracts import Bar, Quote, Trade
from marketdata.domain.plausible import PX_MAX, SHARES_MAX, is_possible_bar

# Clocks differ a little; a tick further ahead than this has a wrong time.
MAX_AHEAD_NS = 1_000_000_000
# No provider tells of a time before 1970-01-02: what does has no time, and some write that as zero
# or as the year 1.
EARLIEST_NS = 86_400_000_000_000
_COUNT_MAX = 2**31 - 1
_NS_PER_MINUTE = 60_000_000_000


@unique
class Refusal(StrEnum):
    """Why a tick was not taken."""

    NOT_FINITE = "NOT_FINITE"
    NOT_POSITIVE = "NOT_POSITIVE"
    CROSSED = "CROSSED"
    FUTURE = "FUTURE"
    PAST = "PAST"
    TOO_LARGE = "TOO_LARGE"
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
    if (  # nearly every quote is good, so this comes first
        0 < quote.bid_px <= quote.ask_px <= PX_MAX
        and 0 < quote.bid_size <= SHARES_MAX
        and 0 < quote.ask_size <= SHARES_MAX
        and EARLIEST_NS <= quote.ts_event <= now_ns + MAX_AHEAD_NS
    ):
        return None
    return (
        _refuse_sides(quote.bid_px, quote.bid_size, quote.ask_px, quote.ask_size)
        or (Refusal.CROSSED if quote.bid_px > quote.ask_px else None)
        or _refuse_time(quote.ts_event, now_ns)
    )


def is_possible_time(ts: int, *, now_ns: int) -> bool:
    """Say whether something can have happened then: neither ahead of the clock nor never."""
    return EARLIEST_NS <= ts <= now_ns + MAX_AHEAD_NS


def is_withdrawn(quote: Quote) -> bool:
    """
    Say whether the quote tells that a side has no price any more: zero, and nothing worse.

    What stood on that side is gone; what the other says, if anything, is true: ``standing_side``.
    """
    numbers = (quote.bid_px, quote.ask_px, quote.bid_size, quote.ask_size)
    return min(numbers) == 0 and all(math.isfinite(number) for number in numbers)


def standing_side(quote: Quote) -> Quote | None:
    """
    Return a withdrawn quote with nothing but the side that stands; None if neither does.

    The other side's price and size are 0 both, also where the source told one of them.
    """
    if quote.ask_px > 0 and quote.ask_size > 0:
        return replace(quote, bid_px=0.0, bid_size=0)
    if quote.bid_px > 0 and quote.bid_size > 0:
        return replace(quote, ask_px=0.0, ask_size=0)
    return None


def refuse_standing_side(*, quote: Quote, now_ns: int) -> Refusal | None:
    """Return why a quote of one side, the other 0, cannot be true, or None."""
    px, size = quote.bid_px or quote.ask_px, quote.bid_size or quote.ask_size
    whole = replace(quote, bid_px=px, ask_px=px, bid_size=size, ask_size=size)
    return refuse_quote(quote=whole, now_ns=now_ns)


def true_quote(*, quote: Quote, now_ns: int) -> Quote | None:
    """Return the quote, or the side of it that stands, if it can be true; else None."""
    if not is_withdrawn(quote):
        return quote if refuse_quote(quote=quote, now_ns=now_ns) is None else None
    one_sided = standing_side(quote)
    if one_sided is None or refuse_standing_side(quote=one_sided, now_ns=now_ns) is not None:
        return None
    return one_sided


def refuse_trade(*, trade: Trade, now_ns: int) -> Refusal | None:
    """Return why the trade cannot be true, or None."""
    if (
        0 < trade.px <= PX_MAX
        and 0 < trade.size <= SHARES_MAX
        and EARLIEST_NS <= trade.ts_event <= now_ns + MAX_AHEAD_NS
    ):
        return None
    return _refuse_sides(trade.px, trade.size) or _refuse_time(trade.ts_event, now_ns)


def _refuse_sides(*numbers: float) -> Refusal | None:
    """Judge prices and sizes, which come in turn."""
    if not all(map(math.isfinite, numbers)):
        return Refusal.NOT_FINITE
    if min(numbers) <= 0:
        return Refusal.NOT_POSITIVE
    if max(numbers[::2]) > PX_MAX or max(numbers[1::2]) > SHARES_MAX:
        return Refusal.TOO_LARGE
    return None


def _refuse_time(ts: int, now_ns: int) -> Refusal | None:
    if ts < EARLIEST_NS:
        return Refusal.PAST
    return Refusal.FUTURE if ts > now_ns + MAX_AHEAD_NS else None


def refuse_minute(*, bar: Bar, now_ns: int) -> Refusal | None:
    """Return why a provider's minute bar cannot be true, or None."""
    refusal = refuse_day(bar=bar)
    if refusal is not None:
        return refusal
    if bar.ts_start % _NS_PER_MINUTE:
        return Refusal.IMPOSSIBLE_BAR
    if bar.ts_start + _NS_PER_MINUTE > now_ns + MAX_AHEAD_NS:
        return Refusal.FUTURE  # the minute is not over
    return None


def refuse_day(*, bar: Bar) -> Refusal | None:
    """Return why a provider's bar cannot be true whatever its length, or None."""
    prices = (bar.open, bar.high, bar.low, bar.close)
    if not all(map(math.isfinite, (*prices, bar.volume, bar.vwap or 0.0))):
        return Refusal.NOT_FINITE
    if min(prices) <= 0 or bar.volume < 0:
        return Refusal.NOT_POSITIVE
    if not is_possible_bar(bar) or not 0 <= (bar.trade_count or 0) <= _COUNT_MAX:
        return Refusal.IMPOSSIBLE_BAR
    return Refusal.PAST if bar.ts_start < EARLIEST_NS else None


def is_locked(quote: Quote) -> bool:
    return quote.bid_px == quote.ask_px
