"""
The tick archive's format. Pure: ticks and file names in, rows and file names out.

A tick is one row. Rows have an ever-growing ``seq``, the order in which ticks were accepted;
``kind`` says what the row is, and the columns of other kinds are null. A day's rows lie in chunks
named by their first and last ``seq``: ``FIRST-LAST.parquet``, or, once compacted, a folder
``FIRST-LAST`` with one file for each symbol.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from inspect import get_annotations
from pathlib import PurePath
from types import MappingProxyType
from typing import Any, NamedTuple, TypeGuard, TypeVar
from urllib.parse import quote, unquote

import msgspec

from marketdata.contracts import (
    PriceBand,
    Quote,
    Shares,
    Trade,
    TradeCancel,
    TradeCorrection,
    TradingStatus,
    Update,
)
from marketdata.domain.timeframes import midnight_ns
from trading.kernel.clock import from_ns, new_york_date
from trading.kernel.quantities import whole

Archived = Quote | Trade | TradeCorrection | TradeCancel | TradingStatus | PriceBand
ArchivedT = TypeVar("ArchivedT", bound=Archived)

KINDS: Mapping[str, type[Any]] = MappingProxyType(
    {
        "quote": Quote,
        "trade": Trade,
        "correction": TradeCorrection,
        "cancel": TradeCancel,
        "status": TradingStatus,
        "band": PriceBand,
    }
)
_TYPES: Mapping[Any, str] = MappingProxyType(
    {Shares: "DOUBLE", int: "BIGINT", float: "DOUBLE", str: "VARCHAR", tuple[str, ...]: "VARCHAR[]"}
)
# Column and SQL type: what orders a row, then every field of every kind.
COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "seq": "BIGINT",
        "kind": "VARCHAR",
        **{
            name: _TYPES[kind]
            for made in KINDS.values()
            for name, kind in get_annotations(made).items()
        },
    }
)
_NO_ROWS = ", ".join(f"CAST(NULL AS {sql_type}) AS {name}" for name, sql_type in COLUMNS.items())
_FIELDS = {kind: tuple(get_annotations(made)) for kind, made in KINDS.items()}
_LISTS = {
    kind: tuple(name for name in fields if COLUMNS[name].endswith("[]"))
    for kind, fields in _FIELDS.items()
}
_SHARES = {
    kind: tuple(name for name, told in get_annotations(made).items() if told is Shares)
    for kind, made in KINDS.items()
}
_NAMES: Mapping[Any, str] = {made: kind for kind, made in KINDS.items()}
_WHOLE_NUMBERS: Mapping[Any, tuple[str, ...]] = {
    made: tuple(name for name, kind in get_annotations(made).items() if kind is int)
    for made in KINDS.values()
}
_PREFIX = {made: f'"kind":"{kind}",' for kind, made in KINDS.items()}
_DECODERS: Mapping[Any, Any] = {made: msgspec.json.Decoder(made) for made in KINDS.values()}
_BIGINT_MIN, _BIGINT_MAX = -(2**63), 2**63 - 1
_LINE = re.compile(rb'\{"seq":(?P<seq>\d+),')
_CHUNK = re.compile(r"(?P<first>\d+)-(?P<last>\d+)(?P<suffix>\.parquet)?")
_DAY = re.compile(r"\d{8}")


def kind_of(made: type[Any]) -> str:
    """Return what rows of this kind have as ``kind``."""
    return _NAMES[made]


def fields_of(made: type[Any]) -> tuple[str, ...]:
    """Return the columns that rows of this kind have besides ``seq`` and ``kind``."""
    return _FIELDS[_NAMES[made]]


def is_archived(update: Update) -> TypeGuard[Archived]:
    """Say whether the archive keeps updates of this kind."""
    return type(update) in _PREFIX


def encode(*, seq: int, tick: Archived) -> bytes:
    """
    Return the tick as one line of JSON, the newline included.

    :raises TypeError, ValueError, OverflowError: if the tick has a value that no column can hold
    """
    made = type(tick)
    for name in _WHOLE_NUMBERS[made]:
        if not _BIGINT_MIN <= getattr(tick, name) <= _BIGINT_MAX:
            raise OverflowError(f"{name} is {getattr(tick, name)}")
    return f'{{"seq":{seq},{_PREFIX[made]}'.encode() + msgspec.json.encode(tick)[1:] + b"\n"


def seq_of(line: bytes) -> int:
    """Return the ``seq`` of a line; 0 if it is none."""
    match = _LINE.match(line)
    return int(match["seq"]) if match else 0


def mark_of(*, kind: type[Any], symbol: str) -> bytes:
    """Return what all lines of this kind and symbol hold, and no other line does."""
    return f'{_PREFIX[kind]}"symbol":'.encode() + msgspec.json.encode(symbol) + b","


def decode_line(line: bytes, *, kind: type[ArchivedT]) -> ArchivedT:
    """
    Return the tick of a line of this kind.

    :raises msgspec.DecodeError: if it is none
    """
    tick: ArchivedT = _DECODERS[kind].decode(line)
    return tick


def decode(row: Mapping[str, Any]) -> Archived:
    """Return the tick of a row, given as its columns by name."""
    kind = row["kind"]
    values = {name: row[name] for name in _FIELDS[kind]}
    for name in _LISTS[kind]:
        values[name] = tuple(values[name] or ())  # null in rows that are older than the column
    for name in _SHARES[kind]:
        values[name] = whole(values[name])
    tick: Archived = KINDS[kind](**values)
    return tick


def rows_of(files: str) -> str:
    """
    Return what to select from to get the rows of Parquet files, given as an SQL list of names.

    It has every column of ours: null where an older version wrote the file without it.
    """
    return (
        f"(SELECT {_NO_ROWS} WHERE false UNION ALL BY NAME "  # noqa: S608 - our own names
        f"SELECT * FROM read_parquet({files}, union_by_name = true))"
    )


class Chunk(NamedTuple):
    """A chunk's first and last ``seq``. ``is_folder``: compacted, with a file for each symbol."""

    first: int
    last: int
    is_folder: bool

    @property
    def name(self) -> str:
        return f"{self.first}-{self.last}" + ("" if self.is_folder else ".parquet")

    def covers(self, other: "Chunk") -> bool:
        """Say whether everything in ``other`` is in this one: it was compacted into it."""
        is_within = self.first <= other.first and other.last <= self.last
        return self.is_folder and self != other and is_within


