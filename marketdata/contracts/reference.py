"""What is traded, when, and what its issuers do."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum, unique
from uuid import UUID


@unique
class FeedKind(StrEnum):
    """Where ticks come from; anything but a live market must say so on every screen."""

    SIMULATED = "SIMULATED"
    REPLAY = "REPLAY"
    DELAYED = "DELAYED"
    LIVE = "LIVE"

    @property
    def is_made_up(self) -> bool:
        """Tell whether it is none of today's real market: simulated, or recorded before."""
        return self in {FeedKind.SIMULATED, FeedKind.REPLAY}


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

    ``symbol`` is the security's of today, of a SYMBOL_CHANGE the one that it gave up. ``factor`` is
    what earlier prices are multiplied by, where the source says so itself; otherwise it follows
    from the rates and, for a dividend, the close before. One that ``is_contradicted`` by another of
    its day has no effect until its source takes one of them back.
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
    is_contradicted: bool = False


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
    is_followed: bool = False  # the feed always carries its prices
    asset_class: str = "us_equity"
    # Empty where they are not known.
    mic: str = ""
    cusip: str = ""
    isin: str = ""
    figi: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """
    A security as a provider lists it. What the provider does not say is empty, a flag None.

    ``exchange`` is one of our names (``Instrument.Exchange``), ``figi`` the composite one.
    """

    symbol: str
    name: str = ""
    exchange: str = ""
    mic: str = ""
    figi: str = ""
    is_active: bool = True
    tradable: bool | None = None
    marginable: bool | None = None
    shortable: bool | None = None
    easy_to_borrow: bool | None = None
    fractionable: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedListings:
    """
    What became of a provider's whole listing.

    ``listed`` is how many symbols it holds, ``refused`` how many rows beside them are none of ours
    or come twice. ``added``, ``changed`` and ``retired`` are instruments of the security master.
    """

    source: str
    listed: int
    refused: int
    added: int
    changed: int
    retired: int

    def __str__(self) -> str:
        return (
            f"{self.listed:,} listed: {self.added:,} added, {self.changed:,} changed, "
            f"{self.retired:,} retired; {self.refused:,} refused"
        )


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
class TradingDay:
    """One session of the exchange: extended hours around regular ones, aware UTC."""

    trade_date: date
    pre_opens_at: datetime
    opens_at: datetime
    closes_at: datetime
    post_closes_at: datetime
