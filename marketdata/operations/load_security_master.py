"""Load the security master from a file: all of it or nothing."""

import csv
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO
from uuid import UUID, uuid5

from marketdata.models import Instrument
from marketdata.store import instruments
from trading.infra.transactions import transaction
from trading.kernel.errors import TradingError

# An instrument's id is the UUID 5 of its symbol under this name, in every installation.
NAMESPACE = UUID("6f1f0a3e-5d0c-5a44-9d5b-0c6b7d1e2f90")

COLUMNS = (
    "symbol",
    "name",
    "exchange",
    "status",
    "tradable",
    "marginable",
    "shortable",
    "easy_to_borrow",
    "fractionable",
    "reference_price",
)
_SYMBOL_LENGTH_MAX = 16
_NAME_LENGTH_MAX = 200
_BOOLEANS = {"true": True, "false": False}
_SYMBOL_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.")


class InvalidSecurityMaster(TradingError):
    """The file is not a security master. Nothing was loaded; mend the file and load it again."""

    code = "INVALID_SECURITY_MASTER"


def load_security_master(*, path: Path) -> int:
    """
    Insert or update every instrument of a CSV file with the header COLUMNS; return how many.

    Instruments that the file does not name stay as they are. Loading the same file again changes
    nothing.

    :raises InvalidSecurityMaster: naming the line, if any row is wrong; then nothing is loaded
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(_instruments(file, path))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidSecurityMaster(f"cannot read {path}: {error}", path=str(path)) from error
    with transaction():
        Instrument.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["symbol"],
            update_fields=[column for column in COLUMNS if column != "symbol"],
        )
    instruments.forget()
    return len(rows)


def instrument_id(*, symbol: str) -> UUID:
    """Return the id that the instrument of this symbol has in every installation."""
    return uuid5(NAMESPACE, symbol)


def _instruments(file: IO[str], path: Path) -> Iterator[Instrument]:
    reader = csv.DictReader(file)
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise InvalidSecurityMaster(
            f"{path}, line 1: the header must be {','.join(COLUMNS)}", path=str(path), line=1
        )
    lines: dict[str, int] = {}
    for row in reader:
        line = reader.line_num
        try:
            instrument = _instrument(row, lines)
        except ValueError as error:
            raise InvalidSecurityMaster(
                f"{path}, line {line}: {error}", path=str(path), line=line
            ) from error
        lines[instrument.symbol] = line
        yield instrument
    if not lines:
        raise InvalidSecurityMaster(f"{path} holds no instruments", path=str(path), line=1)


def _instrument(row: dict[str, str], lines: Mapping[str, int]) -> Instrument:
    """:raises ValueError: saying which column is wrong"""
    if None in row or None in row.values():
        raise ValueError(f"expected {len(COLUMNS)} columns")
    symbol = row["symbol"]
    if not (1 <= len(symbol) <= _SYMBOL_LENGTH_MAX and set(symbol) <= _SYMBOL_LETTERS):
        raise ValueError(
            f"symbol {symbol!r} must be 1 to {_SYMBOL_LENGTH_MAX} capitals, digits or dots"
        )
    if symbol in lines:
        raise ValueError(f"{symbol} is on line {lines[symbol]} too")
    if not 1 <= len(row["name"]) <= _NAME_LENGTH_MAX:
        raise ValueError(f"name must have 1 to {_NAME_LENGTH_MAX} characters")
    return Instrument(
        id=instrument_id(symbol=symbol),
        symbol=symbol,
        name=row["name"],
        exchange=_one_of(row, "exchange", Instrument.Exchange.values),
        status=_one_of(row, "status", Instrument.Status.values),
        reference_price=_price(row["reference_price"]),
        **{
            flag: _BOOLEANS[_one_of(row, flag, list(_BOOLEANS))]
            for flag in ("tradable", "marginable", "shortable", "easy_to_borrow", "fractionable")
        },
    )


def _one_of(row: dict[str, str], column: str, known: list[str]) -> str:
    if row[column] not in known:
        raise ValueError(f"{column} {row[column]!r} must be one of {', '.join(known)}")
    return row[column]


def _price(text: str) -> float:
    try:
        price = float(text)
    except ValueError:
        price = math.nan
    if not (math.isfinite(price) and price > 0):
        raise ValueError(f"reference_price {text!r} must be a positive number")
    return price
