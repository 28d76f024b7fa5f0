"""What a feed may say of the market."""

from dataclasses import dataclass
from enum import StrEnum, unique

import msgspec
import numpy as np
from numpy.typing import NDArray

# Status codes that say whether there is trading, of the CTA plan (digits), of the UTP plan and of
# IEX (letters). Others tell of imbalances, indications and short sales, and change nothing in that.
_HALTED_CODES = frozenset(
    {
        "1",  # the opening is delayed
        "2",  # halted, a volatility pause included
        "4",  # no open, no resumption
        "H",  # halted
        "O",  # orders are accepted before the resumption
        "P",  # paused for volatility, or on IEX
        "Q",  # quotes are accepted before the resumption
    }
)
_TRADING_CODES = frozenset({"3", "T"})


# Prints may be of fractions of a share. Whole numbers of shares are ints, as the API writes them.
Shares = int | float


# Made for every tick, and a struct is made many times faster than a dataclass.
class Quote(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """
    The best bid and offer of a symbol from ``ts_event`` on.

    A side that nobody quotes has price and size 0: nothing stands there to trade with.
    """

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
    """
    One print on the tape. ``conditions`` are the letters of the consolidated tape.

    The provider's ``trade_id`` is unique by symbol and exchange, not by symbol alone; 0 where it
    tells none.
    """

    symbol: str
    px: float
    size: Shares
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
    """
    The trades of one interval, stamped with its start. ``volume`` is shares.

    ``trade_count`` and ``vwap`` are None where the source does not tell them.
    """

    symbol: str
    ts_start: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    trade_count: int | None
    vwap: float | None


# Of columns, and of the tables: a source that does not tell how many trades there were.
UNKNOWN_COUNT = -1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BarColumns:
    """
    One symbol's bars as columns of one length, ascending in time: years of them stay fast.

    ``ts_start`` and ``trade_count`` are int64, the rest float64; each means what it means in
    ``Bar``. Where the source does not tell them, a vwap is NaN and a count of trades is
    UNKNOWN_COUNT.
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

    def vwaps(self) -> list[float | None]:
        """Return the average prices, None where they are not told."""
        return [None if vwap != vwap else vwap for vwap in self.vwap.tolist()]  # noqa: PLR0124 - NaN

    def trade_counts(self) -> list[int | None]:
        """Return how many trades there were, None where it is not told."""
        return [None if count < 0 else count for count in self.trade_count.tolist()]


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeCorrection:
    """
    The tape takes a print back and gives another in its place. ``ts_event`` is the print's.

    ``original_conditions`` are empty where the source does not tell them.
    """

    symbol: str
    original_trade_id: int
    original_px: float
    original_size: Shares
    original_conditions: tuple[str, ...] = ()
    trade_id: int
    px: float
    size: Shares
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
    size: Shares
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
    """
    A symbol is halted, resumed, or otherwise not as usual, in the exchange's codes and words.

    ``is_halted`` covers every stop of trading: halts, volatility pauses (LULD), and the time before
    a resumption in which orders or quotes are taken. Nothing trades until it is False again.
    """

    symbol: str
    status_code: str
    status_message: str
    reason_code: str
    reason_message: str
    ts_event: int
    ts_init: int
    source: str

    @property
    def is_halted(self) -> bool:
        """Whether trading is stopped, by the status code."""
        return self.status_code in _HALTED_CODES

    @property
    def tells_trading(self) -> bool:
        """Whether the code says that there is trading or none; others leave that as it was."""
        return self.status_code in _HALTED_CODES or self.status_code in _TRADING_CODES


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


@dataclass(frozen=True, slots=True, kw_only=True)
class LastKnown:
    """
    A symbol's newest quote and trade from before anybody listened; None where there is none.

    It is no tick: it counts in no bar and is told to nobody, but until a newer one comes it is what
    the symbol shows.
    """

    symbol: str
    quote: Quote | None
    trade: Trade | None
    source: str


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
    | LastKnown
)
