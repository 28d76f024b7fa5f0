"""
Statements on their way to PostgreSQL and their answers back, at the cost of the wire alone.

The driver's cursors adapt and look at every value anew, which costs more than the statements do.
Here a statement is prepared on a connection when it is first seen there, its values travel as the
text that PostgreSQL writes them in, and any number of statements share one round trip. The driver
itself prepares nothing (``prepare_threshold`` is off), so that it never clears what is ours.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import psycopg
from psycopg import errors, generators
from psycopg.abc import PQGen
from psycopg.adapt import Transformer
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult

Row = tuple[Any, ...]
Connection = psycopg.Connection[Any]

_FAILED = frozenset({ExecStatus.FATAL_ERROR, ExecStatus.PIPELINE_ABORTED})


class Rows:
    """The answer to one statement. Looking at it sends what still waits to be sent."""

    __slots__ = ("_exchange", "_result", "_taken", "parameters", "query")

    def __init__(self, exchange: "Exchange", query: str, parameters: list[bytes | None]) -> None:
        self.query = query
        self.parameters = parameters
        self._exchange = exchange
        self._result: PGresult | None = None
        self._taken = 0

    def answer(self, result: PGresult) -> None:
        """Take in what the server said; called once, by the exchange."""
        self._result = result

    def fetchall(self) -> list[Row]:
        """Return the rows that were not fetched yet."""
        result = self._answered()
        start, self._taken = self._taken, result.ntuples
        return self._exchange.load(result, start, result.ntuples)

    def fetchone(self) -> Row | None:
        """Return the next row, or None behind the last."""
        result = self._answered()
        if self._taken >= result.ntuples:
            return None
        self._taken += 1
        return self._exchange.load(result, self._taken - 1, self._taken)[0]

    @property
    def rowcount(self) -> int:
        """How many rows the statement returned or changed."""
        return self._answered().command_tuples or 0

    def __iter__(self) -> Iterator[Row]:
        return iter(self.fetchall())

    def _answered(self) -> PGresult:
        if self._result is None:
            self._exchange.send()
        if self._result is None:
            raise psycopg.InterfaceError("the statement was never answered")
        return self._result


class Exchange:
    """What one connection is asked next, in order; nothing is sent before somebody looks."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._session = _session_of(connection)
        self._waiting: list[Rows] = []

    def ask(self, query: str, parameters: Sequence[Any]) -> Rows:
        """
        Add a statement; ``%s`` stands for each of its parameters.

        :raises psycopg.DataError: if a text holds what PostgreSQL cannot store
        """
        rows = Rows(self, query, [as_text(value) for value in parameters])
        self._waiting.append(rows)
        return rows

    def send(self, *, commit: bool = False) -> None:
        """
        Send what waits and take the answers; with ``commit`` the commit travels behind it.

        One failure undoes the transaction: what stood behind it was not done, the commit least.

        :raises psycopg.Error: the first failure
        """
        waiting, self._waiting = self._waiting, []
        if not waiting and not commit:
            return
        pgconn = self._connection.pgconn
        try:
            pgconn.enter_pipeline_mode()
            expected = self._queue(pgconn, waiting, commit=commit)
            results = self._connection.wait(_communicate(pgconn, len(expected)))
            pgconn.exit_pipeline_mode()
        except BaseException:
            # Answers may still be on their way: nobody can speak on this connection any more.
            self._connection.close()
            raise
        self._take(expected, results)
        if commit and results[-1].command_status != b"COMMIT":
            # To PostgreSQL it is a success that a failed transaction is rolled back instead.
            raise errors.InFailedSqlTransaction("nothing was committed: the transaction had failed")

    def load(self, result: PGresult, start: int, end: int) -> list[Row]:
        """Return rows as tuples of Python values, as the driver's cursors would."""
        transformer = self._session.transformer
        transformer.set_pgresult(result)
        return transformer.load_rows(start, end, tuple)

    def _queue(
        self, pgconn: PGconn, waiting: Sequence[Rows], *, commit: bool
    ) -> list[Rows | bytes | None]:
        """Hand everything to the driver's buffer; return whom each answer is for."""
        expected: list[Rows | bytes | None] = []
        if (
            pgconn.transaction_status == TransactionStatus.IDLE
            and not self._connection.autocommit
            and waiting
        ):
            pgconn.send_query_params(b"BEGIN", None)
            expected.append(None)
        prepared = self._session.prepared
        coming: set[bytes] = set()
        for rows in waiting:
            name, text = _statement(rows.query)
            if name not in prepared and name not in coming:
                pgconn.send_prepare(name, text)
                coming.add(name)
                expected.append(name)
            pgconn.send_query_prepared(name, rows.parameters)
            expected.append(rows)
        if commit:
            pgconn.send_query_params(b"COMMIT", None)
            expected.append(None)
        pgconn.pipeline_sync()
        return expected

    def _take(self, expected: Sequence["Rows | bytes | None"], results: Sequence[PGresult]) -> None:
        failure: PGresult | None = None
        for whom, result in zip(expected, results, strict=True):
            if result.status in _FAILED:
                failure = failure or result
            elif isinstance(whom, Rows):
                whom.answer(result)
            elif whom is not None:
                self._session.prepared.add(whom)
        if failure is not None:
            raise errors.error_from_result(failure)


