"""Under which symbol an instrument traded on which day."""

from collections.abc import Collection, Iterable
from datetime import date
from uuid import UUID

from django.db.models import Q

from marketdata.domain.symbols import SymbolSpell
from marketdata.models import InstrumentSymbol
from trading.infra.database import sql

_EVER_USED = "SELECT DISTINCT symbol FROM marketdata_instrumentsymbol WHERE symbol = ANY(%s)"


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


def owners_on(*, symbols: Collection[str], on: date) -> dict[str, UUID]:
    """Return which instrument traded as each symbol on that day, as far as spells know."""
    rows = InstrumentSymbol.objects.filter(
        Q(to_date__isnull=True) | Q(to_date__gte=on),
        symbol__in=[symbol for symbol in symbols if symbol.isprintable()],
        from_date__lte=on,
    )
    # Of two that overlap the one that began later counts, as in ``find_instrument_id``.
    return dict(rows.order_by("from_date").values_list("symbol", "instrument_id"))


def with_spells(*, instrument_ids: Collection[UUID]) -> set[UUID]:
    """Return those of the instruments whose symbols are known day by day."""
    rows = InstrumentSymbol.objects.filter(instrument_id__in=list(instrument_ids))
    return set(rows.values_list("instrument_id", flat=True).distinct().order_by())


def ever_used(*, symbols: Collection[str]) -> set[str]:
    """Return those of the symbols under which something has traded, as far as spells know."""
    asked = [symbol for symbol in symbols if symbol.isprintable()]
    return {row[0] for row in sql(_EVER_USED, [asked]).fetchall()}


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
