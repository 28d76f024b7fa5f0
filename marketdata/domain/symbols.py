"""Under which symbol a security traded on which day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from marketdata.contracts import CorporateAction

# The first day of a symbol of which only the last one is known.
FIRST_DAY_UNKNOWN = date(1900, 1, 1)
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolSpell:
    """``to_date`` is included; None means until today."""

    symbol: str
    from_date: date
    to_date: date | None


def symbol_on(*, spells: Iterable[SymbolSpell], on: date, today: str) -> str:
    """Return the symbol of a day; ``today``'s for a day that no spell knows."""
    for spell in spells:
        if spell.from_date <= on and (spell.to_date is None or on <= spell.to_date):
            return spell.symbol
    return today


def spells_with(
    *, known: Sequence[SymbolSpell], changes: Iterable[CorporateAction], today: str
) -> list[SymbolSpell]:
    """
    Return the security's symbols, oldest first, as its changes of symbol make them.

    ``known`` ones with a true first day, from a file, stay and are gone on with; others are made
    anew, since a provider may move a change to another day. A change that does not lead on to the
    next one, or to the symbol of ``today``, is somebody else's and left out.
    """
    is_from_file = bool(known) and known[0].from_date > FIRST_DAY_UNKNOWN
    chain = _chain([each for each in changes if not each.is_contradicted], today)
    if is_from_file:
        spells = list(known)
    elif chain:
        spells = [SymbolSpell(symbol=chain[0].symbol, from_date=FIRST_DAY_UNKNOWN, to_date=None)]
    else:
        return []
    for change in chain:
        last = spells[-1]
        goes_on = last.symbol == change.symbol and last.to_date is None
        if goes_on and last.from_date < change.ex_date:
            spells[-1] = replace(last, to_date=change.ex_date - _ONE_DAY)
            spells.append(
                SymbolSpell(symbol=change.new_symbol or "", from_date=change.ex_date, to_date=None)
            )
    return spells


def _chain(changes: Sequence[CorporateAction], today: str) -> list[CorporateAction]:
    """Return the changes that lead to today's symbol, or on from it, by date."""
    by_date = sorted(changes, key=lambda change: change.ex_date)
    chain: list[CorporateAction] = []
    expected = today
    for change in reversed(by_date):
        if change.symbol == change.new_symbol or not change.new_symbol:
            continue
        is_to_come = not chain and change.symbol == today
        if is_to_come or change.new_symbol == expected:
            chain.append(change)
            expected = change.symbol
    return chain[::-1]
