"""
DOOR. The verbs of market data.

Reads answer from this process's memory or from PostgreSQL, from any thread. ``run_market_data`` is
the one coroutine that makes prices move; it belongs to the process's event loop.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings

from marketdata.contracts import (
    ArchiveStatus,
    Backfill,
    Bar,
    BarColumns,
    BookView,
    ConnectionCheck,
    CorporateAction,
    FeedKind,
    FeedStatus,
    HistoricalTrade,
    History,
    HistoryKind,
    IndicatorLines,
    Instrument,
    Mover,
    PageOf,
    Place,
    PriceBand,
    Quote,
    Session,
    Snapshot,
    Tick,
    Trade,
    TradingDay,
    TradingStatus,
    TradingTerms,
    Update,
)
from marketdata.domain import frames, series
from marketdata.domain.adjustments import parse_adjustment
from marketdata.domain.configuration import Configuration
from marketdata.domain.stream_messages import Encoding
from marketdata.domain.timeframes import is_intraday, parse_timeframe
from marketdata.feeds.base import Feed
from marketdata.hub import Connection
from marketdata.operations import (
    archive,
    backfill,
    check_connection,
    configure_provider as provider_change,
    configured_feed,
    configured_providers,
    fetch_when_asked,
    history_sources,
    load_corporate_actions as corporate_actions,
    load_recording as recordings,
    load_security_master as security_master,
    make_up_past as past,
    read_actions,
    read_days,
    read_history,
    read_indicators as indicators,
    read_market,
    read_pages,
    read_ticks,
    run_backfills as backfills,
    run_feed,
    stream_market,
    stream_quotes,
    tick_pages,
)
from marketdata.store import actions, instruments, providers, sessions, symbols, terms
from marketdata.stream_hub import StreamConnection
from trading.kernel import clock


# --- Instruments ----------------------------------------------------------------------------------
def find_instrument(*, symbol: str) -> Instrument | None:
    """Return the instrument of this symbol; remembered for a few seconds."""
    return instruments.find(symbol=symbol)


def find_instrument_by_id(*, instrument_id: UUID) -> Instrument | None:
    return instruments.find_by_id(instrument_id=instrument_id)


def list_instruments() -> list[Instrument]:
    """Return the whole security master, by symbol."""
    return instruments.list_all()


def load_security_master(*, path: Path) -> int:
    """
    Insert or update every instrument of a CSV file; return how many.

    :raises InvalidSecurityMaster: naming the line; then nothing is loaded
    """
    return security_master.load_security_master(path=path)


def forget_instruments() -> None:
    """Forget what is remembered of the security master: its table has changed."""
    instruments.forget()


# --- Newest values --------------------------------------------------------------------------------
def latest_quote(*, symbol: str) -> Quote | None:
    """Return the prevailing best bid and offer; None while none has been seen."""
    pipeline = run_feed.running()
    return None if pipeline is None else pipeline.latest.quotes.get(symbol)


def latest_trade(*, symbol: str) -> Trade | None:
    pipeline = run_feed.running()
    return None if pipeline is None else pipeline.latest.trades.get(symbol)


def previous_close(*, symbol: str) -> float | None:
    """Return the last price of the feed's session before this one, in dollars."""
    pipeline = run_feed.running()
    return None if pipeline is None else pipeline.feed.previous_closes.get(symbol)


def list_carried_symbols() -> list[str]:
    """Return the symbols that the running feed has prices for."""
    pipeline = run_feed.running()
    return [] if pipeline is None else list(pipeline.feed.symbols)


def on_tick(listener: Callable[[Tick], None]) -> Callable[[], None]:
    """
    Call ``listener`` with each quote and trade that moves the market; return what ends it.

    In order, on the event loop's thread: it must be fast. What it raises is logged and stops
    nobody. Trades whose conditions keep them from being the last price (odd lots, average prices,
    late reports) are not among them: ``on_update`` hears of those too.
    """
    run_feed.mark_listeners.append(listener)
    return lambda: run_feed.mark_listeners.remove(listener)


def need_each_quote(*, who: str, symbols: Iterable[str]) -> None:
    """
    Let ``who`` hear each quote of these symbols, and of no others, whatever ``EACH_QUOTE`` says.

    Where nobody needs each, those of a busy provider may be overtaken by newer ones, unheard.
    """
    run_feed.each_quote.need(who=who, symbols=symbols)


def on_update(listener: Callable[[Update], None]) -> Callable[[], None]:
    """
    Call ``listener`` with all that the feed says and that is true; return what ends it.

    Quotes, all trades, corrections, cancels, providers' bars, statuses and price bands; see
    ``on_tick``.
    """
    run_feed.listeners.append(listener)
    return lambda: run_feed.listeners.remove(listener)


