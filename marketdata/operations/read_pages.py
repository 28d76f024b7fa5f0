"""Pages of bars, as the REST API asks for them."""

from collections.abc import Collection, Mapping, Sequence
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
from marketdata.domain import adjustments, paging, series
from marketdata.domain.timeframes import slot_of
from marketdata.operations import fetch_when_asked, find_assets, read_history, run_feed
from marketdata.operations.read_history import Range
from marketdata.store import presence
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

    securities = find_assets.as_of(symbols=symbols, asof=asof)

    def read(symbol: str, ts: int | None, count: int) -> BarColumns:
        instrument = securities[symbol]
        wanted = replace(whole, limit=count)
        if ts is not None:
            wanted = replace(wanted, ts_to=ts) if newest_first else replace(wanted, ts_from=ts)
        by = None
        if kinds:
            by = read_history.factors_of(instrument=instrument, kinds=kinds, now=now)
        found = read_history.read_bars(instrument=instrument, wanted=wanted, by=by)
        if by is not None and len(by.ts_ex):
            found = adjustments.rounded(bars=found)
        return series.take(found, slice(None, None, -1)) if newest_first else found

    is_whole = fetch_when_asked.fetch(
        instruments=list(securities.values()),
        wanted=whole,
        kinds=kinds,
        now=now,
        patience_s=patience_s,
    )
    page = paging.read_page(
        symbols=_with_bars(securities, whole),
        resume=resume,
        limit=limit,
        kind=paging.BARS,
        read=read,
    )
    return replace(page, is_partial=not is_whole)


def _with_bars(securities: Mapping[str, Instrument], wanted: Range) -> list[str]:
    """Leave out those that have no bars: each would cost as much as one that has."""
    first, _ = slot_of(ts=wanted.ts_from, timeframe=wanted.timeframe)
    _, following = slot_of(ts=wanted.ts_to, timeframe=wanted.timeframe)
    held = presence.with_bars(
        instrument_ids={each.id for each in securities.values()},
        start=clock.from_ns(first),
        end=clock.from_ns(following),
    )
    pipeline = run_feed.running()
    return [
        symbol
        for symbol, each in securities.items()
        if each.id in held or (pipeline is not None and pipeline.fresh_bars(each.symbol))
    ]
