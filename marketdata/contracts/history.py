"""Ranges of the past, as they are asked for, fetched and answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum, unique
from typing import Generic, TypeVar
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from marketdata.contracts.reference import CorporateAction
from marketdata.contracts.ticks import Bar, BarColumns, Quote, Trade

Rows_co = TypeVar("Rows_co", covariant=True)


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