def latest_status(*, symbol: str) -> TradingStatus | None:
    """Return the last that was said of the symbol's trading: halted, resumed... None if nothing."""
    pipeline = run_feed.running()
    return None if pipeline is None else pipeline.latest.statuses.get(symbol)


def latest_price_band(*, symbol: str) -> PriceBand | None:
    """Return the symbol's limit-up limit-down band; None while none has been said."""
    pipeline = run_feed.running()
    return None if pipeline is None else pipeline.latest.price_bands.get(symbol)


def latest_daily_bar(*, symbol: str) -> Bar | None:
    """Return the day's bar as its provider last gave it; None if it gives none."""
    pipeline = run_feed.running()
    told = None if pipeline is None else pipeline.latest.daily_bars.get(symbol)
    return None if told is None else told.bar


# --- Bars -----------------------------------------------------------------------------------------
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
    made_up = feed_status().kind in {FeedKind.SIMULATED, FeedKind.REPLAY}
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


# --- The feed -------------------------------------------------------------------------------------
def get_session(*, now: datetime) -> Session:
    """
    Return the trading session that the feed keeps.

    Before the feed is started it is the session that the configured feed would keep.

    :raises FeedError: if no feed is started and the settings name none that can be played
    """
    pipeline = run_feed.running()
    if pipeline is not None:
        return pipeline.feed.session(now=now)
    configured = configured_providers.configuration()
    return configured_feed.build(configured=configured).session(now=now)


def feed_status() -> FeedStatus:
    """Say how the feed is: ``connected`` is False, with the reason, when it is down or silent."""
    pipeline = run_feed.running()
    if pipeline is not None:
        return pipeline.status(now=clock.utc_now())
    kind = run_feed.market_kind()
    return FeedStatus(
        # A replay's path is nobody's business.
        name=settings.FEED if kind is FeedKind.LIVE else kind.value.lower(),
        kind=kind,
        label=kind.value,
        connected=False,
        last_tick_at=None,
        detail="the feed is not running",
    )


def start_feed(*, feed: Feed | None = None) -> None:
    """
    Get this process's feed ready, without playing it: the configured one, or ``feed``.

    A recording that cannot be played is refused here, so call it before serving anybody.

    :raises FeedError: if it cannot be played, with ``code`` UNKNOWN_FEED, RECORDING_NOT_FOUND or
        RECORDING_CORRUPT
    """
    run_feed.start(feed=feed)
    read_ticks.follow()


def accept_ticks(*, ticks: Iterable[Tick]) -> None:
    """
    Hand ticks to the started feed's pipeline, as the feed itself does, and push them on.

    For tests and for feeds that live elsewhere. Without a started feed nothing happens.
    """
    pipeline = run_feed.running()
    if pipeline is not None:
        pipeline.accept(ticks)
        pipeline.flush()


def stop_feed() -> None:
    """Save unsaved bars and let the feed go. Safe to call when none is started."""
    run_feed.stop()


async def run_market_data(*, stopping: asyncio.Event | None = None) -> None:
    """
    Play the feed until ``stopping`` is set or the task is cancelled; save its bars at the end.

    The process's lifespan awaits this as one task, in the event loop that also serves the quote
    sockets. It calls ``start_feed`` if nobody has. Bars are written about once a second in a
    thread of its own. A feed that breaks later breaks nothing else: ``feed_status`` says why.
    ``reconsider_feed`` replaces it by one that is configured otherwise.

    :raises FeedError: if the feed cannot start
    """
    read_ticks.follow()
    async with archive.recording():
        await run_feed.run(stopping=stopping, on_new_market=read_ticks.follow)


def reconsider_feed() -> None:
    """
    Let this process's feed become that of the present configuration, if it is another one.

    Any thread may ask; returns at once. Sockets, subscribers and bars go over to the new feed, and
    so do the newest values, unless it is of another kind of market.
    """
    run_feed.reconsider()


def pipeline_counters() -> Mapping[str, int]:
    """Return how many updates went each way since this process started; see ``Pipeline``."""
    pipeline = run_feed.running()
    return {} if pipeline is None else dict(pipeline.counters)


def count_quote_sockets() -> int:
    """Return how many browsers follow quotes in this process."""
    return run_feed.hub.connection_count


def count_market_streams() -> int:
    """Return how many API clients are connected to this process's market-data stream."""
    return len(stream_market.hub.connections)


