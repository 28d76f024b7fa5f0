"""
The file of what is expected of the log: read, begun and extended. Nothing in it is ever changed.

It lies in the data folder, readable by its owner alone, so that a superuser of the database cannot
change it. Whoever extends it adds up the new records only; what it says of the older ones stays.
"""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg
import structlog
from django.db import connection

from compliance.contracts import BadRecord, Extension, Problem
from compliance.domain.expected import Line, Link, Tally, decode, encode
from compliance.domain.findings import Findings
from trading.infra.database import ask
from trading.infra.transactions import transaction
from trading.kernel.errors import TradingError

log = structlog.get_logger(__name__)

_ROWS_AT_ONCE = 5_000
_LINE_BYTES_MAX = 4_096

_LAST_ID = "SELECT coalesce(max(id), 0) FROM eventlog_event"
_LINKS = "SELECT id, seq, hash FROM eventlog_event WHERE id > %s ORDER BY id"


class LogShorterThanExpected(TradingError):
    """The log ends before what is expected of it. Stop and verify the records."""

    code = "LOG_SHORTER_THAN_EXPECTED"


class ExpectationDamaged(TradingError):
    """The file's last line cannot be read, so nothing can be added to it. Stop and look."""

    code = "EXPECTATION_DAMAGED"


@dataclass(frozen=True, slots=True)
class Stretch:
    """The part of the file that was there at one moment; ``size`` in bytes, None without a file."""

    path: Path
    size: int | None

    def lines(self, findings: Findings) -> Iterator[Line]:
        """Yield the lines; a line that cannot be read is a finding, a torn last one is not."""
        if self.size is None:
            return
        number = 0
        for number, text in enumerate(self._texts(self.size), start=1):
            try:
                yield decode(text)
            except ValueError as error:
                findings.add(self._damaged(f"line {number}: {error}"))
        if number == 0:
            findings.add(self._damaged("it holds no line"))

    def _texts(self, size: int) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            while size > 0 and (text := file.readline(min(size, _LINE_BYTES_MAX))):
                size -= len(text)
                if text.endswith(b"\n") or size > 0:
                    yield text

    def _damaged(self, detail: str) -> BadRecord:
        return BadRecord(
            table=str(self.path),
            id=None,
            stream="",
            seq=0,
            problem=Problem.EXPECTATION_DAMAGED,
            detail=detail,
        )


def look(path: Path) -> Stretch:
    """Note how much of the file there is: look before reading a log that others go on writing."""
    try:
        return Stretch(path, path.stat().st_size)
    except FileNotFoundError:
        return Stretch(path, None)


def read_links(*, after: int = 0) -> Iterator[Link]:
    """Read the log in the order of ids, in an open transaction, through a cursor of the server."""
    with psycopg.ServerCursor(connection.connection, "log_in_order_of_ids") as cursor:
        cursor.itersize = _ROWS_AT_ONCE
        for event_id, seq, digest in cursor.execute(_LINKS, [after]):
            yield Link(event_id, seq, bytes(digest))


def extend(*, path: Path, now: datetime) -> Extension:
    """
    Add a line for the records that the file does not know yet, begin it where there is none.

    The line is safe on disk when this returns. A file that is begun is logged as a warning: an
    earlier one may have been lost, and what was taken away before cannot show against the new one.
    Processes that do it at the same time wait for each other.

    :raises LogShorterThanExpected: if the log ends before the file's last line
    :raises ExpectationDamaged: if that line cannot be read
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _alone(path.parent):
        last = _last_line(path)
        row = ask(_LAST_ID).fetchone()
        assert row is not None
        if last is not None and row[0] < last.last_id:
            raise LogShorterThanExpected(
                f"the log ends with record {row[0]}: {last.records} records up to {last.last_id} "
                f"were there at {last.at.isoformat()}"
            )
        if last is not None and row[0] == last.last_id:
            return Extension.UNCHANGED
        tally = Tally(last)
        with transaction():
            for link in read_links(after=tally.last_id):
                tally.add(link)
        _append(path, encode(tally.line(at=now)))
    if last is not None:
        return Extension.EXTENDED
    log.warning("records_expectation_begun", path=str(path), records=tally.records)
    return Extension.BEGUN


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
        os.fsync(descriptor)  # the file's own name, when it is new
    finally:
        os.close(descriptor)


def _last_line(path: Path) -> Line | None:
    """Return the file's last whole line; None without a file."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - 2 * _LINE_BYTES_MAX))
            whole = file.read().rpartition(b"\n")[0]
    except FileNotFoundError:
        return None
    try:
        return decode(whole.rpartition(b"\n")[2])
    except ValueError as error:
        raise ExpectationDamaged(f"the last line of {path} cannot be read: {error}") from error


def _append(path: Path, line: bytes) -> None:
    """Write a line behind the last whole one: a power cut may have left a torn one."""
    if not path.exists():
        draft = path.with_name(f"{path.name}.draft")
        draft.unlink(missing_ok=True)
        _write(draft, line)
        draft.replace(path)
        return
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _LINE_BYTES_MAX))
        torn = len(file.read().rpartition(b"\n")[2])
    if torn:
        os.truncate(path, size - torn)
    _write(path, line)


def _write(path: Path, line: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(descriptor, line)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
