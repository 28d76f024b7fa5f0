"""Wishes for history, and the work on them."""

from collections.abc import Callable
from datetime import date
from uuid import UUID

from marketdata.contracts import (
    Backfill,
    HistoryKind,
)
from marketdata.operations import (
    backfill,
    history_sources,
    run_backfills as backfills,
)
from trading.kernel import clock


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
    is_again: bool = False,
) -> Backfill:
    """
    Ask for a range of history; background work fetches what of it is not held.

    With ``is_again`` what is held is fetched, too: its source is known to have corrected it.

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
        is_again=is_again,
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
