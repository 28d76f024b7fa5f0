"""Backfills as rows: who has one is decided by compare-and-set, so two workers never share it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, Q

from marketdata.contracts import Backfill, BackfillState, DateRange, HistoryKind
from marketdata.models import Backfill as BackfillRow
from trading.kernel.identifiers import new_id

# A worker that is alive says so far more often; one that died lets this run out.
LEASE = timedelta(seconds=90)

WAITING, RUNNING, STOPPED, FAILED, DONE = (state.value for state in BackfillState)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A backfill that this worker has, as it was when it was claimed."""

    id: UUID
    claim: UUID
    instrument_id: UUID
    symbol: str
    kind: HistoryKind
    source: str
    first_date: date
    last_date: date
    pieces_done: int
    # The piece that was under way, and what asks for the rest of it.
    piece: DateRange | None
    page_token: str | None


class ClaimLost(Exception):
    """Somebody stopped the backfill, or took it over. What is in hand is not to be written."""


def find(*, backfill_id: UUID) -> Backfill | None:
    row = BackfillRow.objects.select_related("instrument").filter(pk=backfill_id).first()
    return None if row is None else _contract(row)


def list_newest(*, limit: int) -> list[Backfill]:
    rows = BackfillRow.objects.select_related("instrument").order_by("-requested_at")[:limit]
    return [_contract(row) for row in rows]


def request(
    *,
    instrument_id: UUID,
    kind: HistoryKind,
    source: str,
    first_date: date,
    last_date: date,
    requested_by: str,
    now: datetime,
) -> UUID:
    """Return the id of a new backfill, or of the same one if it is unfinished: then it goes on."""
    wanted = {
        "instrument_id": instrument_id,
        "kind": kind.value,
        "source": source,
        "first_date": first_date,
        "last_date": last_date,
    }
    # Two who ask at once meet in the table's constraint, not here.
    BackfillRow.objects.bulk_create(
        [
            BackfillRow(
                id=new_id(), **wanted, due_at=now, requested_by=requested_by, requested_at=now
            )
        ],
        ignore_conflicts=True,
    )
    found = BackfillRow.objects.filter(**wanted).latest("requested_at", "id")
    resume(backfill_id=found.id, now=now)
    return found.id


def ended_without(
    *,
    instrument_id: UUID,
    kind: HistoryKind,
    source: str,
    span: DateRange,
    failed_since: datetime,
) -> Backfill | None:
    """Return the newest that failed since then, or that somebody stopped, of all of this range."""
    ended = Q(state=FAILED, due_at__gte=failed_since) | Q(state=STOPPED)
    row = (
        BackfillRow.objects.select_related("instrument")
        .filter(
            ended,
            instrument_id=instrument_id,
            kind=kind.value,
            source=source,
            first_date__lte=span.first_date,
            last_date__gte=span.last_date,
        )
        .order_by("due_at")
        .last()
    )
    return None if row is None else _contract(row)


def claim(*, now: datetime, only: UUID | None = None) -> Claim | None:
    """Take the backfill that has been due longest, or ``only`` that one; None if none is free."""
    free = Q(state=WAITING, due_at__lte=now) | Q(state=RUNNING, claimed_until__lt=now)
    rows = BackfillRow.objects.select_related("instrument").filter(free).order_by("due_at", "id")
    for row in rows if only is None else rows.filter(pk=only):
        mine = new_id()
        # Whoever was here first has changed the state or the lease, and this finds nothing.
        taken = BackfillRow.objects.filter(free, pk=row.pk, due_at=row.due_at).update(
            state=RUNNING, claim=mine, claimed_until=now + LEASE
        )
        if taken:
            return _claim(row, mine)
    return None


def failed_attempts(*, held: Claim) -> int:
    """Return how often in a row, since the last page, the provider has let it down."""
    return _mine(held).values_list("attempts", flat=True).first() or 0


def advance(*, held: Claim, now: datetime, **changes: Any) -> None:
    """
    Write how far it has come and keep the claim alive, inside the transaction of the rows.

    :raises ClaimLost: if it is not this worker's any longer; then nothing may be committed
    """
    if not _mine(held).update(claimed_until=now + LEASE, **changes):
        raise ClaimLost


def count(*, rows: int, refused: int, pieces: int) -> dict[str, Any]:
    """Return the changes that add to what was written, refused and finished."""
    return {
        "rows_done": F("rows_done") + rows,
        "rows_refused": F("rows_refused") + refused,
        "pieces_done": F("pieces_done") + pieces,
    }


def release(*, held: Claim, state: BackfillState, due_at: datetime, **changes: Any) -> None:
    """Give the backfill back. Does nothing if it is not this worker's any longer."""
    _mine(held).update(state=state.value, due_at=due_at, claim=None, claimed_until=None, **changes)


def stop(*, backfill_id: UUID) -> bool:
    """Stop it, whoever works on it; return whether it was still going."""
    return bool(
        BackfillRow.objects.filter(pk=backfill_id, state__in=[WAITING, RUNNING]).update(
            state=STOPPED, claim=None, claimed_until=None
        )
    )


def resume(*, backfill_id: UUID, now: datetime) -> bool:
    """Let a stopped or failed one go on; return whether it was one."""
    return bool(
        BackfillRow.objects.filter(pk=backfill_id, state__in=[STOPPED, FAILED]).update(
            state=WAITING, due_at=now, attempts=0, error=""
        )
    )


def _mine(held: Claim) -> Any:  # noqa: ANN401 - a QuerySet
    return BackfillRow.objects.filter(pk=held.id, state=RUNNING, claim=held.claim)


def _claim(row: BackfillRow, mine: UUID) -> Claim:
    piece = None
    if row.piece_first_date is not None and row.piece_last_date is not None:
        piece = DateRange(first_date=row.piece_first_date, last_date=row.piece_last_date)
    return Claim(
        id=row.id,
        claim=mine,
        instrument_id=row.instrument_id,
        symbol=row.instrument.symbol,
        kind=HistoryKind(row.kind),
        source=row.source,
        first_date=row.first_date,
        last_date=row.last_date,
        pieces_done=row.pieces_done,
        piece=piece,
        page_token=row.page_token or None,
    )


def _contract(row: BackfillRow) -> Backfill:
    return Backfill(
        id=row.id,
        symbol=row.instrument.symbol,
        kind=HistoryKind(row.kind),
        source=row.source,
        first_date=row.first_date,
        last_date=row.last_date,
        state=BackfillState(row.state),
        pieces_total=row.pieces_total,
        pieces_done=row.pieces_done,
        rows_done=row.rows_done,
        rows_refused=row.rows_refused,
        due_at=row.due_at,
        error=row.error,
        requested_by=row.requested_by,
        requested_at=row.requested_at,
    )
