"""Pages of bars, as the REST API asks for them."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime

from marketdata.contracts import (
    BarColumns,
    CorporateActionKind,
    Instrument,
    PageOf,
    Place,
    Timeframe,
)
from marketdata.domain import paging, series
from marketdata.operations import fetch_when_asked, read_history
from marketdata.operations.read_history import Range
from marketdata.store import instruments, symbols as symbol_spells
from trading.kernel import clock


def read_bars(
    *,
    symbols: Sequence[str],
    timeframe: Timeframe,
    kinds: Collection[CorporateActionKind],
    start: datetime,
    end: datetime,
    limit: int,
    newest_first: bool,
    extended_hours: bool,
    asof: date | None,
    resume: Place | None,
    patience_s: float,
    now: datetime,
) -> PageOf[BarColumns]:
    """
    Return the bars that start within [start, end], adjusted for these kinds of actions.

    What is missing of them is fetched; see ``fetch_when_asked``.
    """
    whole = Range(
        timeframe=timeframe,
        ts_from=clock.to_ns(start),
        ts_to=clock.to_ns(end),
        extended_hours=extended_hours,
        newest_first=newest_first,
    )

    def read(symbol: str, ts: int | None, count: int) -> BarColumns:
        instrument = find_as_of(symbol=symbol, asof=asof)
        if instrument is None:
            return series.empty()
        wanted = replace(whole, limit=count)
        if ts is not None:
            wanted = replace(wanted, ts_to=ts) if newest_first else replace(wanted, ts_from=ts)
        by = None
        if kinds:
            by = read_history.factors_of(instrument=instrument, kinds=kinds, now=now)
        found = read_history.read_bars(instrument=instrument, wanted=wanted, by=by)
        return series.take(found, slice(None, None, -1)) if newest_first else found

    found = [find_as_of(symbol=symbol, asof=asof) for symbol in symbols]
    is_whole = fetch_when_asked.fetch(
        instruments=[each for each in found if each is not None],
        wanted=whole,
        kinds=kinds,
        now=now,
        patience_s=patience_s,
    )
    page = paging.read_page(
        symbols=symbols, resume=resume, limit=limit, kind=paging.BARS, read=read
    )
    return replace(page, is_partial=not is_whole)


def find_as_of(*, symbol: str, asof: date | None) -> Instrument | None:
    """Return the instrument that traded as ``symbol`` on the day ``asof``; None means today."""
    found = instruments.find(symbol=symbol)
    if asof is None:
        return found
    instrument_id = symbol_spells.find_instrument_id(symbol=symbol, on=asof)
    if instrument_id is not None:
        return instruments.find_by_id(instrument_id=instrument_id)
    # Its own names are known and this was none of them on that day: it was somebody else's.
    return None if found and symbol_spells.spells_of(instrument_id=found.id) else found
