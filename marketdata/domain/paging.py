"""Pages over several symbols: sorted by symbol, then time, with one limit for all of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from marketdata.contracts import BarColumns, HistoricalTrade, PageOf, Place, Quote
from marketdata.domain import series

Rows = TypeVar("Rows")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Generic[Rows]):
    """What paging needs to know of a kind of rows: their times, and how to cut them."""

    times: Callable[[Rows], Sequence[int]]
    cut: Callable[[Rows, slice], Rows]


BARS: Kind[BarColumns] = Kind(times=lambda bars: bars.ts_start.tolist(), cut=series.take)
TRADES: Kind[list[HistoricalTrade]] = Kind(
    times=lambda trades: [trade.ts_event for trade in trades],
    cut=lambda trades, rows: trades[rows],
)
QUOTES: Kind[list[Quote]] = Kind(
    times=lambda quotes: [quote.ts_event for quote in quotes],
    cut=lambda quotes, rows: quotes[rows],
)


def read_page(
    *,
    symbols: Sequence[str],
    resume: Place | None,
    limit: int,
    kind: Kind[Rows],
    read: Callable[[str, int | None, int], Rows],
) -> PageOf[Rows]:
    """
    Return at most ``limit`` rows of the symbols, from ``resume`` on.

    ``read(symbol, ts, limit)`` returns the first ``limit`` rows of a symbol in the asked order, at
    and after the moment ``ts`` if it is given.
    """
    found: dict[str, Rows] = {}
    for symbol in sorted(set(symbols)):
        if resume is not None and symbol < resume.symbol:
            continue
        begin = resume if resume is not None and symbol == resume.symbol else None
        skip = 0 if begin is None else begin.skip
        # One more than fits: it is where the next page begins.
        rows = read(symbol, None if begin is None else begin.ts, limit + skip + 1)
        times = kind.times(rows)[skip:]
        if len(times) > limit:
            if limit:
                found[symbol] = kind.cut(rows, slice(skip, skip + limit))
            return PageOf(rows=found, next_place=_place(symbol, times, limit, begin))
        if times:
            found[symbol] = kind.cut(rows, slice(skip, None))
            limit -= len(times)
    return PageOf(rows=found, next_place=None)


def _place(symbol: str, times: Sequence[int], index: int, begin: Place | None) -> Place:
    ts = times[index]
    skip = sum(1 for other in times[:index] if other == ts)
    if begin is not None and begin.ts == ts:
        skip += begin.skip
    return Place(symbol=symbol, ts=ts, skip=skip)
