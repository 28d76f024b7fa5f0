"""Changes of symbol that a provider tells, as the symbols that the security had on each day."""

from uuid import UUID

from marketdata.contracts import CorporateActionKind, HistoryKind
from marketdata.domain.symbols import SymbolSpell, spells_with, symbol_on
from marketdata.store import actions, coverage, symbols

# What was asked of a provider under a name; files name what they hold themselves.
_BY_NAME = tuple(HistoryKind)


def take_up(*, instrument_id: UUID, symbol: str) -> None:
    """
    Let the changes of symbol that are in force make the instrument's symbols.

    Days that were asked for under another name than they had are not held any longer, so they are
    asked for again. Inside the open transaction. ``symbol`` is today's.
    """
    changes = [
        action
        for action in actions.list_of(instrument_id=instrument_id, symbol=symbol)
        if action.kind is CorporateActionKind.SYMBOL_CHANGE
    ]
    before = symbols.spells_of(instrument_id=instrument_id)
    after = spells_with(known=before, changes=changes, today=symbol)
    if after == before:
        return
    symbols.replace_spells(instrument_id=instrument_id, spells=after)
    _let_go(instrument_id, symbol, before, after)


def _let_go(
    instrument_id: UUID, today: str, before: list[SymbolSpell], after: list[SymbolSpell]
) -> None:
    for kind in _BY_NAME:
        wrong = [
            on
            for on in coverage.dates_of_providers(instrument_id=instrument_id, kind=kind)
            if symbol_on(spells=before, on=on, today=today)
            != symbol_on(spells=after, on=on, today=today)
        ]
        coverage.let_go(instrument_id=instrument_id, kind=kind, dates=wrong)
