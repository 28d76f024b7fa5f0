"""The newest of everything, from this process's memory."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime

from marketdata.contracts import (
    Bar,
    BookView,
    Mover,
    Need,
    PriceBand,
    Quote,
    Snapshot,
    Tick,
    Trade,
    TradingStatus,
    Update,
)
from marketdata.operations import (
    follow_symbols,
    read_closes,
    read_market,
    run_feed,
)
from trading.kernel import clock

# An order in a symbol that nobody has asked for yet waits so long for its first price.
PRICE_WAIT_S = 3.0


def latest_quote(*, symbol: str) -> Quote | None:
    """
    Return the prevailing best bid and offer, of which one side may be empty (price and size 0).

    None while none has been seen, after both sides were withdrawn, and of a feed that was replaced.
    """
    pipeline = run_feed.running()
    return None if pipeline is None else pipeline.latest.quotes.get(symbol)


def quote_heard_ns_ago(*, symbol: str) -> int | None:
    """
    Return how long ago the prevailing quote came, ns; None while none has been seen.

    By a clock that is never set back: a quote that stands still grows old whatever the time says.
    """
    pipeline = run_feed.running()
    return None if pipeline is None else pipeline.latest.quote_heard_ns_ago(symbol)


def latest_trade(*, symbol: str) -> Trade | None:
    pipeline = run_feed.running()
    return None if pipeline is None else pipeline.latest.trades.get(symbol)


def previous_close(*, symbol: str) -> float | None:
    """
    Return the last price of the feed's session before this one, in dollars; None if nobody knows.

    From memory, or from the stored daily bars, so it is known before any price of today arrives.
    """
    return read_closes.previous_close(symbol=symbol, now=clock.utc_now())


def previous_closes(*, symbols: Sequence[str], now: datetime) -> dict[str, float]:
    """
    Return what symbols closed at in the last regular session that was over at ``now``: raw dollars.

    A symbol whose close is not known is left out. For the base of a day pass the midnight (New
    York) with which it begins. One query for all; not on an event loop.
    """
    return read_closes.previous_closes(symbols=symbols, now=now)


def request_previous_closes(*, symbols: Sequence[str], now: datetime) -> None:
    """Have those of these closes that are not stored fetched, in the background; return at once."""
    read_closes.request(symbols=symbols, now=now)


def list_carried_symbols() -> list[str]:
    """Return the symbols that the running feed has prices for."""
    pipeline = run_feed.running()
    return [] if pipeline is None else list(pipeline.feed.symbols)


def on_tick(listener: Callable[[Tick | TradingStatus], None]) -> Callable[[], None]:
    """
    Call ``listener`` with each quote and trade that moves the market; return what ends it.

    It also hears of each status that says that a symbol's trading has stopped or goes on.

    In order, on the event loop's thread: it must be fast. What it raises is logged and stops
    nobody. Trades whose conditions keep them from being the last price (odd lots, average prices,
    late reports) are not among them: ``on_update`` hears of those too.
    """
    run_feed.mark_listeners.append(listener)
    return lambda: run_feed.mark_listeners.remove(listener)


def need_prices(*, who: Need, symbols: Iterable[str]) -> None:
    """
    Let the feed follow these symbols for ``who``, and no others, as far as its plan has room.

    Any thread may say so, and does so anew when that changes.
    """
    follow_symbols.need(who=who, symbols=symbols)


async def await_price(*, symbol: str, seconds_max: float = PRICE_WAIT_S) -> None:
    """
    Have a symbol followed that is not yet, and wait until it has a quote, or for so long.

    Returns at once for one that is followed already, and of a feed whose symbols are given.
    """
    await follow_symbols.await_price(symbol=symbol, seconds_max=seconds_max)


def need_each_quote(*, who: str, symbols: Iterable[str]) -> None:
    """
    Let ``who`` hear each quote of these symbols, and of no others, whatever ``EACH_QUOTE`` says.

    Where nobody needs each, those of a busy provider may be overtaken by newer ones, unheard.
    """
    run_feed.each_quote.need(who=who, symbols=symbols)


def on_update(listener: Callable[[Update], None]) -> Callable[[], None]:
    """
    Call ``listener`` with all that the feed says and that is true; return what ends it.

    Quotes, all trades, corrections, cancels, providers' bars, statuses and price bands; see
    ``on_tick``.
    """
    run_feed.listeners.append(listener)
    return lambda: run_feed.listeners.remove(listener)


def trading_status(*, symbol: str) -> TradingStatus | None:
    """
    Return the last status that says whether the symbol trades: halted, paused, resumed.

    None while the running feed has said nothing of it: such a symbol is taken to trade.
    """
    pipeline = run_feed.running()
    return None if pipeline is None else pipeline.latest.statuses.get(symbol)


def latest_price_band(*, symbol: str) -> PriceBand | None:
    """Return the symbol's limit-up limit-down band; None while none has been said."""
    pipeline = run_feed.running()
    return None if pipeline is None else pipeline.latest.price_bands.get(symbol)


def latest_daily_bar(*, symbol: str) -> Bar | None:
    """Return the day's bar as its provider last gave it; None if it gives none."""
    pipeline = run_feed.running()
    told = None if pipeline is None else pipeline.latest.daily_bars.get(symbol)
    return None if told is None else told.bar


def latest_bars(*, symbols: Collection[str], now: datetime) -> dict[str, Bar]:
    """Return the newest minute bar of those that have one, the live one if there is one."""
    return read_market.latest_bars(symbols=symbols, now=now)


def find_snapshots(*, symbols: Collection[str], now: datetime) -> dict[str, Snapshot]:
    """Return the newest values of those of the symbols of which any are known."""
    return read_market.snapshots(symbols=symbols, now=now)


def list_movers() -> list[Mover]:
    """Return how far each symbol has moved from its previous close, the farthest up first."""
    return read_market.list_movers()


def list_day_bars(*, now: datetime) -> Sequence[Bar]:
    """Return today's bar of every symbol that has traded today."""
    return read_market.list_day_bars(now=now)


def top_of_book(*, symbol: str, depth: int = 10) -> BookView | None:
    """
    Return the best ``depth`` (at most ten) price levels of each side, best first.

    None if the running feed has told no book of this symbol, or one that cannot be true.
    """
    pipeline = run_feed.running()
    return None if pipeline is None else pipeline.books.view(symbol, depth=depth)
