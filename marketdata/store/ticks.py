"""
The tick archive on disk: ``ROOT/YYYYMMDD``, one folder for each New York day.

Accepted ticks are first appended to a spool, a file of JSON lines that is synced to the disk
every second. A spool is then sealed into one Parquet chunk and removed; a spool that a crash left
behind is sealed at the next start. Files appear under their names only when they are whole. See
``marketdata.domain.archive`` for what rows and names mean.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import duckdb

from marketdata.domain.archive import COLUMNS, chunks_of, is_day, seq_of

SPOOL_SUFFIX = ".spool"
_COLUMNS = "{" + ", ".join(f"{name}: '{sql_type}'" for name, sql_type in COLUMNS.items()) + "}"


class Spool:
    """One day's rows that are not in a chunk yet. ``first`` is the ``seq`` of its first row."""

    def __init__(self, folder: Path, *, first: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"{first}{SPOOL_SUFFIX}"
        self.size = 0
        self._file: BinaryIO = self.path.open("wb", buffering=0)

    def append(self, lines: bytes) -> None:
        """
        Write whole lines: they survive a crash of the process.

        :raises OSError: if the disk does not take all of them; then it has none
        """
        left = memoryview(lines)
        try:
            while left:
                left = left[self._file.write(left) :]
        except OSError:
            self._file.truncate(self.size)
            self._file.seek(self.size)
            raise
        self.size += len(lines)

    def sync(self) -> None:
        """Let what was written survive a crash of the machine, too."""
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Let go of the file, which stays as it is."""
        self._file.close()

    def seal(self) -> None:
        """
        Make a chunk of the spool. If that fails the spool stays, for the next start.

        :raises OSError, duckdb.Error: if it fails
        """
        self._file.close()
        seal(self.path)


def recover(root: Path) -> int:
    """
    Make chunks of the spools that an earlier process left; return the newest ``seq`` there is.

    :raises OSError: if the folder cannot be read or written
    """
    newest = 0
    for folder in days(root):
        for path in spools(folder):
            try:
                seal(path)
            except duckdb.Error:
                # Kept for a person to look at; it must not keep new ticks out.
                path.rename(path.with_suffix(".damaged"))
        newest = max([newest, *(chunk.last for chunk in chunks_of(_names(folder)))])
    return newest


def newest(root: Path) -> int:
    """
    Return a number that no row's ``seq`` exceeds, those of spools that a crash left included.

    :raises OSError: if the folder cannot be read
    """
    found = [0]
    for folder in days(root):
        found += [chunk.last for chunk in chunks_of(_names(folder))]
        for path in spools(folder):
            found += [first_of(path), seq_of(_last_line(path))]
    return max(found)


def seal(path: Path) -> None:
    """
    Make a chunk of a spool and remove the spool. A line that a crash cut off is left out.

    :raises OSError, duckdb.Error: if it fails
    """
    folder, first = path.parent, first_of(path)
    is_sealed = any(chunk.first <= first <= chunk.last for chunk in chunks_of(_names(folder)))
    if not is_sealed and _cut_to_whole_lines(path):
        unfinished = folder / f".{first}.parquet"
        with engine(folder) as connection:
            connection.execute(
                f"""
                COPY (
                    SELECT * FROM read_json(
                        {literal(path)}, format = 'newline_delimited', columns = {_COLUMNS}
                    ) ORDER BY seq
                ) TO {literal(unfinished)} (FORMAT parquet, COMPRESSION zstd)
                """  # noqa: S608 - our own names; COPY takes no parameters
            )
            (last,) = connection.execute(
                "SELECT max(seq) FROM read_parquet(?)", [str(unfinished)]
            ).fetchall()[0]
        publish(unfinished, folder / f"{first}-{last}.parquet")
    path.unlink()


def spools(folder: Path) -> list[Path]:
    """Return a day's spools, in order."""
    found = (path for path in folder.glob(f"*{SPOOL_SUFFIX}") if path.stem.isdecimal())
    return sorted(found, key=first_of)


def first_of(spool: Path) -> int:
    """Return the ``seq`` of a spool's first row."""
    return int(spool.stem)


def days(root: Path) -> list[Path]:
    """Return the folders of the archive's days, the oldest first."""
    if not root.is_dir():
        return []
    return sorted(path for path in root.iterdir() if is_day(path.name) and path.is_dir())


@contextmanager
def engine(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database in memory that takes one core and little memory, and the disk if need be."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "threads": 1,
        "memory_limit": "512MB",
        "temp_directory": str(folder / ".sorting"),
    }
    with duckdb.connect(config=config) as connection:
        yield connection


def publish(unfinished: Path, finished: Path) -> None:
    """Give a whole file or folder its name, so that a crash leaves either nothing or all of it."""
    for path in [unfinished] if unfinished.is_file() else [*unfinished.iterdir(), unfinished]:
        _sync(path)
    unfinished.rename(finished)
    _sync(finished.parent)


def remove(path: Path) -> None:
    """Take a chunk away: first its name, then its content."""
    if path.is_dir():
        gone = path.with_name(f".{path.name}.gone")
        path.rename(gone)
        shutil.rmtree(gone)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def held(path: Path) -> Iterator[bool]:
    """Hold the lock at ``path`` if nobody else does, in this process or another; say whether."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def literal(path: Path) -> str:
    """Return a path as an SQL string."""
    return "'" + str(path).replace("'", "''") + "'"


def _names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def _last_line(spool: Path) -> bytes:
    """Return a spool's last whole line."""
    data = spool.read_bytes()
    end = data.rfind(b"\n")
    return data[data.rfind(b"\n", 0, max(end, 0)) + 1 : max(end, 0)]


def _cut_to_whole_lines(path: Path) -> bool:
    """Cut off the half line that a crash left at the end; return whether a line is left."""
    with path.open("rb+") as file:
        end = size = file.seek(0, os.SEEK_END)
        while end:
            start = max(0, end - 65_536)
            file.seek(start)
            newline = file.read(end - start).rfind(b"\n")
            if newline >= 0:
                end = start + newline + 1
                break
            end = start
        if end != size:
            file.truncate(end)
    return end > 0


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
