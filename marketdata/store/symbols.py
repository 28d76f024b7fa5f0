"""Under which symbol an instrument traded on which day."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from marketdata.domain.symbols import SymbolSpell
from marketdata.models import InstrumentSymbol


def spells_of(*, instrument_id: UUID) -> list[SymbolSpell]:
    """Return the instrument's symbols, oldest first; none if it never changed its name."""
    rows = InstrumentSymbol.objects.filter(instrument_id=instrument_id).order_by("from_date")
    return [
        SymbolSpell(symbol=row.symbol, from_date=row.from_date, to_date=row.to_date) for row in rows
    ]


def find_instrument_id(*, symbol: str, on: date) -> UUID | None:
    """Return which instrument traded as ``symbol`` on that day, as far as spells know."""
    rows = InstrumentSymbol.objects.filter(symbol=symbol, from_date__lte=on)
    for row in rows.order_by("-from_date"):
        if row.to_date is None or on <= row.to_date:
            return row.instrument_id
    return None


def replace_spells(*, instrument_id: UUID, spells: Iterable[SymbolSpell]) -> int:
    """Make these the instrument's symbols, inside the open transaction; return how many."""
    InstrumentSymbol.objects.filter(instrument_id=instrument_id).delete()
    rows = [
        InstrumentSymbol(
            instrument_id=instrument_id,
            symbol=spell.symbol,
            from_date=spell.from_date,
            to_date=spell.to_date,
        )
        for spell in spells
    ]
    InstrumentSymbol.objects.bulk_create(rows)
    return len(rows)