# --- Providers ------------------------------------------------------------------------------------
def provider_configuration() -> Configuration:
    """
    Return what holds of every provider, field by field with who says so, and which feed that makes.

    It holds keys: nothing of it is shown but through ``domain.configuration.mask``.
    """
    return configured_providers.configuration()


def ensure_providers() -> None:
    """Let every provider have its row. Safe to call at any time, twice."""
    providers.ensure()


def configure_provider(
    *,
    name: str,
    is_enabled: bool,
    priority: int,
    options: Mapping[str, str],
    secrets: Mapping[str, str],
    cleared: Collection[str],
    actor: str,
    reason: str,
    now: datetime,
    request_id: str = "",
) -> bool:
    """
    Change what is stored of a provider; return whether that changed anything.

    ``options`` are by field name, empty for the default. ``secrets`` are keys that are new,
    ``cleared`` those to take away; any other stays. Everybody who runs a feed takes it up.

    :raises InvalidProviderSettings, SetByEnvironment, KeyWouldMove, FeedError: by what is wrong;
        nothing is changed then
    """
    entered = provider_change.Entered(
        name=name,
        is_enabled=is_enabled,
        priority=priority,
        options=options,
        secrets=secrets,
        cleared=cleared,
    )
    fact = provider_change.configure(
        entered=entered, actor=actor, reason=reason, now=now, request_id=request_id
    )
    return fact is not None


def require_sense_of_provider(
    *,
    name: str,
    is_enabled: bool,
    priority: int,
    options: Mapping[str, str],
    secrets: Mapping[str, str],
    cleared: Collection[str],
) -> None:
    """
    Check what ``configure_provider`` would be asked to do, without doing it.

    :raises InvalidProviderSettings, SetByEnvironment, KeyWouldMove, FeedError: by what is wrong
    """
    provider_change.require_sense(
        entered=provider_change.Entered(
            name=name,
            is_enabled=is_enabled,
            priority=priority,
            options=options,
            secrets=secrets,
            cleared=cleared,
        )
    )


def check_provider(*, name: str, now: datetime) -> ConnectionCheck:
    """
    Ask a provider something cheap with the key that holds now, and return what it says.

    Blocks for ten seconds at most.

    :raises UnknownFeed: if there is no such provider
    """
    return check_connection.check(name=name, now=now)


# --- Quote sockets --------------------------------------------------------------------------------
def open_quotes() -> Connection:
    """
    Return a new connection to the fan-out; send each of its ``next_frame`` to the client.

    The first frame says how the feed is. Call this in the event loop, ``close_quotes`` at the end.
    """
    connection = run_feed.hub.open()
    connection.put_feed(frames.feed_frame(status=feed_status()))
    return connection


async def answer_quotes(*, connection: Connection, text: str | bytes) -> None:
    """Do what a client's message says; the answer, or the error, is in its next frames."""
    await stream_quotes.answer(connection=connection, text=text)


def close_quotes(*, connection: Connection) -> None:
    run_feed.hub.close(connection)