def chunks_of(names: Iterable[str]) -> list[Chunk]:
    """Return the chunks that a day's folder holds, in order; other names are passed over."""
    found = (_CHUNK.fullmatch(name) for name in names)
    return sorted(
        Chunk(int(match["first"]), int(match["last"]), match["suffix"] is None)
        for match in found
        if match
    )


def current(chunks: Iterable[Chunk]) -> list[Chunk]:
    """
    Return the chunks without those that a compacted one covers.

    A compaction that was interrupted leaves its sources beside its result; they count once.
    """
    chunks = list(chunks)
    return [chunk for chunk in chunks if not any(other.covers(chunk) for other in chunks)]


def is_day(name: str) -> bool:
    """Say whether a folder's name is a day, ``YYYYMMDD``."""
    return _DAY.fullmatch(name) is not None


class Days:
    """The folders of times, remembering the last one: asking the calendar takes microseconds."""

    def __init__(self) -> None:
        self._start = self._end = 0
        self._day = ""

    def of(self, ts: int) -> str:
        """Return the New York day of a time (ns) as ``YYYYMMDD``."""
        if not self._start <= ts < self._end:
            day = new_york_date(from_ns(ts))
            self._start, self._end = midnight_ns(day), midnight_ns(day + timedelta(days=1))
            self._day = f"{day:%Y%m%d}"
        return self._day


def file_name(symbol: str) -> str:
    """Return the name of a symbol's file in a compacted chunk; any symbol can be one."""
    return f"{quote(symbol, safe='')}.parquet"


def symbol_of(name: str) -> str:
    """Return the symbol whose file has this name."""
    return unquote(PurePath(name).stem)
