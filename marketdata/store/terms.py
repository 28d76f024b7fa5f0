"""On which terms instruments are quoted, by the day from which they hold."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from marketdata.contracts import TradingTerms
from marketdata.models import InstrumentTerms


def find(*, instrument_id: UUID, on: date) -> TradingTerms | None:
    """Return the terms of a day; None if none are known for it."""
    rows = InstrumentTerms.objects.filter(instrument_id=instrument_id, effective_date__lte=on)
    row = rows.order_by("-effective_date").first()
    if row is None:
        return None
    return TradingTerms(
        effective_date=row.effective_date,
        tick_size=row.tick_size,
        round_lot=row.round_lot,
        luld_tier=row.luld_tier,
    )


def write(*, terms: Mapping[UUID, TradingTerms]) -> None:
    """Insert or correct each instrument's terms of their day; other days' stay."""
    InstrumentTerms.objects.bulk_create(
        [
            InstrumentTerms(
                instrument_id=instrument_id,
                effective_date=told.effective_date,
                tick_size=told.tick_size,
                round_lot=told.round_lot,
                luld_tier=told.luld_tier,
            )
            for instrument_id, told in terms.items()
        ],
        update_conflicts=True,
        unique_fields=["instrument", "effective_date"],
        update_fields=["tick_size", "round_lot", "luld_tier"],
    )
