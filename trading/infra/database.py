"""Plain SQL for the hot path: this thread's connection, without the ORM around it."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, LiteralString, ParamSpec, TypeVar

import psycopg
from asgiref.sync import sync_to_async
from django.db import InterfaceError, OperationalError, connection, connections

# Whoever notices first raises it: the driver under plain SQL, Django under a commit.
CONNECTION_LOST = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    OperationalError,
    InterfaceError,
)

P = ParamSpec("P")
T = TypeVar("T")

# The answer to a statement that was sent in a pipeline: call it once the pipeline has ended.
Later = Callable[[], T]


def sql(query: LiteralString, parameters: Sequence[Any] = ()) -> psycopg.Cursor[tuple[Any, ...]]:
    """
    Run one statement on this thread's connection, inside its open transaction if there is one.

    Parameters are bound by the server and the statement is prepared once it has been seen a few
    times. Returns the cursor: rows are tuples.
    """
    return cursor().execute(query, parameters)


def cursor() -> psycopg.Cursor[tuple[Any, ...]]:
    """Return a cursor on this thread's connection, for what ``sql`` cannot do: COPY."""
    connection.ensure_connection()
    return psycopg.Cursor(connection.connection)


def pipeline() -> AbstractContextManager[Any]:
    """
    Send the statements of the block without waiting for each answer.

    An error of any of them is raised at the end of the block at the latest.
    """
    connection.ensure_connection()
    pipelined: AbstractContextManager[Any] = connection.connection.pipeline()
    return pipelined


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
