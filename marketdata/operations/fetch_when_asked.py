"""
Days of history that a reader asks for and nobody holds: fetched while he waits, if that is soon.

The wish is a backfill like any other. What is not done when his patience ends goes on without him.
"""

import time
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType

from marketdata.contracts import Backfill, BackfillState, DateRange, HistoryKind, Instrument
from marketdata.domain.timeframes import is_intraday
from marketdata.feeds.providers import Offer
from marketdata.operations import backfill, provider_ticks, read_days, run_backfills
from marketdata.operations.read_history import Range, missing_days
from marketdata.store import backfills, sessions
from trading.infra.database import give_back
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
    *, instruments: Sequence[Instrument], wanted: Range, now: datetime, patience_s: float
) -> bool:
    """
    See to it that what is missing of the range is fetched; return whether all of it is there now.

    What cannot be had counts as there: nobody knows more. Never inside a transaction: it waits for
    somebody else's machine, for ``patience_s`` at most.

    :raises HistoryOnItsWay: if patience ended first; with no patience it is not raised
    :raises TooMuchHistory: if the range is for a backfill; nothing is fetched then
    """
    if read_days.is_made_up():
        return True
    missing = {
        instrument: pieces
        for instrument in instruments
        if (pieces := missing_days(instrument=instrument, wanted=wanted, now=now))
    }
    kind, source = _whom(wanted) if missing else (HistoryKind.MINUTE_BARS, None)
    if source is None:
        return True
    _require_few(missing.values(), kind)
    asked = [
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
    if patience_s <= 0:
        return not asked
    give_back()
    return _wait(asked, patience_s)


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


def _wait(asked: Sequence[Backfill], patience_s: float) -> bool:
    ends = time.monotonic() + patience_s
    unfinished = [
        seen
        for seen in (run_backfills.work_until(backfill_id=each.id, ends=ends) for each in asked)
        if seen.state not in {BackfillState.DONE, BackfillState.FAILED}
    ]
    if not unfinished:
        return True
    told = "; ".join(
        f"{seen.symbol} {seen.first_date} to {seen.last_date} from {seen.source}"
        + (f" ({seen.error})" if seen.error else f", {seen.pieces_done} of {seen.pieces_total}")
        for seen in unfinished[:3]
    )
    raise HistoryOnItsWay(f"history is being fetched: {told}")


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
