"""Plain SQL for the hot path: this thread's connection, without the ORM around it."""

from collections.abc import Sequence
from typing import Any, LiteralString

import psycopg
from django.db import connection


def sql(query: LiteralString, parameters: Sequence[Any] = ()) -> psycopg.Cursor[tuple[Any, ...]]:
    """
    Run one statement on this thread's connection, inside its open transaction if there is one.

    Parameters are bound by the server and the statement is prepared once it has been seen a few
    times. Returns the cursor: rows are tuples.
    """
    connection.ensure_connection()
    cursor = psycopg.Cursor(connection.connection)
    return cursor.execute(query, parameters)
