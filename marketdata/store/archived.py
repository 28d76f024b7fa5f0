"""
One symbol's ticks out of the tick archive, while it is written, sealed and compacted.

A day's spools are read first and its chunks then: what is sealed in between is in both, never in
neither, and its ``seq`` says that it is the same tick. Chunks never change and no name is used
twice; so what was read of a chunk is true if the chunk is still there afterwards, and is read again
from what has taken its place if not.
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Generic

import duckdb
import msgspec

from marketdata.domain import row_groups
from marketdata.domain.archive import (
    ArchivedT,
    chunks_of,
    current,
    decode,
    decode_line,
    fields_of,
    file_name,
    kind_of,
    mark_of,
    rows_of,
    seq_of,
)
from marketdata.domain.tape import PLACE, Row, merged
from marketdata.store.ticks import days, spools
from trading.kernel.errors import TradingError

_ROWS_AT_FIRST = 100_000  # a row group has about as many
_ALL = 1 << 40
_TRIES = 5  # a day is compacted every ten minutes at most
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "threads": 1,
    "memory_limit": "512MB",
    "temp_directory": str(Path(tempfile.gettempdir()) / "openbell-reading"),
    "enable_external_file_cache": False,  # the operating system has one, and gives it back
}


class TickArchiveUnreadable(TradingError):
    """A day of the tick archive is damaged; other days can be read. A person must look at it."""

    code = "TICK_ARCHIVE_UNREADABLE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted(Generic[ArchivedT]):
    """
    Which ticks: those within [ts_from, ts_to] (ns) whose source is none of the ``strangers``.

    ``at_once`` is how many are read in one go. Of the ticks with a ``seq`` from the first to the
    last of ``known`` none is needed: chunks that hold no others are not looked into.
    """

    kind: type[ArchivedT]
    symbol: str
    ts_from: int
    ts_to: int
    strangers: tuple[str, ...]
    newest_first: bool = False
    at_once: int = 10_000
    known: tuple[int, int] | None = None


class _Compacted(Exception):
    """A chunk was compacted, or let go, while it was read."""


def list_days(root: Path) -> set[str]:
    """Return the days that have a folder, ``YYYYMMDD``."""
    return {folder.name for folder in days(root)}


def read(folder: Path, wanted: Wanted[ArchivedT]) -> Iterator[Row[ArchivedT]]:
    """
    Read the ticks of a day's folder in order, each once, and no further than asked.

    :raises TickArchiveUnreadable: if a file cannot be read
    """
    parts = [_spooled(folder, wanted), _chunked(folder, wanted)]
    return merged(parts, newest_first=wanted.newest_first)


def read_all(folder: Path, wanted: Wanted[ArchivedT]) -> Iterator[Row[ArchivedT]]:
    """
    Read everything of a kind that is rare; what chunks hold of it is remembered.

    :raises TickArchiveUnreadable: if a file cannot be read
    """
    parts = [_spooled(folder, wanted), _all_chunked(folder, wanted)]
    return merged(parts, newest_first=wanted.newest_first)


def _all_chunked(folder: Path, wanted: Wanted[ArchivedT]) -> Sequence[Row[ArchivedT]]:
    for _ in range(_TRIES):
        listing = _Listing(folder, wanted)
        try:
            with listing.holding():
                return _all_in(listing.files, replace(wanted, at_once=_ALL, known=None))
        except _Compacted:
            continue
    raise _unreadable(folder)


def _chunked(folder: Path, wanted: Wanted[ArchivedT]) -> Iterator[Row[ArchivedT]]:
    after = _before_all(wanted)
    for _ in range(_TRIES):
        try:
            for rows in _pieces(_Listing(folder, wanted), wanted, after):
                yield from rows
                after = PLACE(rows[-1])
        except _Compacted:
            continue
        return
    raise _unreadable(folder)


def _pieces(
    listing: "_Listing", wanted: Wanted[ArchivedT], after: tuple[int, int]
) -> Iterator[list[Row[ArchivedT]]]:
    with listing.holding():
        groups = _row_groups(listing.files)
    ts_from, ts_to = wanted.ts_from, wanted.ts_to
    if wanted.newest_first:
        ts_to = min(ts_to, after[0])
    else:
        ts_from = max(ts_from, after[0])
    for begin, end in row_groups.parts(
        groups=groups,
        ts_from=ts_from,
        ts_to=ts_to,
        newest_first=wanted.newest_first,
        rows=_ROWS_AT_FIRST,
    ):
        part = replace(wanted, ts_from=begin, ts_to=end)
        is_more = True
        while is_more:
            with listing.holding():
                rows = _rows(listing.files, part, after)
            if rows:
                yield rows
                after = PLACE(rows[-1])
            is_more = len(rows) == wanted.at_once


class _Listing:
    """The chunks that a day had when it was looked at; ``files`` may hold what is wanted."""

    def __init__(self, folder: Path, wanted: Wanted[Any]) -> None:
        self._folder = folder
        first, last = wanted.known or (0, -1)
        chunks = [
            chunk
            for chunk in current(chunks_of(_names(folder)))
            if not first <= chunk.first <= chunk.last <= last
        ]
        self._chunks = [folder / chunk.name for chunk in chunks]
        paths = [
            path / file_name(wanted.symbol) if chunk.is_folder else path
            for chunk, path in zip(chunks, self._chunks, strict=True)
        ]
        self.files = tuple(str(path) for path in paths if path.exists())

    @contextmanager
    def holding(self) -> Iterator[None]:
        """
        Read in the block; at its end every chunk is known to have been there all the while.

        :raises _Compacted: if one was not; whatever else went wrong is then no wonder
        :raises TickArchiveUnreadable: if they were, and something went wrong
        """
        try:
            yield
        except (OSError, duckdb.Error) as error:
            self._require()
            raise _unreadable(self._folder) from error
        self._require()

    def _require(self) -> None:
        if not all(path.exists() for path in self._chunks):
            raise _Compacted


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    """One for the process, since starting it takes longer than a page; it keeps no content."""
    engine = duckdb.connect(config=_CONFIG)
    engine.execute("LOAD parquet")
    engine.execute("SET parquet_metadata_cache = true")
    return engine


def _ask(query: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
    with _engine().cursor() as cursor:  # each thread needs its own
        return cursor.execute(query, values).fetchall()


# Chunks never change, so what is found in them is true for ever; errors are not remembered.
@lru_cache(maxsize=1024)
def _all_in(files: tuple[str, ...], wanted: Wanted[Any]) -> Sequence[Row[Any]]:
    return _rows(files, wanted, _before_all(wanted))


@lru_cache(maxsize=1024)
def _row_groups(files: tuple[str, ...]) -> Sequence[row_groups.RowGroup]:
    if not files:
        return ()
    query = """
        SELECT CAST(stats_min_value AS BIGINT), CAST(stats_max_value AS BIGINT), row_group_num_rows
        FROM parquet_metadata(?) WHERE path_in_schema = 'ts_event'
    """
    return [row_groups.RowGroup(*each) for each in _ask(query, [list(files)])]


def _rows(files: tuple[str, ...], wanted: Wanted[Any], after: tuple[int, int]) -> list[Row[Any]]:
    """Return the first ``at_once`` ticks beyond ``after``, in order."""
    if not files:
        return []
    names = ("seq", "kind", *fields_of(wanted.kind))
    strangers = ", ".join("?" * len(wanted.strangers))
    beyond, order = ("<", "DESC") if wanted.newest_first else (">", "ASC")
    query = f"""
        SELECT {", ".join(names)} FROM {rows_of("?")}
        WHERE kind = ? AND symbol = ? AND source NOT IN ({strangers})
            AND ts_event BETWEEN ? AND ?
            AND (ts_event {beyond} ? OR (ts_event = ? AND seq {beyond} ?))
        ORDER BY ts_event {order}, seq {order} LIMIT ?
    """  # noqa: S608 - our own names
    values: list[Any] = [list(files), kind_of(wanted.kind), wanted.symbol, *wanted.strangers]
    values += [wanted.ts_from, wanted.ts_to, after[0], *after, wanted.at_once]
    rows = []
    for row in _ask(query, values):
        tick: Any = decode(dict(zip(names, row, strict=True)))
        rows.append(Row(tick.ts_event, row[0], tick))
    return rows


def _before_all(wanted: Wanted[Any]) -> tuple[int, int]:
    return (wanted.ts_to + 1, 0) if wanted.newest_first else (wanted.ts_from - 1, 0)


def _spooled(folder: Path, wanted: Wanted[ArchivedT]) -> list[Row[ArchivedT]]:
    """Return the ticks of a day that are in no chunk yet, in order."""
    mark = mark_of(kind=wanted.kind, symbol=wanted.symbol)
    found = []
    try:
        for spool in spools(folder):
            for line in _lines_with(mark, _content(spool)):
                tick = decode_line(line, kind=wanted.kind)
                is_within = wanted.ts_from <= tick.ts_event <= wanted.ts_to
                if is_within and tick.source not in wanted.strangers:
                    found.append(Row(tick.ts_event, seq_of(line), tick))
    except (OSError, msgspec.DecodeError) as error:
        raise _unreadable(folder) from error
    return sorted(found, key=PLACE, reverse=wanted.newest_first)


def _content(spool: Path) -> bytes:
    try:
        return spool.read_bytes()
    except FileNotFoundError:
        return b""  # sealed since it was listed: it is in a chunk now


def _lines_with(mark: bytes, data: bytes) -> Iterator[bytes]:
    """Find the marked lines among many others, the half one at the end left out."""
    end = 0
    while (at := data.find(mark, end)) >= 0 and (end := data.find(b"\n", at)) >= 0:
        yield data[data.rfind(b"\n", 0, at) + 1 : end]


def _names(folder: Path) -> list[str]:
    try:
        return [path.name for path in folder.iterdir()]
    except FileNotFoundError:  # a day that was let go
        return []


def _unreadable(folder: Path) -> TickArchiveUnreadable:
    day = folder.name
    return TickArchiveUnreadable(f"the tick archive of {day} cannot be read", day=day)
