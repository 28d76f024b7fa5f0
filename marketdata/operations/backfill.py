"""Wishes for history: made, stopped and taken up again. ``run_backfills`` fulfils them."""

from datetime import date, datetime
from uuid import UUID

from marketdata.contracts import Backfill, HistoryKind, Instrument
from marketdata.operations import history_sources
from marketdata.store import backfills, coverage, instruments
from trading.kernel.errors import TradingError


class InvalidBackfill(TradingError):
    """There is no such instrument, source or range. Correct the request."""

    code = "INVALID_BACKFILL"


class BackfillNotFound(TradingError):
    """There is no backfill of this id."""

    code = "BACKFILL_NOT_FOUND"


def request(
    *,
    symbol: str,
    kind: HistoryKind,
    source: str,
    first_date: date,
    last_date: date,
    requested_by: str,
    now: datetime,
    is_again: bool = False,
) -> Backfill:
    """
    Ask for a range of history. What is held already is not fetched again, unless ``is_again``.

    Asking for the same range once more takes up the one that is unfinished, stopped or failed.

    :raises InvalidBackfill: if instrument, source or range are wrong
    """
    instrument = _instrument(symbol)
    if source not in history_sources.names():
        known = ", ".join(history_sources.names()) or "none is configured"
        raise InvalidBackfill(f"no history source {source!r}; known: {known}", source=source)
    if last_date < first_date:
        raise InvalidBackfill("the range ends before it begins")
    if is_again:
        coverage.make_due(
            instrument_id=instrument.id, kind=kind, first_date=first_date, last_date=last_date
        )
    return get(
        backfill_id=backfills.request(
            instrument_id=instrument.id,
            kind=kind,
            source=source,
            first_date=first_date,
            last_date=last_date,
            requested_by=requested_by,
            now=now,
        )
    )


def get(*, backfill_id: UUID) -> Backfill:
    """:raises BackfillNotFound: if there is none"""
    found = backfills.find(backfill_id=backfill_id)
    if found is None:
        raise BackfillNotFound(f"no backfill {backfill_id}", backfill_id=str(backfill_id))
    return found


def list_newest(*, limit: int) -> list[Backfill]:
    return backfills.list_newest(limit=limit)


def stop(*, backfill_id: UUID) -> Backfill:
    """
    Stop it after the page that is under way, which is not written. A finished one stays finished.

    :raises BackfillNotFound: if there is none
    """
    backfills.stop(backfill_id=backfill_id)
    return get(backfill_id=backfill_id)


def resume(*, backfill_id: UUID, now: datetime) -> Backfill:
    """
    Let a stopped or failed one go on where it was.

    :raises BackfillNotFound: if there is none
    """
    backfills.resume(backfill_id=backfill_id, now=now)
    return get(backfill_id=backfill_id)


def _instrument(symbol: str) -> Instrument:
    instrument = instruments.find(symbol=symbol)
    if instrument is None:
        raise InvalidBackfill(f"no instrument {symbol}", symbol=symbol)
    return instrument