class _Session:
    """What is known about one connection to the server."""

    def __init__(self, connection: Connection) -> None:
        self.prepared: set[bytes] = set()
        self.transformer = Transformer(connection)


_sessions: WeakKeyDictionary[Connection, _Session] = WeakKeyDictionary()


def _session_of(connection: Connection) -> _Session:
    session = _sessions.get(connection)
    if session is None:
        session = _sessions[connection] = _Session(connection)
    return session


@cache
def _statement(query: str) -> tuple[bytes, bytes]:
    """Return a statement's name and its text with numbered parameters. Queries are literals."""
    first, *others = query.split("%s")
    text = first + "".join(f"${number}{part}" for number, part in enumerate(others, start=1))
    return f"s_{hashlib.sha256(text.encode()).hexdigest()[:24]}".encode(), text.encode()


def _communicate(pgconn: PGconn, count: int) -> PQGen[list[PGresult]]:
    """Flush the buffer and collect as many answers, and the end of the pipeline behind them."""
    yield from generators.send(pgconn)
    results: list[PGresult] = []
    while len(results) < count:
        results += yield from generators.fetch_many(pgconn)
    yield from generators.fetch_many(pgconn)
    return results


# --- Values ---------------------------------------------------------------------------------------


def _bool(value: bool) -> str:  # noqa: FBT001 - one of the writers below
    return "t" if value else "f"


def _bytes(value: bytes) -> str:
    return "\\x" + value.hex()


def _uuid(value: UUID) -> str:
    return f"{value.int:032x}"  # without dashes: PostgreSQL does not need them


def _isoformat(value: date) -> str:
    return value.isoformat()


def _microseconds(value: timedelta) -> str:
    return f"{value // timedelta(microseconds=1)} microseconds"


_WRITERS: dict[type, Callable[[Any], str]] = {
    str: str,
    int: str,
    float: repr,
    UUID: _uuid,
    Decimal: str,
    bool: _bool,
    bytes: _bytes,
    memoryview: _bytes,
    datetime: _isoformat,
    date: _isoformat,
    timedelta: _microseconds,
}
# Inside an array these may hold what means something there.
_QUOTED = frozenset({str, bytes, memoryview})


def _writer(kind: type) -> Callable[[Any], str]:
    for base in kind.__mro__:
        writer = _WRITERS.get(base)
        if writer is not None:
            return writer
    raise psycopg.ProgrammingError(f"a {kind.__name__} is no parameter")


def as_text(value: object) -> bytes | None:
    """
    Write a value, or a list of values of one kind, as PostgreSQL reads it; None is NULL.

    :raises psycopg.DataError: if it holds a NUL character
    :raises psycopg.ProgrammingError: if it is of a kind that no column has
    """
    if value is None:
        return None
    text = _array(value) if isinstance(value, list | tuple) else _writer(type(value))(value)
    if "\0" in text:
        raise psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
    return text.encode()


def _array(values: Sequence[Any]) -> str:
    kind = next((type(value) for value in values if value is not None), None)
    if kind is None:
        return "{" + ",".join(["NULL"] * len(values)) + "}"
    write = _writer(kind)
    if not _QUOTED.isdisjoint(kind.__mro__):
        written = [
            "NULL"
            if value is None
            else '"' + write(value).replace("\\", "\\\\").replace('"', '\\"') + '"'
            for value in values
        ]
    else:
        written = ["NULL" if value is None else write(value) for value in values]
    return "{" + ",".join(written) + "}"
