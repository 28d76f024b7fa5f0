"""What crosses a quote socket: a client's requests in, frames out. JSON text."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum, unique

import orjson

from marketdata.contracts import Bar, BookView, FeedStatus, Quote, ReplayedSession, Trade
from trading.kernel.clock import to_ns
from trading.kernel.errors import TradingError

_NS_PER_MS = 1_000_000
# As many symbols as a connection may follow take a third of this.
REQUEST_LENGTH_MAX = 32_768


@unique
class Action(StrEnum):
    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"
    BOOK = "book"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """For BOOK, ``symbols`` is the one whose book is wanted, or empty for none."""

    action: Action
    symbols: tuple[str, ...]


class MalformedRequest(TradingError):
    """The client's message is not a request. It gets an error frame and may try again."""

    code = "MALFORMED_REQUEST"


def parse_request(*, text: str | bytes) -> Request:
    """
    Read ``{"action": "subscribe", "symbols": ["IBM"]}`` or ``{"action": "book", "symbol": "IBM"}``.

    A book's symbol may be null. Symbols are taken in capitals.

    :raises MalformedRequest: saying what is wrong
    """
    if len(text) > REQUEST_LENGTH_MAX:
        raise MalformedRequest(f"the message is longer than {REQUEST_LENGTH_MAX} characters")
    try:
        message = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise MalformedRequest("the message is not JSON") from error
    if not isinstance(message, dict):
        raise MalformedRequest("the message must be a JSON object")
    known = [action.value for action in Action]
    action, symbols = message.get("action"), message.get("symbols")
    if action not in known:
        raise MalformedRequest(f"action must be one of {', '.join(known)}")
    if action == Action.BOOK:
        return _parse_book(message)
    if not isinstance(symbols, list) or not all(isinstance(name, str) for name in symbols):
        raise MalformedRequest("symbols must be a list of strings")
    return Request(
        action=Action(action), symbols=tuple(dict.fromkeys(name.upper() for name in symbols))
    )


def _parse_book(message: dict[str, object]) -> Request:
    symbol = message.get("symbol", "")
    if symbol is not None and not (isinstance(symbol, str) and symbol):
        raise MalformedRequest("symbol must be a string, or null for no book")
    return Request(action=Action.BOOK, symbols=() if symbol is None else (symbol.upper(),))


def encode_value(
    *,
    symbol: str,
    quote: Quote | None,
    trade: Trade | None,
    previous_close: float | None,
    bar: Bar | None,
) -> str:
    """
    Return one symbol's newest values as a JSON object, the element of a ticks frame.

    ``t`` is the time of the newest tick in milliseconds, ``src`` where it came from; ``qt`` is the
    time of the quote alone, since trades may go on while it stands still. What is not known, and a
    side that nobody quotes, is null, never 0.
    """
    ticks = [tick for tick in (quote, trade) if tick is not None]
    newest = max(ticks, key=lambda tick: tick.ts_event, default=None)
    return orjson.dumps(
        {
            "S": symbol,
            "bp": quote and (quote.bid_px or None),
            "bs": quote and (quote.bid_size or None),
            "ap": quote and (quote.ask_px or None),
            "as": quote and (quote.ask_size or None),
            "lp": trade and trade.px,
            "ls": trade and trade.size,
            "pc": previous_close,
            "t": newest and newest.ts_event // _NS_PER_MS,
            "qt": quote and quote.ts_event // _NS_PER_MS,
            "src": newest and newest.source,
            "bar": bar and _bar(bar),
        }
    ).decode()


def ticks_frame(*, values: Iterable[str]) -> str:
    """Join values that ``encode_value`` made; they are not encoded again."""
    return f'{{"type":"ticks","data":[{",".join(values)}]}}'


def book_frame(*, symbol: str, book: BookView | None) -> str:
    """
    Return the best levels of one symbol, best first, as [dollars, shares].

    Both sides are empty when no book is known: the source tells none, or it cannot be true.
    """
    bids, asks = (book.bids, book.asks) if book is not None else ((), ())
    return orjson.dumps({"type": "book", "S": symbol, "bids": bids, "asks": asks}).decode()


def feed_frame(*, status: FeedStatus) -> str:
    return orjson.dumps({"type": "feed", "feed": feed_shape(status=status)}).decode()


def feed_shape(*, status: FeedStatus) -> dict[str, object]:
    """Return how the feed is as screens are told it; ``replayed`` is null but for a replay."""
    return {
        "name": status.name,
        "kind": status.kind,
        "label": status.label,
        "connected": status.connected,
        "detail": status.detail,
        "last_tick_at": status.last_tick_at,
        "sources": [
            {"name": source.name, "connected": source.connected, "detail": source.detail}
            for source in status.sources
        ],
        "replayed": _replayed(status.replayed),
    }


def _replayed(played: ReplayedSession | None) -> dict[str, float] | None:
    """Write times in milliseconds since the epoch."""
    if played is None:
        return None
    times = {
        "opened_ms": played.opened_at,
        "from_ms": played.recorded_from,
        "to_ms": played.recorded_to,
    }
    shape: dict[str, float] = {name: to_ns(at) // _NS_PER_MS for name, at in times.items()}
    return {**shape, "speed": played.speed}


def error_frame(*, code: str, message: str, symbol: str | None = None) -> str:
    body = {"type": "error", "code": code, "message": message}
    return orjson.dumps(body if symbol is None else {**body, "symbol": symbol}).decode()


def _bar(bar: Bar) -> dict[str, float | None]:
    return {
        "t": bar.ts_start // _NS_PER_MS,
        "o": bar.open,
        "h": bar.high,
        "l": bar.low,
        "c": bar.close,
        "v": bar.volume,
        "n": bar.trade_count,
        "vw": bar.vwap,
    }
