"""
Days of history that nobody holds, asked of one provider after the other until they are held.

Each wish is a backfill like any other. A refusal is told as one: days that are not known must not
look like days without trades, nor raw prices like adjusted ones.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from marketdata.contracts import Backfill, BackfillState, DateRange, HistoryKind, Instrument
from marketdata.feeds.providers import ProviderError
from marketdata.operations import backfill, run_backfills
from marketdata.store import backfills
from trading.kernel.errors import TradingError

Missing = Mapping[Instrument, Sequence[DateRange]]

# A provider that refused is asked again by the next reader who comes so long after.
REFUSED_FOR = timedelta(seconds=10)
REQUESTED_BY = "a reader"


class HistoryOnItsWay(TradingError):
    """Part of the range is being fetched. Ask again in a moment."""

    code = "HISTORY_ON_ITS_WAY"


def wish(*, missing: Missing, kind: HistoryKind, sources: Sequence[str], now: datetime) -> bool:
    """Have it fetched by the best of the sources; return whether anything is missing. Waits not."""
    if missing and sources:
        _wishes(missing, kind, sources[0], now)
    return bool(missing and sources)


def fetch(
    *,
    find_missing: Callable[[], Missing],
    kind: HistoryKind,
    sources: Sequence[str],
    now: datetime,
    ends: float,
) -> None:
    """
    Have what is missing fetched by the best source or, where that refuses, by the next one.

    Waits until ``time.monotonic()`` is ``ends``. What somebody stopped counts as there.

    :raises HistoryOnItsWay: if one is not done by then, or will go on later
    :raises ProviderError: with the code of the best source's refusal, if nobody delivers
    """
    refusal: TradingError | None = None
    for source in sources:
        missing = find_missing()
        if not missing:
            return
        refused = _ask(missing, kind, source, now, ends)
        refusal = refusal or refused
        if time.monotonic() >= ends:
            break
    if refusal is not None and find_missing():
        raise refusal


def refresh(*, due: Missing, kind: HistoryKind, source: str, now: datetime) -> None:
    """Have days that are held fetched again, in the background."""
    _wishes(due, kind, source, now)


def _ask(
    missing: Missing, kind: HistoryKind, source: str, now: datetime, ends: float
) -> TradingError | None:
    """Return the refusal, if there is one."""
    asked, known_refusals = _wishes(missing, kind, source, now)
    seen = [run_backfills.work_until(backfill_id=each.id, ends=ends) for each in asked]
    failed = [each for each in seen if each.state is BackfillState.FAILED]
    if failed:
        return _refusal_of(failed[0].symbol, source, failed[0].error)
    if known_refusals:
        return known_refusals[0]
    done = {BackfillState.DONE, BackfillState.STOPPED}
    unfinished = [each for each in seen if each.state not in done]
    return _on_its_way(unfinished) if unfinished else None


def _wishes(
    missing: Missing, kind: HistoryKind, source: str, now: datetime
) -> tuple[list[Backfill], list[TradingError]]:
    """Ask for it; return what was asked for, and the refusals of a moment ago."""
    asked: list[Backfill] = []
    refusals: list[TradingError] = []
    for instrument, pieces in missing.items():
        span = DateRange(first_date=pieces[0].first_date, last_date=pieces[-1].last_date)
        ended = backfills.ended_without(
            instrument_id=instrument.id,
            kind=kind,
            source=source,
            span=span,
            failed_since=now - REFUSED_FOR,
        )
        if ended is None:
            asked.append(
                backfill.request(
                    symbol=instrument.symbol,
                    kind=kind,
                    source=source,
                    first_date=span.first_date,
                    last_date=span.last_date,
                    requested_by=REQUESTED_BY,
                    now=now,
                )
            )
        elif ended.state is BackfillState.FAILED:
            refusals.append(_refusal_of(instrument.symbol, source, ended.error))
    return asked, refusals


def _refusal_of(symbol: str, source: str, error: str) -> ProviderError:
    """Return what a backfill's ``CODE: message`` says, as the error that it was."""
    code, _, message = error.partition(": ")
    kinds = {each.code: each for each in ProviderError.__subclasses__() if not each.retryable}
    found = kinds.get(code, ProviderError)
    return found(f"{source} refuses the history of {symbol}: {message or error}")


def _on_its_way(unfinished: Sequence[Backfill]) -> HistoryOnItsWay:
    told = "; ".join(
        f"{seen.symbol} {seen.first_date} to {seen.last_date} from {seen.source}"
        + (f" ({seen.error})" if seen.error else f", {seen.pieces_done} of {seen.pieces_total}")
        for seen in unfinished[:3]
    )
    return HistoryOnItsWay(f"history is being fetched: {told}")
