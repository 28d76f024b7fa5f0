"""What every provider's adapter promises, and every way in which a provider says no."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum, unique
from typing import Generic, Protocol, TypeVar, runtime_checkable

import msgspec

from marketdata.contracts import (
    Bar,
    CorporateAction,
    HistoricalTrade,
    Listing,
    Quote,
    Timeframe,
    Update,
)
from marketdata.feeds.base import FeedError

Row_co = TypeVar("Row_co", covariant=True)


class ProviderError(FeedError):
    """The provider did not do what was asked. ``retryable`` says whether asking again may help."""

    code = "PROVIDER_ERROR"
    retryable = True


class ProviderUnreachable(ProviderError):
    """No connection, a broken one, a time-out, a 5xx. Ask again later."""

    code = "PROVIDER_UNREACHABLE"


class HandshakeRefused(ProviderError):
    """
    The handshake was refused before authentication.

    Retry with growing pauses: gateways in trouble answer so.

    No provider reads a key there.
    """

    code = "HANDSHAKE_REFUSED"


class AuthenticationFailed(ProviderError):
    """The key is wrong, revoked or absent. Stop: a person must change it."""

    code = "AUTHENTICATION_FAILED"
    retryable = False


class NotEntitled(ProviderError):
    """The plan does not include this. Stop: a person must change the plan or the setting."""

    code = "NOT_ENTITLED"
    retryable = False


class ConnectionLimitExceeded(ProviderError):
    """The key is connected elsewhere. Ask again later: the other connection may end."""

    code = "CONNECTION_LIMIT_EXCEEDED"


class SymbolLimitExceeded(ProviderError):
    """More symbols than the plan allows. Stop: ask for fewer."""

    code = "SYMBOL_LIMIT_EXCEEDED"
    retryable = False


class SlowClient(ProviderError):
    """The provider dropped us because we read too slowly. Connect again."""

    code = "SLOW_CLIENT"


class RateLimited(ProviderError):
    """Too many requests. Ask again after ``retry_after_s`` seconds."""

    code = "RATE_LIMITED"

    def __init__(self, message: str, *, retry_after_s: float) -> None:
        super().__init__(message, retry_after_s=retry_after_s)
        self.retry_after_s = retry_after_s


class InvalidRequest(ProviderError):
    """The provider does not understand the request. Stop: it is our mistake."""

    code = "INVALID_REQUEST"
    retryable = False


class BadPayload(ProviderError):
    """The provider sent something that is not what its documents say. Ask again, and look."""

    code = "BAD_PAYLOAD"


@unique
class Offer(StrEnum):
    """What a provider's history holds."""

    MINUTE_BARS = "MINUTE_BARS"
    DAILY_BARS = "DAILY_BARS"
    TRADES = "TRADES"
    QUOTES = "QUOTES"
    CORPORATE_ACTIONS = "CORPORATE_ACTIONS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Row_co]):
    """Part of an answer in its order; ``next_token`` asks for the rest, None if that is all."""

    rows: Sequence[Row_co]
    next_token: str | None


class HistorySource(Protocol):
    """
    A provider's past.

    Times are aware UTC, prices raw; ``start`` and ``start_date`` are included, ``end`` and
    ``end_date`` are not. Rows come oldest first, ticks with ``newest_first`` the other way round;
    a page of ticks has no more rows than ``limit``. A page token is a plain string that stays valid
    across processes: a backfill can stop after any page and go on later. Asking for what ``offers``
    does not hold raises ``NotEntitled``.
    Every call raises ``ProviderError`` subclasses and nothing else.
    """

    @property
    def name(self) -> str: ...

    @property
    def offers(self) -> frozenset[Offer]: ...

    async def read_bars(
        self,
        *,
        symbol: str,
        timeframe: Timeframe,
        start: datetime,
        end: datetime,
        page_token: str | None = None,
    ) -> Page[Bar]: ...

    async def read_trades(
        self,
        *,
        symbol: str,
        start: datetime,
        end: datetime,
        page_token: str | None = None,
        newest_first: bool = False,
        limit: int | None = None,
    ) -> Page[HistoricalTrade]: ...

    async def read_quotes(
        self,
        *,
        symbol: str,
        start: datetime,
        end: datetime,
        page_token: str | None = None,
        newest_first: bool = False,
        limit: int | None = None,
    ) -> Page[Quote]: ...

    async def read_corporate_actions(
        self, *, symbol: str, start_date: date, end_date: date, page_token: str | None = None
    ) -> Page[CorporateAction]: ...

    async def close(self) -> None:
        """Give back connections."""
        ...


@runtime_checkable
class KnowsOlderNames(Protocol):
    """A history that finds what a security did under its older names by the one it has today."""

    async def read_bars_as_named_today(
        self,
        *,
        symbol: str,
        timeframe: Timeframe,
        start: datetime,
        end: datetime,
        page_token: str | None = None,
    ) -> Page[Bar]:
        """Return raw bars of what is ``symbol`` today; see ``HistorySource``."""
        ...


@runtime_checkable
class TellsOlderNames(Protocol):
    """
    A history that must be asked by the names that securities had then, and tells their changes.

    They are among its corporate actions.
    """

    @property
    def tells_older_names(self) -> bool: ...


@runtime_checkable
class ReadsManySymbols(Protocol):
    """A history that gives the minute bars of many symbols in one answer: a gap fills sooner."""

    @property
    def symbols_per_request(self) -> int: ...

    async def read_minute_bars(
        self,
        *,
        symbols: Sequence[str],
        start: datetime,
        end: datetime,
        page_token: str | None = None,
    ) -> Page[Bar]:
        """Return their raw bars by symbol, then time; see ``HistorySource``."""
        ...


@runtime_checkable
class ReadsListings(Protocol):
    """A history that knows what is listed: stocks and what is traded like them, the active ones."""

    async def read_listings(self, *, page_token: str | None = None) -> Page[Listing]:
        """Return them in any order; the last page has no next token. See ``HistorySource``."""
        ...


# Made for every frame, and a struct is made many times faster than a dataclass.
class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a frame meant: what it said of the market, what to answer, whether we are subscribed.

    ``unread`` says why some of its messages could not be read; the others are in ``updates``.
    """

    updates: Sequence[Update] = ()
    answers: Sequence[str | bytes] = ()
    is_subscribed: bool = False
    unread: Sequence[str] = ()


class Dialogue(Protocol):
    """
    One provider's stream protocol, without sockets: what to send, and what the answers mean.

    Pure and single-use: a new one is made for each connection. ``StreamingFeed`` owns the socket,
    the reconnecting and the gap filling.
    """

    @property
    def url(self) -> str: ...

    @property
    def headers(self) -> dict[str, str]: ...

    def opening(self) -> Sequence[str | bytes]:
        """Return the frames to send as soon as the socket is open."""
        ...

    def receive(self, frame: str | bytes) -> Reply:
        """
        Take one frame.

        :raises ProviderError: if it refuses us or cannot be understood
        """
        ...

    def follow(self, *, added: Sequence[str], left: Sequence[str]) -> Sequence[str | bytes]:
        """Return the frames that add symbols to a subscription and take others from it."""
        ...

    def settle(self) -> Sequence[Update]:
        """
        Return what it kept back of the frames so far: quotes that a newer one could overtake.

        Called as soon as no frame is left to read, or somebody else had to have a turn.

        :raises BadPayload: if a quote cannot be understood; the next call returns the others
        """
        ...

    def heartbeat(self) -> str | bytes | None:
        """Return what to send when nothing was sent for a while, None if pings are enough."""
        ...
