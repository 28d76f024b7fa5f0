"""DOOR. The nouns of market data. Prices are float64 dollars, sizes are shares, ``ts_*`` are ns."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum, unique
from typing import Generic, TypeVar
from uuid import UUID

import msgspec
import numpy as np
from numpy.typing import NDArray

Rows_co = TypeVar("Rows_co", covariant=True)


@unique
class FeedKind(StrEnum):
    """Where ticks come from; anything but a live market must say so on every screen."""

    SIMULATED = "SIMULATED"
    REPLAY = "REPLAY"
    DELAYED = "DELAYED"
    LIVE = "LIVE"


# Made for every tick, and a struct is made many times faster than a dataclass.
class Quote(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The best bid and offer of a symbol from ``ts_event`` on."""

    symbol: str
    bid_px: float
    bid_size: int
    ask_px: float
    ask_size: int
    bid_exchange: str
    ask_exchange: str
    ts_event: int
    ts_init: int
    source: str


class Trade(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One print on the tape. ``conditions`` are the letters of the consolidated tape."""

    symbol: str
    px: float
    size: int
    exchange: str
    conditions: tuple[str, ...]
    trade_id: int
    ts_event: int
    ts_init: int
    source: str


@unique
class TradeUpdate(StrEnum):
    """What the tape said of a print later, spelled as the API spells it."""

    CANCELED = "canceled"  # it was taken back
    INCORRECT = "incorrect"  # it was taken back, and another given in its place
    CORRECTED = "corrected"  # it is that other one


class HistoricalTrade(Trade, frozen=True, kw_only=True, gc=False):
    """A print as history knows it; ``update`` is None of one that simply stands."""

    update: TradeUpdate | None = None


Tick = Quote | Trade


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """The trades of one interval, stamped with its start. ``volume`` is shares."""

    symbol: str
    ts_start: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    trade_count: int
    vwap: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BarColumns:
    """
    One symbol's bars as columns of one length, ascending in time: years of them stay fast.

    ``ts_start`` and ``trade_count`` are int64, the rest float64; each means what it means in
    ``Bar``. A source that does not tell a vwap leaves NaN.
    """

    ts_start: NDArray[np.int64]
    open: NDArray[np.float64]
    high: NDArray[np.float64]
    low: NDArray[np.float64]
    close: NDArray[np.float64]
    volume: NDArray[np.float64]
    trade_count: NDArray[np.int64]
    vwap: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.ts_start)


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeCorrection:
    """
    The tape takes a print back and gives another in its place. ``ts_event`` is the print's.

    ``original_conditions`` are empty where the source does not tell them.
    """

    symbol: str
    original_trade_id: int
    original_px: float
    original_size: int
    original_conditions: tuple[str, ...] = ()
    trade_id: int
    px: float
    size: int
    exchange: str
    conditions: tuple[str, ...]
    ts_event: int
    ts_init: int
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeCancel:
    """The tape takes a print back. ``ts_event`` is when the cancel was reported."""

    symbol: str
    trade_id: int
    px: float
    size: int
    exchange: str
    ts_event: int
    ts_init: int
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderBar:
    """A minute bar as the provider made it: it replaces ours, whose ticks may have had a hole."""

    bar: Bar
    ts_init: int
    source: str

    @property
    def symbol(self) -> str:
        return self.bar.symbol


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderDailyBar:
    """The day's bar so far, as the provider made it, stamped with midnight New York."""

    bar: Bar
    ts_init: int
    source: str

    @property
    def symbol(self) -> str:
        return self.bar.symbol


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingStatus:
    """A symbol is halted, resumed, or otherwise not as usual, in the exchange's codes and words."""

    symbol: str
    status_code: str
    status_message: str
    reason_code: str
    reason_message: str
    ts_event: int
    ts_init: int
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceBand:
    """The limit-up limit-down band: no trade above ``upper_px`` or below ``lower_px`` (dollars)."""

    symbol: str
    upper_px: float
    lower_px: float
    indicator: str
    ts_event: int
    ts_init: int
    source: str


@unique
class BookSide(StrEnum):
    BID = "BID"
    ASK = "ASK"


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceLevel:
    """
    A price of a symbol's book now shows ``size`` shares; 0 means that the level is gone.

    One event may change several levels: the book between them never existed. ``is_complete`` is
    True on the event's last one.
    """

    symbol: str
    side: BookSide
    px: float
    size: int
    is_complete: bool
    ts_event: int
    ts_init: int
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BookView:
    """A book's best levels, best first, as (dollars, shares). ``ts_event``: its last change."""

    symbol: str
    bids: tuple[tuple[float, int], ...]
    asks: tuple[tuple[float, int], ...]
    ts_event: int


# What a feed may say.
Update = (
    Quote
    | Trade
    | TradeCorrection
    | TradeCancel
    | ProviderBar
    | ProviderDailyBar
    | TradingStatus
    | PriceBand
    | PriceLevel
)


@unique
class BarUnit(StrEnum):
    """The unit of a timeframe, spelled as the API spells it."""

    MINUTE = "Min"
    HOUR = "Hour"
    DAY = "Day"
    WEEK = "Week"
    MONTH = "Month"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeframe:
    """How long a bar is: ``Timeframe(count=5, unit=BarUnit.MINUTE)`` is ``5Min``."""

    count: int
    unit: BarUnit

    def __str__(self) -> str:
        return f"{self.count}{self.unit}"


@unique
class CorporateActionKind(StrEnum):
    SPLIT = "SPLIT"  # forward, reverse or unit: new_rate shares for old_rate
    CASH_DIVIDEND = "CASH_DIVIDEND"  # rate dollars a share
    STOCK_DIVIDEND = "STOCK_DIVIDEND"  # rate shares a share
    SPIN_OFF = "SPIN_OFF"  # new_rate shares of new_symbol for old_rate
    SYMBOL_CHANGE = "SYMBOL_CHANGE"  # symbol becomes new_symbol


@dataclass(frozen=True, slots=True, kw_only=True)
class CorporateAction:
    """
    Something the issuer did. ``ex_date`` is the New York day from which prices show it.

    ``factor`` is what earlier prices are multiplied by, where the source says so itself; otherwise
    it follows from the rates and, for a dividend, the close before.
    """

    kind: CorporateActionKind
    symbol: str
    ex_date: date
    source: str
    rate: float | None = None
    old_rate: float | None = None
    new_rate: float | None = None
    new_symbol: str | None = None
    record_date: date | None = None
    payable_date: date | None = None
    factor: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """One row of the security master."""

    id: UUID
    symbol: str
    name: str
    exchange: str
    status: str  # "active" or "inactive"
    tradable: bool
    marginable: bool
    shortable: bool
    easy_to_borrow: bool
    fractionable: bool
    asset_class: str = "us_equity"
    # Empty where they are not known.
    mic: str = ""
    cusip: str = ""
    isin: str = ""
    figi: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingTerms:
    """How an instrument is quoted from ``effective_date`` on. ``luld_tier`` is 1 or 2."""

    effective_date: date
    tick_size: Decimal  # dollars
    round_lot: int  # shares
    luld_tier: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """
    The trading session of the feed, as seen at one moment.

    ``opens_at`` and ``closes_at`` bound the session that is open, or the next one while closed.
    ``next_open`` and ``next_close`` are the first ones after that moment, so while the session is
    open ``next_close`` comes before ``next_open``.
    """

    kind: FeedKind
    is_open: bool
    opens_at: datetime
    closes_at: datetime
    next_open: datetime
    next_close: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceStatus:
    """
    How one source of a feed is. ``detail`` is empty when all is well and says why when it is not.

    ``selected`` are the symbols whose prices come from this source now.
    """

    name: str
    kind: FeedKind
    connected: bool
    last_update_at: datetime | None
    detail: str
    selected: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedStatus:
    """How the feed is. ``detail`` is empty when all is well and says why when it is not."""

    name: str
    kind: FeedKind
    label: str
    connected: bool
    last_tick_at: datetime | None
    detail: str
    sources: tuple[SourceStatus, ...] = ()  # of a feed that is connected to providers, best first


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingDay:
    """One session of the exchange: extended hours around regular ones, aware UTC."""

    trade_date: date
    pre_opens_at: datetime
    opens_at: datetime
    closes_at: datetime
    post_closes_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DateRange:
    """Trading days from the first to the last, both included."""

    first_date: date
    last_date: date


@unique
class HistoryKind(StrEnum):
    """What a backfill fetches."""

    MINUTE_BARS = "MINUTE_BARS"
    DAILY_BARS = "DAILY_BARS"
    CORPORATE_ACTIONS = "CORPORATE_ACTIONS"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class History:
    """
    The bars of a range, and what is not in them.

    ``missing`` names the finished trading days of the range that nobody has fetched or recorded.
    ``unadjusted`` names the corporate actions that should have changed these prices and did not,
    since their effect is not known.
    """

    symbol: str
    timeframe: Timeframe
    bars: BarColumns
    missing: tuple[DateRange, ...]
    unadjusted: tuple[CorporateAction, ...]


@unique
class BackfillState(StrEnum):
    """Where a backfill stands. Only WAITING and RUNNING ones go on by themselves."""

    WAITING = "WAITING"
    RUNNING = "RUNNING"
    STOPPED = "STOPPED"  # by a person; may be resumed
    FAILED = "FAILED"  # for good; may be resumed once its cause is gone
    DONE = "DONE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backfill:
    """
    The wish to have a range of history, and how far it has come.

    A piece is a run of missing trading days that is asked for at once. ``rows_refused`` are those
    whose prices cannot be. ``error`` is empty when all is well.
    """

    id: UUID
    symbol: str
    kind: HistoryKind
    source: str
    first_date: date
    last_date: date
    state: BackfillState
    pieces_total: int
    pieces_done: int
    rows_done: int
    rows_refused: int
    due_at: datetime
    error: str
    requested_by: str
    requested_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveStatus:
    """
    How the tick archive of this process is, in ticks since its start.

    ``dropped`` could not be kept; ``trouble`` is empty when all is well and says why when not.
    """

    is_on: bool
    written: int
    dropped: int
    waiting: int
    trouble: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionCheck:
    """What a provider said to our key: ``code`` is empty if it took it, else the trouble's name."""

    provider: str
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """
    Where a page begins: ``skip`` rows after the first one of ``symbol`` at ``ts``.

    The pages of one answer keep to who answers: before ``own_from`` (ns) a provider if one can,
    from it on the platform itself. ``source`` is who has begun to answer for this symbol's time
    before it, empty while nobody has.
    """

    symbol: str
    ts: int
    skip: int = 0
    source: str = ""
    own_from: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PageOf(Generic[Rows_co]):
    """
    Rows by symbol, none of it empty; ``next_place`` is where the rest begins, if any.

    ``is_partial``: more of the range is being fetched, and will be there later.
    """

    rows: Mapping[str, Rows_co]
    next_place: Place | None
    is_partial: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The newest values of a symbol; None where there is none yet. Days are New York days."""

    latest_trade: Trade | None
    latest_quote: Quote | None
    minute_bar: Bar | None
    daily_bar: Bar | None
    previous_daily_bar: Bar | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mover:
    """How far a symbol has moved from its previous close: dollars, and per cent of that close."""

    symbol: str
    px: float
    change: float
    percent_change: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IndicatorLines:
    """Indicators beside the bars they belong to; NaN while one warms up."""

    ts_start: NDArray[np.int64]
    lines: Mapping[str, NDArray[np.float64]]
