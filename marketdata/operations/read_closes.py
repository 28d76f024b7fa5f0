"""What securities closed at in the session before, as far as anybody here knows."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from types import MappingProxyType

from marketdata.contracts import FeedKind
from marketdata.domain.calendar import CalendarExhausted
from marketdata.domain.timeframes import ONE_DAY, midnight_ns
from marketdata.operations import fetch_when_asked, read_days, run_feed
from marketdata.operations.read_history import Range
from marketdata.store import closes, instruments, sessions
from marketdata.store.known_closes import known
from trading.kernel import clock

_NOTHING: Mapping[str, float] = MappingProxyType({})


def previous_closes(*, symbols: Sequence[str], now: datetime) -> dict[str, float]:
    """
    Return what symbols closed at in the last regular session that was over at ``now``: raw dollars.

    That is the close of the daily bar that is stored or else, for the present day, what the
    running feed has been told by its provider. Of a made-up market it is the last price before
    midnight in New York. A symbol whose close is not known is left out. For the base of a day pass
    the midnight with which it begins: after 16:00 the last session is the day's own.

    Not on an event loop: it asks the database.
    """
    if read_days.is_made_up():
        return _made_up_closes(symbols, now)
    through = last_session(now=now)
    if through is None:
        return {}
    days = sessions.calendar().days_between(
        first_date=through - closes.CLOSE_AGE_MAX, last_date=through
    )
    stored = closes.official(symbols=symbols, trade_dates=[day.trade_date for day in days])
    told = _told_of(through)
    return {s: told[s] for s in symbols if s in told} | stored


def previous_close(*, symbol: str, now: datetime) -> float | None:
    """
    Return what a symbol closed at before today, raw dollars: the last session that the feed kept.

    From memory, or from the store, which an event loop does not wait for. None if nobody knows.
    """
    told = _feed_closes()
    if run_feed.running() is None and _is_on_event_loop():
        return None
    if read_days.is_made_up():
        return told.get(symbol)
    today = clock.new_york_date(now)
    found = known.get(symbol, day=today)
    if found is None:
        found = told.get(symbol)
    if found is not None or _is_on_event_loop() or not known.is_due(symbol, day=today):
        return found
    stored = previous_closes(symbols=[symbol], now=_midnight(now))
    known.keep(stored, day=today)
    return stored.get(symbol)


def request(*, symbols: Sequence[str], now: datetime) -> None:
    """
    Have the last session's daily bars of these symbols fetched where nobody holds them.

    Returns at once; a day is fetched once it is settled, and of a provider that is there.

    :raises TooMuchHistory: if they are more than one question may ask for
    """
    through = last_session(now=now)
    if through is None:
        return
    found = (instruments.find(symbol=symbol) for symbol in symbols)
    midnight = midnight_ns(through)
    fetch_when_asked.fetch(
        instruments=[each for each in found if each is not None],
        wanted=Range(timeframe=ONE_DAY, ts_from=midnight, ts_to=midnight, extended_hours=False),
        now=now,
        patience_s=0.0,
    )


def last_session(*, now: datetime) -> date | None:
    """Return the day of the last regular session that was over at ``now``, None if not known."""
    calendar = sessions.calendar()
    today = clock.new_york_date(now)
    day = calendar.find_day(on=today)
    if day is not None and day.closes_at <= now:
        return today
    try:
        return calendar.day_before(on=today).trade_date
    except CalendarExhausted:
        return None


def _made_up_closes(symbols: Sequence[str], now: datetime) -> dict[str, float]:
    pipeline = run_feed.running()
    if pipeline is not None and pipeline.feed.kind is FeedKind.REPLAY:
        # Its minutes are stored under the times of now; only the recording knows the day before.
        told = pipeline.feed.previous_closes
        return {symbol: told[symbol] for symbol in symbols if symbol in told}
    return closes.last_minutes(before=_midnight(now), symbols=symbols)


def _told_of(session: date) -> Mapping[str, float]:
    """Return what the feed was told of this session: it knows the one before the present day."""
    today = clock.new_york_date(clock.utc_now())
    is_before_today = session < today and not sessions.calendar().days_between(
        first_date=session + timedelta(days=1), last_date=today - timedelta(days=1)
    )
    return _feed_closes() if is_before_today else _NOTHING


def _feed_closes() -> Mapping[str, float]:
    pipeline = run_feed.running()
    return _NOTHING if pipeline is None else pipeline.feed.previous_closes


def _midnight(now: datetime) -> datetime:
    return now.astimezone(clock.NEW_YORK).replace(hour=0, minute=0, second=0, microsecond=0)


def _is_on_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
