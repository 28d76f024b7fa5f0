"""Load the security master from a file: all of it or nothing."""

import csv
import math
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from types import MappingProxyType
from uuid import UUID, uuid5

from marketdata.contracts import TradingTerms
from marketdata.domain.headers import ENCODING, first_wrong_column
from marketdata.domain.identifiers import (
    SYMBOL_LENGTH_MAX,
    is_cusip,
    is_figi,
    is_isin,
    is_mic,
    is_symbol,
)
from marketdata.models import Instrument
from marketdata.store import instruments, terms
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
# A file may go on with all of these. Empty means not known; terms hold from ``terms_from`` on.
IDENTIFIERS: Mapping[str, Callable[[str], bool]] = MappingProxyType(
    {"mic": is_mic, "cusip": is_cusip, "isin": is_isin, "figi": is_figi}
)
TERMS = ("terms_from", "tick_size", "round_lot", "luld_tier")
ALL_COLUMNS = (*COLUMNS, *IDENTIFIERS, *TERMS)
_LULD_TIERS: Mapping[str, int | None] = MappingProxyType({"": None, "1": 1, "2": 2})
_NAME_LENGTH_MAX = 200
_BOOLEANS = {"true": True, "false": False}


class InvalidSecurityMaster(TradingError):
    """The file is not a security master. Nothing was loaded; mend the file and load it again."""

    code = "INVALID_SECURITY_MASTER"


def load_security_master(*, path: Path) -> int:
    """
    Insert or update every instrument of a CSV file; return how many.

    The header is COLUMNS, or ALL_COLUMNS. Instruments that the file does not name stay as they are,
    and so do identifiers and terms if the file has none. New ones are followed. Loading the same
    file again changes nothing; terms of another day are kept beside the old ones.

    :raises InvalidSecurityMaster: naming the line, if any row is wrong; then nothing is loaded
    """
    try:
        with path.open(newline="", encoding=ENCODING) as file:
            reader = csv.DictReader(file)
            rows = list(_instruments(reader, path))
            columns = tuple(reader.fieldnames or ())
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidSecurityMaster(f"cannot read {path}: {error}", path=str(path)) from error
    with transaction():
        Instrument.objects.bulk_create(
            [instrument for instrument, _ in rows],
            update_conflicts=True,
            unique_fields=["symbol"],
            update_fields=[name for name in columns if name != "symbol" and name not in TERMS],
        )
        terms.write(terms={row.id: told for row, told in rows if told is not None})
    instruments.forget()
    return len(rows)


def instrument_id(*, symbol: str) -> UUID:
    """Return the id that the instrument of this symbol has in every installation."""
    return uuid5(NAMESPACE, symbol)


def _instruments(
    reader: "csv.DictReader[str]", path: Path
) -> Iterator[tuple[Instrument, TradingTerms | None]]:
    names = tuple(reader.fieldnames or ())
    expected = COLUMNS if len(names) <= len(COLUMNS) else ALL_COLUMNS
    if wrong := first_wrong_column(found=names, expected=expected):
        raise InvalidSecurityMaster(
            f"{path}, line 1: {wrong}; the header must be {','.join(COLUMNS)}"
            f" or go on with {','.join((*IDENTIFIERS, *TERMS))}",
            path=str(path),
            line=1,
        )
    lines: dict[str, int] = {}
    for row in reader:
        line = reader.line_num
        try:
            found = _instrument(row, lines), _terms(row)
        except ValueError as error:
            raise InvalidSecurityMaster(
                f"{path}, line {line}: {error}", path=str(path), line=line
            ) from error
        lines[found[0].symbol] = line
        yield found
    if not lines:
        raise InvalidSecurityMaster(f"{path} holds no instruments", path=str(path), line=1)


def _instrument(row: dict[str, str], lines: Mapping[str, int]) -> Instrument:
    """:raises ValueError: saying which column is wrong"""
    if None in row or None in row.values():
        raise ValueError(f"expected {len(row) - (None in row)} columns")
    symbol = row["symbol"]
    if not is_symbol(symbol):
        raise ValueError(
            f"symbol {symbol!r} must be 1 to {SYMBOL_LENGTH_MAX} capitals, digits or dots"
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
        is_followed=True,
        reference_price=_price(row["reference_price"]),
        **{
            flag: _BOOLEANS[_one_of({flag: row[flag].lower()}, flag, list(_BOOLEANS))]
            for flag in ("tradable", "marginable", "shortable", "easy_to_borrow", "fractionable")
        },
        **{name: _identifier(row, name) for name in IDENTIFIERS if name in row},
    )


def _identifier(row: dict[str, str], name: str) -> str:
    text = row[name]
    if text and not IDENTIFIERS[name](text):
        raise ValueError(f"{name} {text!r} is mistyped: its form or its check digit is wrong")
    return text


def _terms(row: dict[str, str]) -> TradingTerms | None:
    """:raises ValueError: saying which column is wrong"""
    if not row.get("terms_from"):
        return None
    try:
        tick_size, round_lot = Decimal(row["tick_size"]), int(row["round_lot"])
    except (InvalidOperation, ValueError):
        raise ValueError(
            f"tick_size {row['tick_size']!r} and round_lot {row['round_lot']!r} must be numbers"
        ) from None
    if not (tick_size.is_finite() and tick_size > 0 and round_lot > 0):
        raise ValueError("tick_size and round_lot must be positive")
    return TradingTerms(
        effective_date=date.fromisoformat(row["terms_from"]),
        tick_size=tick_size,
        round_lot=round_lot,
        luld_tier=_LULD_TIERS[_one_of(row, "luld_tier", list(_LULD_TIERS))],
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
