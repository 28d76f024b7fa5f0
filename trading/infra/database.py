"""Plain SQL for the hot path: this thread's connection, without the ORM around it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import local
from typing import Any, LiteralString, ParamSpec, TypeVar

import psycopg
from asgiref.sync import sync_to_async
from django.db import InterfaceError, OperationalError, connection, connections

from trading.infra.exchange import Exchange, Rows

# Whoever notices first raises it: the driver under plain SQL, Django under a commit.
CONNECTION_LOST = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    OperationalError,
    InterfaceError,
)

# A statement waited too long for a lock that another session holds. Unlike the others of its class
# the server undid its transaction, and said so: nothing was done, and the session goes on.
LOCK_HELD = psycopg.errors.LockNotAvailable

P = ParamSpec("P")
T = TypeVar("T")

__all__ = [
    "CONNECTION_LOST",
    "LOCK_HELD",
    "Later",
    "Rows",
    "ask",
    "cursor",
    "in_thread",
    "pipeline",
    "sql",
]

# The answer to a statement that was sent in a pipeline: call it once the pipeline has ended.
Later = Callable[[], T]


_thread = local()


def ask(query: LiteralString, parameters: Sequence[Any] = ()) -> Rows:
    """
    Run one statement on this thread's connection, inside its open transaction if there is one.

    Parameters are bound by the server and the statement is prepared. Rows are tuples. Inside a
    ``pipeline`` it is only noted, until somebody looks at an answer or the pipeline ends.
    """
    exchange: Exchange | None = getattr(_thread, "exchange", None)
    if exchange is not None:
        return exchange.ask(query, parameters)
    exchange = Exchange(_connection())
    rows = exchange.ask(query, parameters)
    exchange.send()
    return rows


def sql(query: LiteralString, parameters: Sequence[Any] = ()) -> psycopg.Cursor[tuple[Any, ...]]:
    """Do the same with a cursor of the driver, for what is rare. It is never prepared."""
    return cursor().execute(query, parameters)


def cursor() -> psycopg.Cursor[tuple[Any, ...]]:
    """Return a cursor on this thread's connection, for what ``sql`` cannot do: COPY."""
    return psycopg.Cursor(_connection())


@contextmanager
def pipeline(*, commits: bool = False) -> Iterator[None]:
    """
    Let the statements of the block share a round trip.

    An error of any of them is raised at the end of the block at the latest. With ``commits`` it is
    the last of its transaction, whose commit travels with it: after the block nothing may follow.
    """
    exchange = Exchange(_connection())
    _thread.exchange = exchange
    try:
        yield
    finally:
        del _thread.exchange
    # Inside another transaction, as tests wrap it, there is nothing to commit yet.
    exchange.send(commit=commits and not connection.savepoint_ids)


def _connection() -> psycopg.Connection[Any]:
    connection.ensure_connection()
    found: psycopg.Connection[Any] = connection.connection
    return found


def give_back() -> None:
    """
    Give this thread's connection back to the pool before a long wait, unless a transaction is open.

    The next query takes one again.
    """
    if not connection.in_atomic_block:
        connection.close()


async def in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run blocking database work in a worker thread, giving its connection back to the pool."""

    def call() -> T:
        try:
            return function(*args, **kwargs)
        finally:
            connections.close_all()

    return await sync_to_async(call, thread_sensitive=False)()
