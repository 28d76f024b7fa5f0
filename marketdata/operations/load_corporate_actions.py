"""
Factor files and map files (Lean's format) as corporate actions and symbols.

A factor file's rows are ``YYYYMMDD,price factor,split factor,reference close``: the factors of the
days up to and including that date. So where they change, something took effect on the next session.
A map file's rows are ``YYYYMMDD,ticker[,exchange]``: the security traded as that ticker through
that date. Both are named after the security's newest ticker.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from marketdata.contracts import CorporateAction, CorporateActionKind
from marketdata.domain.calendar import Calendar
from marketdata.domain.headers import ENCODING
from marketdata.domain.sources import LEAN as SOURCE
from marketdata.domain.symbols import SymbolSpell
from marketdata.store import actions, instruments, sessions, symbols
from trading.infra.transactions import transaction
from trading.kernel.errors import TradingError

_FOLDERS = ("", "lean/equity/usa", "equity/usa")
_FOREVER = date(2050, 1, 1)  # the files say 2050-12-31 for "until today"
_SHARES_MAX = 100
_ROUNDING = 1e-5  # of a factor file's six digits


class InvalidFactorFile(TradingError):
    """There is no factor or map file here, or one is damaged. Nothing of it was loaded."""

    code = "INVALID_FACTOR_FILE"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedActions:
    symbol: str
    actions: int
    spells: int


class _Row(NamedTuple):
    through: date
    price_factor: float
    split_factor: float
    close: float


def load_corporate_actions(*, path: Path, now: datetime) -> Iterator[LoadedActions]:
    """
    Load the files of every instrument that the security master knows; tell of each as it is done.

    ``path`` is a data pack, or the folder that holds ``factor_files`` and ``map_files``. What files
    that were loaded before said, and these do not, is withdrawn.

    :raises InvalidFactorFile: naming the file and the line
    """
    folder = next(
        (path / name for name in _FOLDERS if (path / name / "factor_files").is_dir()), None
    )
    if folder is None:
        raise InvalidFactorFile(f"there is no folder factor_files in {path}", path=str(path))
    for name in sorted({file.stem for file in folder.glob("*_files/*.csv")}):
        instrument = instruments.find(symbol=name.upper())
        if instrument is None:
            continue
        symbol, calendar = instrument.symbol, sessions.calendar()
        spells = read_map_file(path=folder / "map_files" / f"{name}.csv")
        found = [
            *read_factor_file(
                path=folder / "factor_files" / f"{name}.csv", symbol=symbol, calendar=calendar
            ),
            *_changes(spells, calendar),
        ]
        with transaction():
            told_at = actions.next_telling(instrument_id=instrument.id, source=SOURCE, now=now)
            count = actions.write(instrument_id=instrument.id, actions=found, told_at=told_at)
            actions.withdraw(
                instrument_id=instrument.id,
                source=SOURCE,
                first_date=date.min,
                last_date=date.max,
                told_before=told_at,
                now=now,
            )
            symbols.replace_spells(instrument_id=instrument.id, spells=spells)
        yield LoadedActions(symbol=symbol, actions=count, spells=len(spells))


def read_factor_file(*, path: Path, symbol: str, calendar: Calendar) -> list[CorporateAction]:
    """
    Return what changed the factors; none if there is no such file.

    :raises InvalidFactorFile: naming the line
    """
    rows = [_row(path, number, fields) for number, fields in _lines(path)]
    found: list[CorporateAction] = []
    for row, following in pairwise(rows):
        ex_date = calendar.day_after(on=row.through).trade_date
        if row.price_factor != following.price_factor:
            factor = row.price_factor / following.price_factor
            found.append(
                CorporateAction(
                    kind=CorporateActionKind.CASH_DIVIDEND,
                    symbol=symbol,
                    ex_date=ex_date,
                    source=SOURCE,
                    rate=round(row.close * (1 - factor), 4),
                    factor=factor,
                )
            )
        if row.split_factor != following.split_factor:
            factor = row.split_factor / following.split_factor
            shares = _shares(1 / factor)
            found.append(
                CorporateAction(
                    kind=CorporateActionKind.SPLIT,
                    symbol=symbol,
                    ex_date=ex_date,
                    source=SOURCE,
                    new_rate=float(shares.numerator) if shares else 1 / factor,
                    old_rate=float(shares.denominator) if shares else 1.0,
                    factor=factor,
                )
            )
    return found


def read_map_file(*, path: Path) -> list[SymbolSpell]:
    """
    Return the security's symbols, oldest first; none if there is no such file.

    :raises InvalidFactorFile: naming the line
    """
    rows: list[tuple[date, str]] = []
    for number, fields in _lines(path):
        try:
            rows.append((_date(fields[0]), fields[1].upper()))
        except (ValueError, IndexError) as error:
            raise _invalid(path, number, error) from error
    spells: list[SymbolSpell] = []
    for (before, _), (through, symbol) in pairwise(rows):
        # The first row is the first day of trading, the others are last days.
        begins = before if not spells else before + timedelta(days=1)
        ends = None if through >= _FOREVER else through
        spells.append(SymbolSpell(symbol=symbol, from_date=begins, to_date=ends))
    return spells


def _changes(spells: Iterable[SymbolSpell], calendar: Calendar) -> Iterator[CorporateAction]:
    for before, after in pairwise(spells):
        yield CorporateAction(
            kind=CorporateActionKind.SYMBOL_CHANGE,
            symbol=before.symbol,
            new_symbol=after.symbol,
            ex_date=calendar.day_after(on=after.from_date - timedelta(days=1)).trade_date,
            source=SOURCE,
        )


def _shares(ratio: float) -> Fraction | None:
    """Return a split's plain numbers, such as 7 for 1, or None if it has none."""
    shares = Fraction(ratio).limit_denominator(_SHARES_MAX)
    return shares if shares and abs(float(shares) / ratio - 1) < _ROUNDING else None


def _row(path: Path, number: int, fields: list[str]) -> _Row:
    try:
        through, *numbers = fields
        row = _Row(_date(through), *map(float, numbers))
    except (ValueError, TypeError) as error:
        raise _invalid(path, number, error) from error
    if not (row.price_factor > 0 and row.split_factor > 0):
        raise _invalid(path, number, "a factor must be positive")
    return row


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    if not path.exists():
        return
    try:
        lines = path.read_text(encoding=ENCODING).split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidFactorFile(f"cannot read {path}: {error}", path=str(path)) from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield number, line.strip().split(",")


def _date(text: str) -> date:
    return date(int(text[:4]), int(text[4:6]), int(text[6:8]))


def _invalid(path: Path, number: int, reason: object) -> InvalidFactorFile:
    return InvalidFactorFile(f"{path}, line {number}: {reason}", path=str(path), line=number)
