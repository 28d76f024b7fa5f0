"""Which trading days of an instrument's bars are held whole, and whose they are."""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date, datetime
from uuid import UUID

from marketdata.contracts import HistoryKind
from marketdata.domain.sources import FILES
from marketdata.models import Coverage

# Before any trading day: what is held since then is due to be fetched again.
LONG_AGO = datetime(1900, 1, 1, tzinfo=UTC)


def held_dates(
    *,
    instrument_id: UUID,
    kind: HistoryKind,
    first_date: date,
    last_date: date,
    source: str | None = None,
) -> set[date]:
    """Return the days that are held from ``source``, or from whatever source."""
    rows = Coverage.objects.filter(
        instrument_id=instrument_id,
        kind=kind.value,
        trade_date__gte=first_date,
        trade_date__lte=last_date,
    )
    if source is not None:
        rows = rows.filter(source=source)
    return set(rows.values_list("trade_date", flat=True))


def held_of(
    *,
    instrument_id: UUID,
    kind: HistoryKind,
    first_date: date,
    last_date: date,
) -> dict[date, tuple[str, datetime]]:
    """Return the days that are held, each with its source and since when."""
    rows = Coverage.objects.filter(
        instrument_id=instrument_id,
        kind=kind.value,
        trade_date__gte=first_date,
        trade_date__lte=last_date,
    )
    return {
        on: (source, held_at)
        for on, source, held_at in rows.values_list("trade_date", "source", "held_at")
    }


def sources_of(
    *, instrument_id: UUID, kind: HistoryKind, dates: Collection[date]
) -> dict[date, str]:
    """Return from whom each of these days is held; a day that is not held is left out."""
    if not dates:
        return {}
    rows = Coverage.objects.filter(
        instrument_id=instrument_id, kind=kind.value, trade_date__in=dates
    )
    return dict(rows.values_list("trade_date", "source"))


def dates_of_providers(*, instrument_id: UUID, kind: HistoryKind) -> list[date]:
    """Return the days that are held from a provider, and not from a file."""
    rows = Coverage.objects.filter(instrument_id=instrument_id, kind=kind.value)
    return list(rows.exclude(source__in=FILES).values_list("trade_date", flat=True))


def hold(
    *,
    instrument_id: UUID,
    kind: HistoryKind,
    dates: Iterable[date],
    source: str,
    held_at: datetime,
) -> None:
    """Say that these days are held from ``source``, and from no other one any longer."""
    Coverage.objects.bulk_create(
        [
            Coverage(
                instrument_id=instrument_id,
                kind=kind.value,
                trade_date=on,
                source=source,
                held_at=held_at,
            )
            for on in dates
        ],
        update_conflicts=True,
        unique_fields=["instrument", "kind", "trade_date"],
        update_fields=["source", "held_at"],
    )


def make_due(*, instrument_id: UUID, kind: HistoryKind, first_date: date, last_date: date) -> None:
    """Let these days, which stay held, be due to be fetched again."""
    Coverage.objects.filter(
        instrument_id=instrument_id,
        kind=kind.value,
        trade_date__gte=first_date,
        trade_date__lte=last_date,
    ).update(held_at=LONG_AGO)


def let_go(*, instrument_id: UUID, kind: HistoryKind, dates: Sequence[date]) -> None:
    """Say that these days are not held whole, so that they are fetched again when asked for."""
    Coverage.objects.filter(
        instrument_id=instrument_id, kind=kind.value, trade_date__in=dates
    ).delete()
