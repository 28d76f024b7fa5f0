"""The tick archive kept in order: small chunks joined, symbol by symbol, and old ones let go."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from marketdata.domain.archive import Chunk, chunks_of, current, file_name, rows_of
from marketdata.store.ticks import days, engine, held, literal, publish, remove

# The chunks of half an hour, at one a minute.
YOUNG_MAX = 30
_LOCK = ".keeping"


def compact(root: Path, *, today: str) -> int:
    """
    Join small chunks into one with a file for each symbol; return how many were joined.

    ``today`` (YYYYMMDD) still grows, so its young chunks are joined once there are enough; the
    chunks of a day that is over become one. Interrupted, it leaves its sources and goes on next
    time. While another process is at it, nothing happens.

    :raises OSError, duckdb.Error: if a chunk cannot be read or written
    """
    if not root.is_dir():
        return 0
    joined = 0
    with held(root / _LOCK) as is_ours:
        for folder in days(root) if is_ours else []:
            _clean(folder)
            chunks = chunks_of(path.name for path in folder.iterdir())
            young = [chunk for chunk in chunks if not chunk.is_folder]
            if young and (folder.name < today or len(young) >= YOUNG_MAX):
                joined += _join_young(folder, young)
            if folder.name < today:
                joined += _join_folders(folder)
    return joined


def retain(root: Path, *, oldest: str, bytes_max: int) -> list[str]:
    """
    Remove days before ``oldest`` (YYYYMMDD), then the oldest chunks until ``bytes_max`` hold all.

    Return what was removed, as ``YYYYMMDD/CHUNK``.

    :raises OSError: if something cannot be removed
    """
    if not root.is_dir():
        return []
    kept = [
        (folder, chunk, _size(folder / chunk.name))
        for folder in days(root)
        for chunk in chunks_of(path.name for path in folder.iterdir())
    ]
    total = sum(size for _, _, size in kept)
    removed = []
    for folder, chunk, size in kept:
        if folder.name >= oldest and total <= bytes_max:
            break
        remove(folder / chunk.name)
        removed.append(f"{folder.name}/{chunk.name}")
        total -= size
    for folder in days(root):
        if folder.name < oldest and not any(folder.iterdir()):
            folder.rmdir()
    return removed


def _clean(folder: Path) -> None:
    """Take away what interrupted work left: halves, and sources whose joint chunk is there."""
    for path in folder.glob(".*"):
        if path.suffix == ".gone" or path.name.startswith(".joining"):
            shutil.rmtree(path, ignore_errors=True)
    chunks = chunks_of(path.name for path in folder.iterdir())
    for chunk in set(chunks) - set(current(chunks)):
        remove(folder / chunk.name)


def _join_young(folder: Path, young: Sequence[Chunk]) -> int:
    """Sort the rows by symbol once, then write each symbol's."""
    sources = ", ".join(literal(folder / chunk.name) for chunk in young)
    joining = _joining(folder)
    with engine(folder) as connection:
        connection.execute(
            f"CREATE TEMP TABLE ticks AS SELECT * FROM {rows_of(f'[{sources}]')} "  # noqa: S608 - our own names
            "ORDER BY symbol, seq"
        )
        symbols = connection.execute("SELECT DISTINCT symbol FROM ticks").fetchall()
        for (symbol,) in symbols:
            escaped = symbol.replace("'", "''")
            connection.execute(
                f"COPY (SELECT * FROM ticks WHERE symbol = '{escaped}' ORDER BY seq) "  # noqa: S608 - COPY takes no parameters
                f"TO {literal(joining / file_name(symbol))} (FORMAT parquet, COMPRESSION zstd)"
            )
    return _replace(folder, joining, young)


def _join_folders(folder: Path) -> int:
    chunks = [
        chunk for chunk in chunks_of(path.name for path in folder.iterdir()) if chunk.is_folder
    ]
    if len(chunks) < 2:  # noqa: PLR2004 - one is joined already
        return 0
    joining = _joining(folder)
    names = {path.name for chunk in chunks for path in (folder / chunk.name).iterdir()}
    with engine(folder) as connection:
        for name in sorted(names):
            paths = [folder / chunk.name / name for chunk in chunks]
            sources = ", ".join(literal(path) for path in paths if path.exists())
            connection.execute(
                f"COPY (SELECT * FROM {rows_of(f'[{sources}]')} ORDER BY seq) "  # noqa: S608 - our own names
                f"TO {literal(joining / name)} (FORMAT parquet, COMPRESSION zstd)"
            )
    return _replace(folder, joining, chunks)


def _joining(folder: Path) -> Path:
    joining = folder / ".joining"
    joining.mkdir()
    return joining


def _replace(folder: Path, joining: Path, chunks: Sequence[Chunk]) -> int:
    joint = Chunk(chunks[0].first, chunks[-1].last, is_folder=True)
    publish(joining, folder / joint.name)
    for chunk in chunks:
        remove(folder / chunk.name)
    shutil.rmtree(folder / ".sorting", ignore_errors=True)
    return len(chunks)


def _size(path: Path) -> int:
    if path.is_dir():
        return sum(each.stat().st_size for each in path.iterdir())
    return path.stat().st_size
