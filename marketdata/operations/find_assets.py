"""Instruments by whatever names them: an id, a symbol however it is spelled, a CUSIP."""

from collections.abc import Collection, Mapping
from datetime import date
from uuid import UUID

from marketdata.contracts import Instrument
from marketdata.domain.identifiers import is_cusip
from marketdata.domain.spellings import Spellings
from marketdata.operations import run_feed
from marketdata.store import instruments, symbols as symbol_spells
from trading.kernel.errors import TradingError


class InvalidAsof(TradingError):
    """Trades and quotes of a symbol's older meaning are not found yet."""

    code = "INVALID_ASOF"


def find_asset(*, name: str) -> Instrument | None:
    """Return the instrument that ``name`` names; None if there is none, or it may be several."""
    try:
        return instruments.find_by_id(instrument_id=UUID(name))
    except ValueError:
        pass  # no id, so a symbol or a CUSIP
    symbol = spell(symbols=[name]).get(name)
    if symbol is not None:
        return instruments.find(symbol=symbol)
    return instruments.find_by_cusip(cusip=name.upper()) if is_cusip(name.upper()) else None


def as_of(*, symbols: Collection[str], asof: date | None) -> dict[str, Instrument]:
    """
    Return the instruments that traded as these symbols on the day ``asof``; None means today.

    However many symbols are asked for, that is a few questions to the database.
    """
    today = instruments.find_many(symbols=symbols)
    if asof is None:
        return today
    owners = symbol_spells.owners_on(symbols=symbols, on=asof)
    then = instruments.find_many_by_id(instrument_ids=set(owners.values()))
    # One whose own names are known, and this was none of them on that day, was somebody else's.
    renamed = symbol_spells.with_spells(instrument_ids={each.id for each in today.values()})
    found = {symbol: each for symbol, each in today.items() if each.id not in renamed}
    return found | {symbol: then[owner] for symbol, owner in owners.items() if owner in then}


def with_ticks(*, symbols: Collection[str], asof: date | None) -> list[str]:
    """
    Return the symbols of which there may be ticks: something trades, or has traded, under them.

    :raises InvalidAsof: if one of them was another security's on the day ``asof``
    """
    today = instruments.find_many(symbols=symbols)
    if asof is not None:
        then = as_of(symbols=symbols, asof=asof)
        for symbol in symbols:
            if then.get(symbol) != today.get(symbol):
                raise InvalidAsof(
                    f"invalid asof: {symbol} was another security's symbol on {asof}; "
                    "trades and quotes are found by today's symbols only",
                    symbol=symbol,
                )
    pipeline = run_feed.running()
    carried = () if pipeline is None else pipeline.feed.symbols
    known = {*today, *symbol_spells.ever_used(symbols=symbols), *carried}
    return [symbol for symbol in symbols if symbol in known]


def spell(*, symbols: Collection[str]) -> Mapping[str, str]:
    """
    Return the security master's symbol of each spelling that means one of its instruments.

    However many are asked for and whatever they are, that is at most two questions to the database.
    """
    wanted = {symbol: symbol.strip().upper() for symbol in symbols}
    known = instruments.find_many(symbols=set(wanted.values()))
    found = {symbol: upper for symbol, upper in wanted.items() if upper in known}
    others = wanted.keys() - found.keys()
    if others:
        alike = Spellings(instruments.spelled_like(spellings=others))
        for symbol in others:
            meant = alike.resolve(symbol)
            if meant is not None:
                found[symbol] = meant
    return found
