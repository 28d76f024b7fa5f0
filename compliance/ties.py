"""The rows that events tell, of every app, read beside the log."""

from collections.abc import Iterator
from typing import Final, LiteralString

import psycopg
from django.db import connection

from compliance.domain.tied import StoredRow
from marketdata import interface as marketdata
from oms import interface as oms
from risk import interface as risk
from trading.eventlog.ties import Tie, TiedTable
from trading.identity import interface as identity

TIES: tuple[Tie, ...] = (
    *identity.RECORD_TIES,
    *marketdata.RECORD_TIES,
    *risk.RECORD_TIES,
    *oms.RECORD_TIES,
)

_ROWS_AT_ONCE = 1_000
_BEGIN: Final = "SELECT * FROM ("
# Byte by byte, as Python compares text: the log comes in the same order.
_END: Final = """) AS tied
WHERE %(stream)s::text IS NULL OR tied.stream = %(stream)s::text
ORDER BY tied.stream COLLATE "C", tied.key COLLATE "C"
"""


def read_rows(table: TiedTable, *, tie: Tie, stream: str | None) -> Iterator[StoredRow]:
    """
    Read a table's rows in the order of their streams, of one ``stream`` if it is given.

    Needs an open transaction: the cursor stays on the server, and memory does not grow.
    """
    name = f"tied {tie.prefix} {table.name}"
    query: LiteralString = _BEGIN + table.query + _END
    with psycopg.ServerCursor(connection.connection, name) as cursor:
        cursor.itersize = _ROWS_AT_ONCE
        cursor.execute(query, {"stream": stream})
        assert cursor.description is not None
        columns = [column.name for column in cursor.description][2:]
        for told_by, key, *values in cursor:
            yield StoredRow(
                stream=told_by, key=key, columns=dict(zip(columns, values, strict=True))
            )
