"""The rows of the provider's history. Bars are stamped in milliseconds, ticks in nanoseconds."""

from typing import Generic, TypeVar

from msgspec import Struct

from marketdata.feeds.polygon.wire import Size

Row = TypeVar("Row")


class Envelope(Struct, Generic[Row]):
    """What every list comes in. ``results`` is left out when there are none."""

    results: list[Row] | None = None
    next_url: str | None = None


class AggregateRow(Struct):
    t: int
    o: float
    h: float
    l: float  # noqa: E741 - the provider's name
    c: float
    v: float = 0
    vw: float | None = None
    n: int | None = None


class TradeRow(Struct):
    """``id`` is the stream's ``i``, unique by exchange."""

    price: float
    sip_timestamp: int
    size: Size = 0
    exchange: int = 0
    sequence_number: int = 0
    id: str = ""
    conditions: tuple[int, ...] | None = None


class QuoteRow(Struct):
    sip_timestamp: int
    bid_price: float = 0
    bid_size: Size = 0
    bid_exchange: int = 0
    ask_price: float = 0
    ask_size: Size = 0
    ask_exchange: int = 0


class SplitRow(Struct):
    ticker: str
    execution_date: str
    split_from: float
    split_to: float


class DividendRow(Struct):
    ticker: str
    ex_dividend_date: str
    cash_amount: float
    currency: str | None = None
    record_date: str | None = None
    pay_date: str | None = None


class TickerChange(Struct):
    ticker: str


class TickerEvent(Struct):
    date: str
    ticker_change: TickerChange | None = None


class TickerEvents(Struct):
    events: list[TickerEvent] | None = None


class TickerEventsEnvelope(Struct):
    results: TickerEvents | None = None


class TickerRow(Struct):
    ticker: str
    name: str = ""
    primary_exchange: str = ""
    active: bool = True
    type: str = ""
    composite_figi: str | None = None


class SnapshotTrade(Struct):
    p: float
    t: int
    s: Size = 0
    x: int = 0
    i: str = ""
    c: tuple[int, ...] | None = None


class SnapshotQuote(Struct):
    """Capitals are the offer's."""

    t: int
    p: float = 0
    s: Size = 0
    P: float = 0
    S: Size = 0


class SnapshotBar(Struct):
    o: float = 0
    h: float = 0
    l: float = 0  # noqa: E741 - the provider's name
    c: float = 0
    v: float = 0
    vw: float | None = None
    t: int | None = None
    n: int | None = None


class SnapshotRow(Struct, rename="camel"):
    """Blocks are left out, or all zeros, between the nightly reset and the first trade."""

    ticker: str
    day: SnapshotBar | None = None
    min: SnapshotBar | None = None
    prev_day: SnapshotBar | None = None
    last_trade: SnapshotTrade | None = None
    last_quote: SnapshotQuote | None = None
    updated: int = 0


class SnapshotEnvelope(Struct):
    tickers: list[SnapshotRow] | None = None
