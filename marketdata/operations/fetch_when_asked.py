"""
Days of history that a reader asks for and nobody holds: fetched while he waits, if that is soon.

The wish is a backfill like any other. What is not done when his patience ends goes on without him.
"""

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from types import MappingProxyType

from marketdata.contracts import (
    Backfill,
    BackfillState,
    CorporateActionKind,
    DateRange,
    HistoryKind,
    Instrument,
    TradingDay,
)
from marketdata.domain import gaps
from marketdata.domain.timeframes import is_intraday, midnight_ns
from marketdata.feeds.providers import Offer
from marketdata.operations import backfill, provider_ticks, read_days, run_backfills
from marketdata.operations.read_history import Range, factors_of, missing_days
from marketdata.store import backfills, coverage, sessions
from marketdata.store.closes import CLOSE_AGE_MAX
from trading.infra.database import give_back
from trading.kernel.clock import from_ns, new_york_date
from trading.kernel.errors import TradingError

# A client that hears nothing for longer may believe us gone.
PATIENCE_S = 8.0
# What a provider could not deliver is not asked of it again sooner.
NOT_AGAIN_WITHIN = timedelta(hours=1)
# Trading days of all symbols together that one question may set in motion.
DAYS_MAX = MappingProxyType({HistoryKind.MINUTE_BARS: 1_000, HistoryKind.DAILY_BARS: 100_000})
_OFFERS = MappingProxyType(
    {
        HistoryKind.MINUTE_BARS: Offer.MINUTE_BARS,
        HistoryKind.DAILY_BARS: Offer.DAILY_BARS,
    }
)
REQUESTED_BY = "a reader"


class HistoryOnItsWay(TradingError):
    """Part of the range is being fetched. Ask again in a moment."""

    code = "HISTORY_ON_ITS_WAY"


class TooMuchHistory(TradingError):
    """So many days are not fetched for a question. Ask for less, or have them backfilled."""

    code = "TOO_MUCH_HISTORY"


def fetch(
    *,
    instruments: Sequence[Instrument],
    wanted: Range,
    kinds: Collection[CorporateActionKind] = (),
    now: datetime,
    patience_s: float,
) -> bool:
    """
    See to it that what is missing of the range is fetched; return whether all of it is there now.

    If the bars are to be adjusted for corporate actions of some ``kinds``, those are fetched too,
    and the closes that dividends are measured against. What cannot be had counts as there: nobody
    knows more. Never inside a transaction: it waits for somebody else's machine, for ``patience_s``
    at most.

    :raises HistoryOnItsWay: if patience ended first; with no patience it is not raised
    :raises TooMuchHistory: if the range is for a backfill; nothing is fetched then
    """
    if read_days.is_made_up():
        return True
    asked = [
        *_ask_for_bars(instruments, wanted, now),
        *(_ask_for_actions(instruments, _first_date(wanted), now) if kinds else ()),
    ]
    if patience_s <= 0:
        return not asked and not _ask_for_closes(instruments, wanted, kinds, now)
    give_back()
    ends = time.monotonic() + patience_s
    _wait(asked, ends)
    _wait(_ask_for_closes(instruments, wanted, kinds, now), ends)
    return True


def fetch_actions(
    *, instruments: Sequence[Instrument], first_date: date, now: datetime, patience_s: float
) -> None:
    """
    See to it that what the issuers did from a day to today is known. Never inside a transaction.

    :raises HistoryOnItsWay: if patience ended first
    """
    if read_days.is_made_up():
        return
    asked = _ask_for_actions(instruments, first_date, now)
    give_back()
    _wait(asked, time.monotonic() + patience_s)


# --- What is asked for ----------------------------------------------------------------------------
def _ask_for_bars(
    instruments: Sequence[Instrument], wanted: Range, now: datetime
) -> list[Backfill]:
    missing = {
        instrument: pieces
        for instrument in instruments
        if (pieces := missing_days(instrument=instrument, wanted=wanted, now=now))
    }
    kind, source = _whom(wanted) if missing else (HistoryKind.MINUTE_BARS, None)
    if source is None:
        return []
    _require_few(missing.values(), kind)
    return _wishes(missing, kind, source, now)


def _ask_for_actions(
    instruments: Sequence[Instrument], first_date: date, now: datetime
) -> list[Backfill]:
    """Ask for what issuers did from a day to today, each day once."""
    names = provider_ticks.offering(offer=Offer.CORPORATE_ACTIONS)
    if not names:
        return []
    days = sessions.calendar().days_between(first_date=first_date, last_date=new_york_date(now))
    missing = _missing(dict.fromkeys(instruments, days), HistoryKind.CORPORATE_ACTIONS)
    return _wishes(missing, HistoryKind.CORPORATE_ACTIONS, names[0], now)


