"""A day of our own tick archive as a recording that can be played."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from marketdata.contracts import Quote, Trade
from marketdata.domain.archive import (
    COLUMNS,
    Archived,
    Chunk,
    chunks_of,
    current,
    decode,
    is_day,
    rows_of,
)
from marketdata.feeds.recording import (
    QuoteRow,
    RecordingCorrupt,
    RecordingNotFound,
    TapeRow,
    TradeRow,
    UpdateRow,
    midnight_ns,
)

_ROWS_AT_ONCE = 5_000
_NS_PER_US = 1_000
# Sorting a long day must not take the memory of everything else: the rest goes to disk.
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "threads": 1,
    "memory_limit": "512MB",
    "temp_directory": str(Path(tempfile.gettempdir()) / "openbell-replay"),
}
_TIMES = frozenset({"symbol", "ts_event", "ts_init", "source"})


def is_archive(path: Path) -> bool:
    """Say whether the folder is a tick archive that holds a day."""
    return bool(_days(path))


def read_ticks(folder: Path) -> Iterator[Archived]:
    """
    Read the ticks of one day's folder in the order in which they were accepted.

    :raises RecordingCorrupt: naming the chunk that cannot be read
    """
    names = list(COLUMNS)
    query = f"SELECT {', '.join(names)} FROM {rows_of('?')} ORDER BY seq"  # noqa: S608 - our own names
    for chunk in current(chunks_of(path.name for path in folder.iterdir())):
        for row in _query(_source(folder, chunk), query):
            yield decode(dict(zip(names, row, strict=True)))


class ArchivedDay:
    """
    One day of the archive below ``root``: ``day`` (YYYYMMDD), or the first one there is.

    :raises RecordingNotFound: if the archive has no such day
    :raises RecordingCorrupt: if one of the day's files cannot be read
    """

    def __init__(self, root: Path, *, day: str | None) -> None:
        days = _days(root)
        chosen = day or min(days)
        if chosen not in days:
            known = ", ".join(days)
            raise RecordingNotFound(
                f"no ticks of {chosen} in {root}; recorded days: {known}", path=str(root)
            )
        self.path = root / chosen
        self.trade_date = date.fromisoformat(chosen)
        self._midnight_ns = midnight_ns(self.trade_date)
        spans = [
            row
            for source in _sources(self.path)
            for row in _query(
                source,
                "SELECT symbol, min(ts_event), max(ts_event) FROM read_parquet(?) GROUP BY symbol",
            )
        ]
        self.symbols: Sequence[str] = sorted({symbol for symbol, _, _ in spans})
        self.first_us = self._us(min(first for _, first, _ in spans))
        self.last_us = self._us(max(last for _, _, last in spans))
        before = max((each for each in days if each < chosen), default=None)
        self.previous_closes: Mapping[str, float] = {} if before is None else _closes(root / before)

    def rows(self) -> Iterator[TapeRow]:
        newest_us = 0
        for tick in read_ticks(self.path):
            # Ticks were kept as they came; one that came late is played when it came.
            newest_us = max(newest_us, self._us(tick.ts_event))
            yield _row(newest_us, tick)

    def _us(self, ts: int) -> int:
        return (ts - self._midnight_ns) // _NS_PER_US


def _row(us: int, tick: Archived) -> TapeRow:
    if isinstance(tick, Quote):
        return QuoteRow(
            us,
            tick.symbol,
            tick.bid_px,
            tick.bid_size,
            tick.bid_exchange,
            tick.ask_px,
            tick.ask_size,
            tick.ask_exchange,
        )
    if isinstance(tick, Trade):
        return TradeRow(
            us, tick.symbol, tick.px, tick.size, tick.exchange, tick.conditions, tick.trade_id
        )
    make = type(tick)
    values = {name: getattr(tick, name) for name in make.__slots__ if name not in _TIMES}
    is_moment = "trade_id" in values  # a print taken back; a status or a band holds on
    return UpdateRow(us, tick.symbol, make, values, None if is_moment else (make, tick.symbol))


def _days(root: Path) -> list[str]:
    if not root.is_dir():
        return []
    return sorted(
        folder.name
        for folder in root.iterdir()
        if is_day(folder.name)
        and folder.is_dir()
        and chunks_of(each.name for each in folder.iterdir())
    )


def _sources(folder: Path) -> list[Path]:
    chunks = current(chunks_of(path.name for path in folder.iterdir()))
    return [_source(folder, chunk) for chunk in chunks]


def _source(folder: Path, chunk: Chunk) -> Path:
    return folder / chunk.name / "*.parquet" if chunk.is_folder else folder / chunk.name


def _closes(folder: Path) -> dict[str, float]:
    query = """
        SELECT symbol, arg_max(px, seq) FROM read_parquet(?)
        WHERE kind = 'trade' GROUP BY symbol
    """
    return {symbol: px for source in _sources(folder) for symbol, px in _query(source, query)}


def _query(source: Path, query: str) -> Iterator[tuple[Any, ...]]:
    try:
        with duckdb.connect(config=_CONFIG) as connection:
            result = connection.execute(query, [str(source)])
            while rows := result.fetchmany(_ROWS_AT_ONCE):
                yield from rows
    except duckdb.Error as error:
        raise RecordingCorrupt(f"{source}: {error}", path=str(source)) from error
