"""
PostgreSQL's binary formats as numpy arrays: rows to COPY in, arrays that a query gathered out.

Every column has a fixed width and is never null, so a million rows are one array of records.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

import numpy as np
import psycopg
from numpy.typing import NDArray

# Both count from 2000-01-01: timestamps in microseconds, dates in days.
EPOCH_US = 946_684_800_000_000
EPOCH_ORDINAL = 730_120  # date(2000, 1, 1).toordinal()

_SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)  # no flags, no extension
_TRAILER = b"\xff\xff"
_ARRAY_HEADER_BYTES = 20  # of one dimension: dimensions, nulls?, element type, length, lower bound
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """``format`` is numpy's, big-endian; ``values`` an array, or one value for every row."""

    format: str
    values: Any


def copy_in(
    cursor: psycopg.Cursor[Any], *, statement: LiteralString, columns: Sequence[Column], rows: int
) -> None:
    """Send ``rows`` rows to a ``COPY ... FROM STDIN (FORMAT BINARY)``."""
    content = memoryview(_encode(columns, rows))
    with cursor.copy(statement) as copy:
        copy.write(_SIGNATURE)
        for start in range(0, len(content), _CHUNK):
            copy.write(content[start : start + _CHUNK])
        copy.write(_TRAILER)


def gathered(cursor: psycopg.Cursor[Any], *, column: int, format: str) -> NDArray[Any]:  # noqa: A002
    """
    Return an ``array_agg`` of a binary result's only row; ``format`` is its elements', big-endian.

    The bytes are read in place: no object is made for any element.
    """
    content = None if cursor.pgresult is None else cursor.pgresult.get_value(0, column)
    element = np.dtype([("bytes", ">i4"), ("value", format)])
    if content is None:
        return np.empty(0, dtype=format)
    return np.frombuffer(content, dtype=element, offset=_ARRAY_HEADER_BYTES)["value"]


def _encode(columns: Sequence[Column], rows: int) -> bytes:
    # A row begins with its number of fields, a field with its length.
    names = [(f"length{n}", f"value{n}") for n in range(len(columns))]
    record = np.dtype(
        [
            ("fields", ">i2"),
            *(
                pair
                for (length, value), column in zip(names, columns, strict=True)
                for pair in ((length, ">i4"), (value, column.format))
            ),
        ]
    )
    table = np.zeros(rows, dtype=record)
    table["fields"] = len(columns)
    for (length, value), column in zip(names, columns, strict=True):
        table[length] = record[value].itemsize
        table[value] = column.values
    return table.tobytes()
