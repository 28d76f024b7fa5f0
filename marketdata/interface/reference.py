"""What is traded, when, and what its issuers did: the security master, the calendar, actions."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from marketdata.contracts import (
    CorporateAction,
    FeedKind,
    Instrument,
    LoadedListings,
    Session,
    TradingDay,
    TradingTerms,
)
from marketdata.operations import (
    fetch_when_asked,
    find_assets,
    load_corporate_actions as corporate_actions,
    load_listings as listings,
    load_security_master as security_master,
    read_actions,
    read_calendar,
    read_listings,
    run_feed,
)
from marketdata.store import actions, instruments, sessions, symbols, terms
from trading.kernel import clock


def find_instrument(*, symbol: str) -> Instrument | None:
    """Return the instrument of this symbol; remembered for a few seconds."""
    return instruments.find(symbol=symbol)


def find_instrument_by_id(*, instrument_id: UUID) -> Instrument | None:
    return instruments.find_by_id(instrument_id=instrument_id)


def find_asset(*, name: str) -> Instrument | None:
    """
    Return the instrument that an id, a symbol or a CUSIP names; None if none, or more than one.

    A class share is found under its other spellings too: BRK-A, BRK/A, "BRK A", BRKA.
    """
    return find_assets.find_asset(name=name)


def spell(*, symbols: Collection[str]) -> Mapping[str, str]:
    """Return today's symbol of each spelling that means an instrument; see ``find_asset``."""
    return find_assets.spell(symbols=symbols)


def list_instruments(
    *, symbols: Collection[str] | None = None, by_exchange: bool = False
) -> list[Instrument]:
    """
    Return instruments, by symbol, or by exchange and then symbol.

    ``symbols`` None means the whole security master; unknown ones are left out.
    """
    return instruments.list_all(symbols=symbols, by_exchange=by_exchange)


def list_followed_instruments() -> list[Instrument]:
    """Return what is traded here and always carried by the feed, by symbol."""
    return instruments.list_followed_instruments()


def search_instruments(*, query: str, limit: int) -> list[Instrument]:
    """
    Return at most ``limit`` instruments that are traded here and match what somebody types.

    First the symbol itself, then a class share whose dot was left out, then symbols that begin so,
    then names of which a word begins so, then what is alike; among equals the followed ones, then
    shorter symbols, then by symbol. An empty query matches the followed ones.
    """
    return instruments.search(query=query, limit=limit)


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


def load_security_master(*, path: Path) -> int:
    """
    Insert or update every instrument of a CSV file; return how many.

    :raises InvalidSecurityMaster: naming the line; then nothing is loaded
    """
    return security_master.load_security_master(path=path)


def list_listing_sources() -> list[str]:
    """Return the providers that can be asked what is listed, the best first."""
    return read_listings.names()


def load_listings(
    *,
    source: str,
    actor: str,
    now: datetime,
    request_id: str = "",
    timeout_s: float = listings.TIMEOUT_S,
    accepts_fewer: bool = False,
    on_progress: Callable[[int], object] = lambda _rows: None,
) -> LoadedListings:
    """
    Make the security master say what a provider lists, all of it or nothing; return what changed.

    New symbols become instruments that are not followed; those that this provider listed and no
    longer does are retired, unless they are followed. ``on_progress`` hears how many rows have been
    read. Blocks for ``timeout_s`` at most, and then for about a second.

    :raises NoListingSource: if nobody of this name can be asked
    :raises ListingsNotRead, ProviderError: if the provider did not give all of it
    :raises ImplausibleListings: if it has fewer than half of what it had the last time, unless
        ``accepts_fewer``
    """
    return listings.load(
        source=source,
        actor=actor,
        now=now,
        request_id=request_id,
        timeout_s=timeout_s,
        accepts_fewer=accepts_fewer,
        on_progress=on_progress,
    )


def load_listings_daily(*, now: datetime, is_stopping: Callable[[], bool]) -> LoadedListings | None:
    """Load what the best provider lists, if there is one. Never raises; a failure is counted."""
    return listings.load_daily(now=now, is_stopping=is_stopping)


def load_listings_first(*, now: datetime, is_stopping: Callable[[], bool]) -> LoadedListings | None:
    """Load what the best provider lists if that never was. Never raises; a failure is counted."""
    return listings.load_first(now=now, is_stopping=is_stopping)


def listing_counters() -> Mapping[str, int]:
    """Return how many daily loads of listings failed since this process started."""
    return dict(listings.counters)


def forget_instruments() -> None:
    """Forget what is remembered of the security master: its table has changed."""
    instruments.forget()
    run_feed.reconsider()


def list_actions(
    *,
    symbols: Sequence[str] | None,
    cusips: Sequence[str] | None = None,
    first_date: date,
    last_date: date,
) -> list[tuple[CorporateAction, str]]:
    """
    Return the corporate actions in force by ex-date, then symbol, each with its security's CUSIP.

    Both days are included. Those of any of the symbols and CUSIPs; both None means all that are
    known. Of a real market, what nobody has asked for yet is fetched while the caller waits:
    outside of transactions.

    :raises HistoryOnItsWay: if that takes longer
    :raises ProviderError: if the provider refuses
    """
    if symbols is not None or cusips is not None:
        fetch_when_asked.fetch_actions(
            instruments=[
                *instruments.list_all(symbols=symbols or ()),
                *instruments.list_by_cusips(cusips=cusips or ()),
            ],
            first_date=first_date,
            now=clock.utc_now(),
            patience_s=fetch_when_asked.PATIENCE_S,
        )
    return read_actions.list_actions(
        symbols=symbols, cusips=cusips, first_date=first_date, last_date=last_date
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


def load_corporate_actions(*, path: Path) -> Iterator[corporate_actions.LoadedActions]:
    """
    Load splits, dividends and symbol changes from factor and map files, by instrument.

    :raises InvalidFactorFile: naming the line; instruments before it are loaded
    """
    return corporate_actions.load_corporate_actions(path=path, now=clock.utc_now())


def list_trading_days(*, first_date: date, last_date: date) -> Sequence[TradingDay]:
    """Return the exchange's sessions from the first to the last day, both included."""
    return sessions.calendar().days_between(first_date=first_date, last_date=last_date)


def list_settled_days(
    *, first_date: date, last_date: date, by_settlement: bool = False
) -> list[tuple[TradingDay, date | None]]:
    """
    Return the exchange's sessions of which the date lies between these, each with when it settles.

    That is the trading date or, ``by_settlement``, the day on which its trades settle, which is
    None beyond the end of the calendar.
    """
    return read_calendar.list_settled_days(
        first_date=first_date, last_date=last_date, by_settlement=by_settlement
    )


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
