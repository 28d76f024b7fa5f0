"""
IEX's messages in our words. Pure: messages in, rows of a recording out.

IEX shows its own market only, so every quote and print carries its letter, V. A quote's side
without a price comes out as 0 shares at 0.0, which the pipeline refuses: nobody trades on it.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from marketdata.contracts import BookSide, PriceLevel, TradeCancel, TradingStatus
from marketdata.domain.book import Book
from marketdata.feeds.iex.messages import (
    BuyLevel,
    Message,
    QuoteUpdate,
    SellLevel,
    TradeBreak,
    TradeReport,
    TradingStatusMessage,
)
from marketdata.feeds.recording import QuoteRow, TapeRow, TradeRow, UpdateRow

EXCHANGE = "V"
PRICE_SCALE = 10_000.0
# The type bytes of what is translated; the rest needs no decoding.
KINDS = frozenset(b"QTBH85")

_NS_PER_US = 1_000
_EVENT_IS_COMPLETE = 0x1
_REGULAR = ("@",)
# Sale flags as letters of the consolidated tape. Exempt from trade-through (0x10) has none.
_CONDITIONS = ((0x80, "F"), (0x40, "T"), (0x20, "I"), (0x08, "X"))
_STATUSES = MappingProxyType(
    {
        "H": "Trading halted on all markets",
        "O": "Order acceptance before the resumption of trading",
        "P": "Trading paused on IEX; orders are accepted",
        "T": "Trading",
    }
)
_REASONS = MappingProxyType(
    {
        "T1": "Halted: news pending",
        "IPO1": "Halted: initial offering not yet traded",
        "IPOD": "Halted: initial offering delayed",
        "MCB3": "Halted: market-wide circuit breaker, level 3",
        "NA": "Reason not available",
        "T2": "Order acceptance: news released",
        "IPO2": "Order acceptance: initial offering",
        "IPO3": "Pre-launch: initial offering",
    }
)


@lru_cache(maxsize=1 << 16)
def symbol_of(raw: bytes) -> str:
    """Return the eight bytes of a symbol as text."""
    return raw.rstrip(b" ").decode("ascii")


@lru_cache(maxsize=256)
def conditions_of(flags: int) -> tuple[str, ...]:
    return tuple(letter for bit, letter in _CONDITIONS if flags & bit) or _REGULAR


class Translator:
    """
    Makes rows of one capture's messages. ``midnight_ns`` is the New York midnight of its day.

    DEEP tells levels and no quote, so the translator keeps each symbol's book to say when the best
    bid and offer have changed.
    """

    def __init__(self, *, midnight_ns: int) -> None:
        self._midnight_ns = midnight_ns
        self._books: dict[str, Book] = {}
        self._best: dict[str, tuple[Any, Any]] = {}
        self._makers: Mapping[type[Any], Callable[[Any, int], Iterator[TapeRow]]] = {
            QuoteUpdate: self._quote,
            TradeReport: _trade,
            TradeBreak: _cancel,
            TradingStatusMessage: _status,
            BuyLevel: self._level,
            SellLevel: self._level,
        }

    def translate(self, message: Message) -> Iterator[TapeRow]:
        """Yield what the message says; nothing if it says nothing about prices."""
        maker = self._makers.get(type(message))
        if maker is not None:
            yield from maker(message, (message.ts - self._midnight_ns) // _NS_PER_US)

    def clear_books(self, *, us: int) -> Iterator[TapeRow]:
        """
        Take every level away: the stream began anew, or lost messages.

        What is not told again is not known any more; a level that stands by mistake could be taken
        for a market.
        """
        books, self._books = self._books, {}
        self._best.clear()
        for symbol, book in books.items():
            levels = book.levels()
            for number, (side, px) in enumerate(levels, start=1):
                yield _level_row(us, symbol, side, px, 0, is_complete=number == len(levels))

    def _quote(self, message: QuoteUpdate, us: int) -> Iterator[TapeRow]:
        yield QuoteRow(
            us,
            symbol_of(message.symbol),
            message.bid / PRICE_SCALE,
            message.bid_size,
            EXCHANGE,
            message.ask / PRICE_SCALE,
            message.ask_size,
            EXCHANGE,
        )

    def _level(self, message: BuyLevel | SellLevel, us: int) -> Iterator[TapeRow]:
        symbol = symbol_of(message.symbol)
        side = BookSide.BID if isinstance(message, BuyLevel) else BookSide.ASK
        px = message.price / PRICE_SCALE
        is_complete = bool(message.flags & _EVENT_IS_COMPLETE)
        yield _level_row(us, symbol, side, px, message.size, is_complete=is_complete)
        book = self._books.get(symbol)
        if book is None:
            book = self._books[symbol] = Book(symbol)
        if book.apply(side=side, px=px, size=message.size, is_complete=is_complete, ts=message.ts):
            best = book.best()
            if best != self._best.get(symbol):
                self._best[symbol] = best
                (bid_px, bid_size), (ask_px, ask_size) = (each or (0.0, 0) for each in best)
                yield QuoteRow(us, symbol, bid_px, bid_size, EXCHANGE, ask_px, ask_size, EXCHANGE)


def _trade(message: TradeReport, us: int) -> Iterator[TapeRow]:
    yield TradeRow(
        us,
        symbol_of(message.symbol),
        message.price / PRICE_SCALE,
        message.size,
        EXCHANGE,
        conditions_of(message.flags),
        message.trade_id,
    )


def _cancel(message: TradeBreak, us: int) -> Iterator[TapeRow]:
    values = {
        "trade_id": message.trade_id,
        "px": message.price / PRICE_SCALE,
        "size": message.size,
        "exchange": EXCHANGE,
    }
    yield UpdateRow(us, symbol_of(message.symbol), TradeCancel, values)


def _status(message: TradingStatusMessage, us: int) -> Iterator[TapeRow]:
    symbol = symbol_of(message.symbol)
    code, reason = message.status.decode("ascii"), message.reason.decode("ascii").strip()
    values = {
        "status_code": code,
        "status_message": _STATUSES.get(code, ""),
        "reason_code": reason,
        "reason_message": _REASONS.get(reason, ""),
    }
    yield UpdateRow(us, symbol, TradingStatus, values, state=(TradingStatus, symbol))


def _level_row(
    us: int, symbol: str, side: BookSide, px: float, size: int, *, is_complete: bool
) -> UpdateRow:
    values = {"side": side, "px": px, "size": size, "is_complete": is_complete}
    return UpdateRow(us, symbol, PriceLevel, values, (PriceLevel, symbol, side, px), size == 0)