def _ask_for_closes(
    instruments: Sequence[Instrument],
    wanted: Range,
    kinds: Collection[CorporateActionKind],
    now: datetime,
) -> list[Backfill]:
    """Ask for the days before dividends whose effect is not known for want of a close."""
    if CorporateActionKind.CASH_DIVIDEND not in kinds:
        return []
    days = {
        instrument: gaps.finished(days=before, now=now)
        for instrument in instruments
        if (before := _days_before_dividends(instrument, wanted, kinds, now))
    }
    names = provider_ticks.offering(offer=Offer.DAILY_BARS) if days else []
    if not names:
        return []
    missing = _missing(days, HistoryKind.DAILY_BARS)
    return _wishes(missing, HistoryKind.DAILY_BARS, names[0], now)


def _days_before_dividends(
    instrument: Instrument, wanted: Range, kinds: Collection[CorporateActionKind], now: datetime
) -> Sequence[TradingDay]:
    by = factors_of(instrument=instrument, kinds=kinds, now=now)
    ex_dates = [
        action.ex_date
        for action in by.unresolved
        if action.kind is CorporateActionKind.CASH_DIVIDEND
        and midnight_ns(action.ex_date) > wanted.ts_from
    ]
    if not ex_dates:
        return ()
    return sessions.calendar().days_between(
        first_date=min(ex_dates) - CLOSE_AGE_MAX, last_date=max(ex_dates) - timedelta(days=1)
    )


def _missing(
    days: Mapping[Instrument, Sequence[TradingDay]], kind: HistoryKind
) -> dict[Instrument, Sequence[DateRange]]:
    found: dict[Instrument, Sequence[DateRange]] = {}
    for instrument, wanted in days.items():
        if not wanted:
            continue
        held = coverage.held_dates(
            instrument_id=instrument.id,
            kind=kind,
            first_date=wanted[0].trade_date,
            last_date=wanted[-1].trade_date,
        )
        if pieces := gaps.missing_pieces(wanted=wanted, held=held, max_days=len(wanted)):
            found[instrument] = pieces
    return found


def _wishes(
    missing: Mapping[Instrument, Sequence[DateRange]],
    kind: HistoryKind,
    source: str,
    now: datetime,
) -> list[Backfill]:
    return [
        _wish(instrument, _span(pieces), kind, source, now)
        for instrument, pieces in missing.items()
        if not backfills.is_given_up(
            instrument_id=instrument.id,
            kind=kind,
            source=source,
            span=_span(pieces),
            since=now - NOT_AGAIN_WITHIN,
        )
    ]


def _whom(wanted: Range) -> tuple[HistoryKind, str | None]:
    """Return what is fetched for this range, and of whom: days from who has days, or minutes."""
    kinds = [HistoryKind.MINUTE_BARS]
    if not is_intraday(wanted.timeframe):
        kinds.insert(0, HistoryKind.DAILY_BARS)
    for kind in kinds:
        if names := provider_ticks.offering(offer=_OFFERS[kind]):
            return kind, names[0]
    return HistoryKind.MINUTE_BARS, None


def _wish(
    instrument: Instrument, span: DateRange, kind: HistoryKind, source: str, now: datetime
) -> Backfill:
    return backfill.request(
        symbol=instrument.symbol,
        kind=kind,
        source=source,
        first_date=span.first_date,
        last_date=span.last_date,
        requested_by=REQUESTED_BY,
        now=now,
    )


def _wait(asked: Sequence[Backfill], ends: float) -> None:
    """:raises HistoryOnItsWay: if one is not done when ``time.monotonic()`` is ``ends``"""
    unfinished = [
        seen
        for seen in (run_backfills.work_until(backfill_id=each.id, ends=ends) for each in asked)
        if seen.state not in {BackfillState.DONE, BackfillState.FAILED}
    ]
    if not unfinished:
        return
    told = "; ".join(
        f"{seen.symbol} {seen.first_date} to {seen.last_date} from {seen.source}"
        + (f" ({seen.error})" if seen.error else f", {seen.pieces_done} of {seen.pieces_total}")
        for seen in unfinished[:3]
    )
    raise HistoryOnItsWay(f"history is being fetched: {told}")


def _first_date(wanted: Range) -> date:
    return new_york_date(from_ns(wanted.ts_from))


def _span(pieces: Sequence[DateRange]) -> DateRange:
    return DateRange(first_date=pieces[0].first_date, last_date=pieces[-1].last_date)


def _require_few(missing: Iterable[Sequence[DateRange]], kind: HistoryKind) -> None:
    between = sessions.calendar().days_between
    days = sum(
        len(between(first_date=piece.first_date, last_date=piece.last_date))
        for pieces in missing
        for piece in pieces
    )
    if days > DAYS_MAX[kind]:
        raise TooMuchHistory(
            f"{days} trading days of history are not held; one question fetches {DAYS_MAX[kind]}",
            days=days,
        )
