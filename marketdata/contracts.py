"""DOOR. The nouns of market data. Prices are float64 dollars, sizes are shares, ``ts_*`` are ns."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, unique
from uuid import UUID


@unique
class FeedKind(StrEnum):
    """Where ticks come from; anything but a live market must say so on every screen."""

    SIMULATED = "SIMULATED"
    REPLAY = "REPLAY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
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
class FeedStatus:
    """How the feed is. ``detail`` is empty when all is well and says why when it is not."""

    name: str
    kind: FeedKind
    label: str
    connected: bool
    last_tick_at: datetime | None
    detail: str