# --- Market data over REST ------------------------------------------------------------------------
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
) -> PageOf[list[HistoricalTrade]]:
    """
    Return at most ``limit`` trades of all symbols together within [start, end].

    Those that the tape took back later, or gave instead, are among them and say so.

    Today's are those that the platform accepted. A provider is asked for the days before, so this
    may wait for the network: call it from a thread that may, and outside of transactions.

    :raises ProviderError: if nobody can answer; RateLimited says when to ask again
    :raises UnknownHistorySource: if ``resume`` is of an answer whose provider is no longer there
    :raises TickArchiveUnreadable: if an archived day is damaged
    """
    return tick_pages.read_trades(
        tick_pages.Asked(
            symbols=symbols,
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
) -> PageOf[list[Quote]]:
    """
    Return at most ``limit`` quotes of all symbols together within [start, end].

    Today's are those that the platform accepted. A provider is asked for the days before, so this
    may wait for the network: call it from a thread that may, and outside of transactions.

    :raises ProviderError: if nobody can answer; RateLimited says when to ask again
    :raises UnknownHistorySource: if ``resume`` is of an answer whose provider is no longer there
    :raises TickArchiveUnreadable: if an archived day is damaged
    """
    return tick_pages.read_quotes(
        tick_pages.Asked(
            symbols=symbols,
            ts_from=clock.to_ns(start),
            ts_to=clock.to_ns(end),
            limit=limit,
            newest_first=newest_first,
            resume=resume,
            now=clock.utc_now(),
        )
    )


def latest_bar(*, symbol: str, now: datetime) -> Bar | None:
    """Return the newest minute bar, the live one if there is one."""
    return read_market.latest_bar(symbol=symbol, now=now)


def find_snapshot(*, symbol: str, now: datetime) -> Snapshot | None:
    """Return a symbol's newest values; None if it is unknown or nothing is known of it."""
    return read_market.snapshot(symbol=symbol, now=now)


def list_movers() -> list[Mover]:
    """Return how far each symbol has moved from its previous close, the farthest up first."""
    return read_market.list_movers()


def list_day_bars(*, now: datetime) -> Sequence[Bar]:
    """Return today's bar of every symbol that has traded today."""
    return read_market.list_day_bars(now=now)


def read_indicators(
    *, symbol: str, names: Sequence[str], timeframe: str, limit: int, end: datetime
) -> IndicatorLines | None:
    """
    Return indicators of the last ``limit`` bars up to ``end``; None of an unknown symbol.

    :raises InvalidTimeframe, InvalidIndicator: naming what is none
    """
    parsed = parse_timeframe(text=timeframe)
    instrument = find_instrument(symbol=symbol)
    if instrument is None:
        return None
    return indicators.read_indicators(
        instrument=instrument, names=names, timeframe=parsed, limit=limit, end=end
    )


def list_actions(
    *, symbols: Sequence[str] | None, first_date: date, last_date: date
) -> list[tuple[CorporateAction, str]]:
    """
    Return corporate actions by ex-date, then symbol, each with its security's CUSIP.

    Both days are included; ``symbols`` None means all.
    """
    return read_actions.list_actions(symbols=symbols, first_date=first_date, last_date=last_date)


# --- The market-data stream -----------------------------------------------------------------------
def open_market_stream(*, content_type: str) -> StreamConnection:
    """
    Return a new connection of an API client; send each of its ``next_frame`` until that is None.

    It speaks MessagePack if ``content_type`` (the handshake's) is ``application/msgpack``, else
    JSON. Call this in the event loop, ``close_market_stream`` at the end.
    """
    is_packed = content_type.partition(";")[0].strip().lower() == "application/msgpack"
    return stream_market.open_stream(encoding=Encoding.MSGPACK if is_packed else Encoding.JSON)


async def authenticate_market_stream(
    *, connection: StreamConnection, key_id: str, secret: str
) -> None:
    """Let the holder of an API key in; the answer, or the error, is in the next frames."""
    await stream_market.authenticate(connection=connection, key_id=key_id, secret=secret)


async def answer_market_stream(*, connection: StreamConnection, data: str | bytes) -> None:
    """Do what a client's message says; the answer, or the error, is in its next frames."""
    await stream_market.answer(connection=connection, data=data)


def close_market_stream(*, connection: StreamConnection) -> None:
    stream_market.close_stream(connection=connection)


# --- Books and the tick archive -------------------------------------------------------------------
def top_of_book(*, symbol: str, depth: int = 10) -> BookView | None:
    """
    Return the best ``depth`` (at most ten) price levels of each side, best first.

    None if the running feed has told no book of this symbol, or one that cannot be true.
    """
    pipeline = run_feed.running()
    return None if pipeline is None else pipeline.books.view(symbol, depth=depth)


def tick_archive_status() -> ArchiveStatus:
    """Say how this process's tick archive is: how much it kept, and dropped, since its start."""
    return archive.status()


def keep_tick_archive(*, now: datetime) -> None:
    """
    Join the tick archive's small files and let go what the settings do not keep.

    :raises OSError: if the disk does not do it; the next call goes on
    """
    archive.keep(now=now)


# --- The trading calendar -------------------------------------------------------------------------
def list_trading_days(*, first_date: date, last_date: date) -> Sequence[TradingDay]:
    """Return the exchange's sessions from the first to the last day, both included."""
    return sessions.calendar().days_between(first_date=first_date, last_date=last_date)


def get_exchange_session(*, now: datetime, kind: FeedKind) -> Session:
    """
    Return the exchange's regular session that is open at ``now``, or the next one.

    :raises CalendarExhausted: if the calendar does not reach that far
    """
    return sessions.session_at(now=now, kind=kind)


def find_settlement_date(*, trade_date: date, days: int = 1) -> date:
    """
    Return the day on which a trade of ``trade_date`` settles, ``days`` settlement days later.

    :raises CalendarExhausted: if the calendar does not reach that far
    """
    return sessions.calendar().settlement_date(trade_date=trade_date, days=days)


def load_calendar(*, path: Path | None = None) -> int:
    """
    Make the calendar that of a CSV file, by default the one that ships; return how many days.

    :raises InvalidCalendar: naming the line; then nothing is loaded
    """
    return sessions.write_days(days=sessions.read_days(path=path or sessions.SHIPPED))


def is_calendar_loaded() -> bool:
    return sessions.is_loaded()


# --- History --------------------------------------------------------------------------------------
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


def list_corporate_actions(
    *, symbol: str, first_date: date, last_date: date
) -> list[CorporateAction]:
    """Return what the issuer did, by ex-date, both days included; nothing of an unknown symbol."""
    instrument = find_instrument(symbol=symbol)
    if instrument is None:
        return []
    return actions.list_of(
        instrument_id=instrument.id, symbol=symbol, first_date=first_date, last_date=last_date
    )


def find_instrument_as_of(*, symbol: str, on: date) -> Instrument | None:
    """Return the instrument that traded as ``symbol`` on that day: FB of 2013 is today's META."""
    instrument_id = symbols.find_instrument_id(symbol=symbol, on=on)
    if instrument_id is not None:
        return find_instrument_by_id(instrument_id=instrument_id)
    found = find_instrument(symbol=symbol)
    # Its own names are known and this was none of them on that day: it was somebody else's.
    return None if found and symbols.spells_of(instrument_id=found.id) else found


def find_terms(*, symbol: str, on: date) -> TradingTerms | None:
    """Return tick size, round lot and LULD tier of a day; None if they are not known."""
    instrument = find_instrument(symbol=symbol)
    return None if instrument is None else terms.find(instrument_id=instrument.id, on=on)


def make_up_past() -> int:
    """Give a simulated market that is new ten days of past; return how many bars that took."""
    return past.make_up_past(now=clock.utc_now())


def load_recording(*, spec: str) -> Iterator[recordings.LoadedDay]:
    """
    Make history of recorded ticks: ``PATH``, or one day of it as ``PATH@YYYYMMDD``.

    Each day is committed as it comes out.

    :raises RecordingNotFound, RecordingCorrupt: naming what is wrong; earlier days are loaded
    """
    return recordings.load_recording(spec=spec, now=clock.utc_now())


def load_corporate_actions(*, path: Path) -> Iterator[corporate_actions.LoadedActions]:
    """
    Load splits, dividends and symbol changes from factor and map files, by instrument.

    :raises InvalidFactorFile: naming the line; instruments before it are loaded
    """
    return corporate_actions.load_corporate_actions(path=path)


# --- Backfills ------------------------------------------------------------------------------------
def list_history_sources() -> list[str]:
    """Return the names of the providers that can be asked for history."""
    return history_sources.names()


def request_backfill(
    *,
    symbol: str,
    kind: HistoryKind,
    source: str,
    first_date: date,
    last_date: date,
    requested_by: str,
) -> Backfill:
    """
    Ask for a range of history; background work fetches what of it is not held.

    Asking for the same range again takes up the one that is unfinished, stopped or failed.

    :raises InvalidBackfill: if instrument, source or range are wrong
    """
    return backfill.request(
        symbol=symbol,
        kind=kind,
        source=source,
        first_date=first_date,
        last_date=last_date,
        requested_by=requested_by,
        now=clock.utc_now(),
    )


def get_backfill(*, backfill_id: UUID) -> Backfill:
    """:raises BackfillNotFound: if there is none"""
    return backfill.get(backfill_id=backfill_id)


def list_backfills(*, limit: int = 50) -> list[Backfill]:
    """Return the newest ones."""
    return backfill.list_newest(limit=limit)


def stop_backfill(*, backfill_id: UUID) -> Backfill:
    """
    Stop it; the page that is under way is not written. A finished one stays finished.

    :raises BackfillNotFound: if there is none
    """
    return backfill.stop(backfill_id=backfill_id)


def resume_backfill(*, backfill_id: UUID) -> Backfill:
    """
    Let a stopped or failed one go on where it was.

    :raises BackfillNotFound: if there is none
    """
    return backfill.resume(backfill_id=backfill_id, now=clock.utc_now())


def run_backfills(*, is_stopping: Callable[[], bool]) -> int:
    """Work on every due backfill until none is left or ``is_stopping``; return how many."""
    return backfills.run_due(is_stopping=is_stopping)


def follow_backfill(*, backfill_id: UUID, on_progress: Callable[[Backfill], None]) -> Backfill:
    """
    Work on this one, or watch who does, until it is done, stopped or failed; return it then.

    :raises BackfillNotFound: if there is none
    """
    return backfills.follow(backfill_id=backfill_id, on_progress=on_progress)
