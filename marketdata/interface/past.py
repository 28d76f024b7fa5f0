"""Bars, ticks and indicators of any time."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from marketdata.contracts import (
    ArchiveStatus,
    Bar,
    BarColumns,
    HistoricalTrade,
    History,
    IndicatorLines,
    PageOf,
    Place,
    Quote,
)
from marketdata.domain import series
from marketdata.domain.adjustments import parse_adjustment
from marketdata.domain.timeframes import is_intraday, parse_timeframe
from marketdata.interface.feed import feed_status
from marketdata.interface.reference import find_instrument
from marketdata.operations import (
    archive,
    fetch_when_asked,
    find_assets,
    load_recording as recordings,
    make_up_past as past,
    read_days,
    read_history,
    read_indicators as indicators,
    read_pages,
    tick_pages,
)
from trading.kernel import clock


def list_bars(
    *,
    symbol: str,
    start: datetime,
    end: datetime,
    limit: int,
    timeframe: str = "1Min",
    newest_first: bool = False,
) -> list[Bar]:
    """
    Return at most ``limit`` raw bars that start within [start, end], the live bar included.

    Oldest first, or newest first if so asked: then ``limit`` keeps the newest. An unknown symbol
    has none. Days and longer hold the regular session; those of a made-up market, which keeps no
    session of the exchange, hold everything.

    :raises InvalidTimeframe: if ``timeframe`` is none of the wire's
    """
    parsed = parse_timeframe(text=timeframe)
    instrument = find_instrument(symbol=symbol)
    if instrument is None:
        return []
    made_up = feed_status().kind.is_made_up
    found = series.to_bars(
        read_history.read_bars(
            instrument=instrument,
            wanted=read_history.Range(
                timeframe=parsed,
                ts_from=clock.to_ns(start),
                ts_to=clock.to_ns(end),
                extended_hours=is_intraday(parsed) or made_up,
                limit=limit,
                newest_first=newest_first,
            ),
        ),
        symbol=symbol,
    )
    return found[::-1] if newest_first else found


def history(
    *,
    symbol: str,
    start: datetime,
    end: datetime,
    timeframe: str = "1Min",
    adjustment: str = "raw",
    extended_hours: bool | None = None,
    limit: int | None = None,
    newest_first: bool = False,
    now: datetime | None = None,
) -> History | None:
    """
    Return exactly the bars that start within [start, end], and name what of them is missing.

    They ascend; ``limit`` keeps the first of them or, with ``newest_first``, the last. Extended
    hours count, unless told otherwise, up to 23Hour; days and longer are the regular session's.
    ``symbol`` is today's: a range of years holds what the security did under its older names.
    None if there is no such instrument.

    :raises InvalidTimeframe, InvalidAdjustment: if they are none of the wire's
    """
    parsed, kinds = parse_timeframe(text=timeframe), parse_adjustment(text=adjustment)
    instrument = find_instrument(symbol=symbol)
    if instrument is None:
        return None
    return read_history.read_history(
        instrument=instrument,
        wanted=read_history.Range(
            timeframe=parsed,
            ts_from=clock.to_ns(start),
            ts_to=clock.to_ns(end),
            extended_hours=is_intraday(parsed) if extended_hours is None else extended_hours,
            limit=limit,
            newest_first=newest_first,
        ),
        kinds=kinds,
        now=now or clock.utc_now(),
    )


def read_bars_page(
    *,
    symbols: Sequence[str],
    timeframe: str,
    adjustment: str,
    start: datetime,
    end: datetime,
    limit: int,
    newest_first: bool = False,
    extended_hours: bool | None = None,
    asof: date | None = None,
    resume: Place | None = None,
    waits: bool = True,
) -> PageOf[BarColumns]:
    """
    Return at most ``limit`` bars of all symbols together that start within [start, end].

    By symbol, then by time in the asked order; unknown symbols have none. ``asof`` is the day on
    which the symbols have their meaning, None today. Extended hours count, unless told otherwise,
    as in ``list_bars``.

    Trading days of a real market that nobody holds yet are fetched from the best provider that has
    them, while the caller waits or, unless it ``waits``, meanwhile: call it from a thread that may
    wait for the network, and outside of transactions.

    :raises InvalidTimeframe, InvalidAdjustment: if they are none of the wire's
    :raises HistoryOnItsWay: if that takes longer
    :raises TooMuchHistory: if so many days are a backfill's work
    """
    parsed, kinds = parse_timeframe(text=timeframe), parse_adjustment(text=adjustment)
    if extended_hours is None:
        extended_hours = is_intraday(parsed) or read_days.is_made_up()
    return read_pages.read_bars(
        symbols=symbols,
        timeframe=parsed,
        kinds=kinds,
        start=start,
        end=end,
        limit=limit,
        newest_first=newest_first,
        extended_hours=extended_hours,
        asof=asof,
        resume=resume,
        patience_s=fetch_when_asked.PATIENCE_S if waits else 0.0,
        now=clock.utc_now(),
    )


def read_trades_page(
    *,
    symbols: Sequence[str],
    start: datetime,
    end: datetime,
    limit: int,
    newest_first: bool = False,
    resume: Place | None = None,
    asof: date | None = None,
) -> PageOf[list[HistoricalTrade]]:
    """
    Return at most ``limit`` trades of all symbols together within [start, end].

    Those that the tape took back later, or gave instead, are among them and say so.

    Today's are those that the platform accepted. A provider is asked for the days before, so this
    may wait for the network: call it from a thread that may, and outside of transactions.

    :raises InvalidAsof: if a symbol was another security's on the day ``asof``
    :raises ProviderError: if nobody can answer; RateLimited says when to ask again
    :raises UnknownHistorySource: if ``resume`` is of an answer whose provider is no longer there
    :raises TickArchiveUnreadable: if an archived day is damaged
    """
    return tick_pages.read_trades(
        tick_pages.Asked(
            symbols=find_assets.with_ticks(symbols=symbols, asof=asof),
            ts_from=clock.to_ns(start),
            ts_to=clock.to_ns(end),
            limit=limit,
            newest_first=newest_first,
            resume=resume,
            now=clock.utc_now(),
        )
    )


def read_quotes_page(
    *,
    symbols: Sequence[str],
    start: datetime,
    end: datetime,
    limit: int,
    newest_first: bool = False,
    resume: Place | None = None,
    asof: date | None = None,
) -> PageOf[list[Quote]]:
    """
    Return at most ``limit`` quotes of all symbols together within [start, end].

    Today's are those that the platform accepted. A provider is asked for the days before, so this
    may wait for the network: call it from a thread that may, and outside of transactions.

    :raises InvalidAsof: if a symbol was another security's on the day ``asof``
    :raises ProviderError: if nobody can answer; RateLimited says when to ask again
    :raises UnknownHistorySource: if ``resume`` is of an answer whose provider is no longer there
    :raises TickArchiveUnreadable: if an archived day is damaged
    """
    return tick_pages.read_quotes(
        tick_pages.Asked(
            symbols=find_assets.with_ticks(symbols=symbols, asof=asof),
            ts_from=clock.to_ns(start),
            ts_to=clock.to_ns(end),
            limit=limit,
            newest_first=newest_first,
            resume=resume,
            now=clock.utc_now(),
        )
    )


def read_indicators(
    *,
    symbol: str,
    names: Sequence[str],
    timeframe: str,
    limit: int,
    end: datetime,
    adjustment: str = "split",
) -> IndicatorLines | None:
    """
    Return indicators of the last ``limit`` bars up to ``end``; None of an unknown symbol.

    Bars are adjusted for splits, unless told otherwise: a split is no move of the market. What is
    missing of a real market is fetched, as in ``read_bars_page``.

    :raises InvalidTimeframe, InvalidIndicator, InvalidAdjustment: naming what is none
    :raises HistoryOnItsWay, TooMuchHistory: as ``read_bars_page`` does
    """
    parsed, kinds = parse_timeframe(text=timeframe), parse_adjustment(text=adjustment)
    instrument = find_instrument(symbol=symbol)
    if instrument is None:
        return None
    return indicators.read_indicators(
        instrument=instrument,
        names=names,
        timeframe=parsed,
        kinds=kinds,
        limit=limit,
        end=end,
        now=clock.utc_now(),
        patience_s=fetch_when_asked.PATIENCE_S,
    )


def make_up_past() -> int:
    """Give a simulated market that is new two years of past; return how many bars that took."""
    return past.make_up_past(now=clock.utc_now())


def load_recording(*, spec: str) -> Iterator[recordings.LoadedDay]:
    """
    Make history of recorded ticks: ``PATH``, or one day of it as ``PATH@YYYYMMDD``.

    Each day is committed as it comes out.

    :raises RecordingNotFound, RecordingCorrupt: naming what is wrong; earlier days are loaded
    """
    return recordings.load_recording(spec=spec, now=clock.utc_now())


def tick_archive_status() -> ArchiveStatus:
    """Say how this process's tick archive is: how much it kept, and dropped, since its start."""
    return archive.status()


def keep_tick_archive(*, now: datetime) -> None:
    """
    Join the tick archive's small files and let go what the settings do not keep.

    :raises OSError: if the disk does not do it; the next call goes on
    """
    archive.keep(now=now)
