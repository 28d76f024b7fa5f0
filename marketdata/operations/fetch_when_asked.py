"""Days of history that a reader asks for and nobody holds: fetched while he waits, if soon."""

import contextlib
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from types import MappingProxyType

from marketdata.contracts import (
    CorporateActionKind,
    DateRange,
    HistoryKind,
    Instrument,
    TradingDay,
)
from marketdata.domain import gaps
from marketdata.domain.sources import FILES
from marketdata.domain.timeframes import is_intraday, midnight_ns
from marketdata.feeds.providers import Offer, ProviderError
from marketdata.operations import ask_sources, provider_ticks, read_days
from marketdata.operations.ask_sources import Missing
from marketdata.operations.read_history import Range, days_of, factors_of, missing_of
from marketdata.store import coverage, sessions, symbols
from marketdata.store.closes import CLOSE_AGE_MAX
from trading.infra.database import give_back
from trading.kernel.clock import from_ns, new_york_date
from trading.kernel.errors import TradingError

# A client that hears nothing for longer may believe us gone.
PATIENCE_S = 8.0
# Trading days of all symbols together that one question may set in motion.
DAYS_MAX = MappingProxyType({HistoryKind.MINUTE_BARS: 1_000, HistoryKind.DAILY_BARS: 100_000})
_OFFERS = MappingProxyType(
    {
        HistoryKind.MINUTE_BARS: Offer.MINUTE_BARS,
        HistoryKind.DAILY_BARS: Offer.DAILY_BARS,
        HistoryKind.CORPORATE_ACTIONS: Offer.CORPORATE_ACTIONS,
    }
)


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
    and the closes that dividends are measured against. Days that are held and may have been
    corrected since are fetched again in the background. Never inside a transaction, unless
    ``patience_s`` is 0: it waits for somebody else's machine, for ``patience_s`` at most.

    :raises HistoryOnItsWay: if patience ended first; with no patience it is not raised
    :raises ProviderError: if all who could be asked refuse; with no patience it is not raised
    :raises TooMuchHistory: if the range is for a backfill; nothing is fetched then
    """
    if read_days.is_made_up():
        return True
    question = _Question(instruments, wanted, kinds, now)
    question.require_few()
    if patience_s <= 0:
        return question.wish()
    give_back()
    question.fetch(ends=time.monotonic() + patience_s)
    return True


def fetch_actions(
    *, instruments: Sequence[Instrument], first_date: date, now: datetime, patience_s: float
) -> None:
    """
    See to it that what the issuers did from a day to today is known. Never inside a transaction.

    :raises HistoryOnItsWay: if patience ended first
    :raises ProviderError: if all who could be asked refuse
    """
    if read_days.is_made_up():
        return
    give_back()
    _fetch_actions(instruments, first_date, now, ends=time.monotonic() + patience_s)


class _Question:
    """What a reader asks for, and who can be asked for it."""

    def __init__(
        self,
        instruments: Sequence[Instrument],
        wanted: Range,
        kinds: Collection[CorporateActionKind],
        now: datetime,
    ) -> None:
        self._instruments = instruments
        self._wanted = wanted
        self._kinds = kinds
        self._now = now
        self._first_date = new_york_date(from_ns(wanted.ts_from))
        self._kind, self._sources = _whom(wanted)

    def require_few(self) -> None:
        """:raises TooMuchHistory: if the bars that are missing are for a backfill"""
        if self._sources:
            _require_few(self._missing_bars().values(), self._kind)

    def wish(self) -> bool:
        """Have it fetched in the background; return whether all of it is there."""
        asked = [
            ask_sources.wish(missing=missing, kind=kind, sources=sources, now=self._now)
            for missing, kind, sources in (
                (self._missing_actions(), HistoryKind.CORPORATE_ACTIONS, _offering(_ACTIONS)),
                (self._missing_bars(), self._kind, self._sources),
                (self._missing_closes(), HistoryKind.DAILY_BARS, _offering(_DAYS)),
            )
        ]
        self._refresh()
        return not any(asked)

    def fetch(self, *, ends: float) -> None:
        """Have it fetched while the reader waits. Names come first: bars are asked for by them."""
        if self._kinds:
            _fetch_actions(self._instruments, self._first_date, self._now, ends=ends)
        elif self._may_lack_names():
            # Without them today's name is as good a guess as any.
            with contextlib.suppress(ProviderError, ask_sources.HistoryOnItsWay):
                _fetch_actions(self._instruments, self._first_date, self._now, ends=ends)
        ask_sources.fetch(
            find_missing=self._missing_bars,
            kind=self._kind,
            sources=self._sources,
            now=self._now,
            ends=ends,
        )
        ask_sources.fetch(
            find_missing=self._missing_closes,
            kind=HistoryKind.DAILY_BARS,
            sources=_offering(_DAYS),
            now=self._now,
            ends=ends,
        )
        self._refresh()

    def _missing_bars(self) -> Missing:
        found = {
            instrument: missing_of(
                instrument=instrument, kinds=[self._kind], wanted=self._wanted, now=self._now
            )
            for instrument in self._instruments
        }
        return {instrument: pieces for instrument, pieces in found.items() if pieces}

    def _missing_actions(self) -> Missing:
        if not self._kinds:
            return {}
        return _missing_actions(self._instruments, self._first_date, self._now)

    def _missing_closes(self) -> Missing:
        """Return the days before dividends whose effect is not known for want of a close."""
        if CorporateActionKind.CASH_DIVIDEND not in self._kinds:
            return {}
        days = {
            instrument: gaps.finished(days=before, now=self._now)
            for instrument in self._instruments
            if (before := self._days_before_dividends(instrument))
        }
        return _not_held(days, HistoryKind.DAILY_BARS)

    def _days_before_dividends(self, instrument: Instrument) -> Sequence[TradingDay]:
        by = factors_of(instrument=instrument, kinds=self._kinds, now=self._now)
        ex_dates = [
            action.ex_date
            for action in by.unresolved
            if action.kind is CorporateActionKind.CASH_DIVIDEND
            and midnight_ns(action.ex_date) > self._wanted.ts_from
        ]
        if not ex_dates:
            return ()
        return sessions.calendar().days_between(
            first_date=min(ex_dates) - CLOSE_AGE_MAX, last_date=max(ex_dates) - timedelta(days=1)
        )

    def _may_lack_names(self) -> bool:
        """Say whether bars are missing of a provider that must be asked by the names of then."""
        if not self._sources or not self._missing_bars():
            return False
        return provider_ticks.tells_older_names(name=self._sources[0]) and not all(
            symbols.spells_of(instrument_id=each.id) for each in self._instruments
        )

    def _refresh(self) -> None:
        """Have days that may have been corrected fetched again from whom they are held."""
        kinds = [self._kind, *([HistoryKind.CORPORATE_ACTIONS] if self._kinds else [])]
        for kind in kinds:
            can_be_asked = _offering(_OFFERS[kind])
            for source, due in _due_again(self._instruments, self._wanted, kind, self._now).items():
                if source in can_be_asked:
                    ask_sources.refresh(due=due, kind=kind, source=source, now=self._now)


# --- What is missing, and who has it --------------------------------------------------------------
_ACTIONS, _DAYS = Offer.CORPORATE_ACTIONS, Offer.DAILY_BARS


def _offering(offer: Offer) -> list[str]:
    return provider_ticks.offering(offer=offer)


def _whom(wanted: Range) -> tuple[HistoryKind, Sequence[str]]:
    """Return what is fetched for this range, and of whom: days from who has days, or minutes."""
    kinds = [HistoryKind.MINUTE_BARS]
    if not is_intraday(wanted.timeframe):
        kinds.insert(0, HistoryKind.DAILY_BARS)
    for kind in kinds:
        if names := _offering(_OFFERS[kind]):
            return kind, names
    return HistoryKind.MINUTE_BARS, ()


def _fetch_actions(
    instruments: Sequence[Instrument], first_date: date, now: datetime, *, ends: float
) -> None:
    ask_sources.fetch(
        find_missing=lambda: _missing_actions(instruments, first_date, now),
        kind=HistoryKind.CORPORATE_ACTIONS,
        sources=_offering(_ACTIONS),
        now=now,
        ends=ends,
    )


def _missing_actions(instruments: Sequence[Instrument], first_date: date, now: datetime) -> Missing:
    """Return the days up to today of which nobody has asked what issuers did."""
    days = sessions.calendar().days_between(first_date=first_date, last_date=new_york_date(now))
    return _not_held(dict.fromkeys(instruments, days), HistoryKind.CORPORATE_ACTIONS)


def _not_held(days: Mapping[Instrument, Sequence[TradingDay]], kind: HistoryKind) -> Missing:
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


def _due_again(
    instruments: Sequence[Instrument], wanted: Range, kind: HistoryKind, now: datetime
) -> Mapping[str, Missing]:
    """Return the held days of the range that may have been corrected since, by source."""
    days = gaps.finished(days=days_of(wanted), now=now)
    found: dict[str, dict[Instrument, Sequence[DateRange]]] = defaultdict(dict)
    if not days:
        return found
    for instrument in instruments:
        held = coverage.held_of(
            instrument_id=instrument.id,
            kind=kind,
            first_date=days[0].trade_date,
            last_date=days[-1].trade_date,
        )
        due = [
            (held[day.trade_date][0], day.trade_date)
            for day in days
            if day.trade_date in held
            and gaps.is_due_again(day=day, held_at=held[day.trade_date][1], now=now)
        ]
        for source in {source for source, _ in due} - set(FILES):
            dates = [on for name, on in due if name == source]
            found[source][instrument] = [DateRange(first_date=dates[0], last_date=dates[-1])]
    return found


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
