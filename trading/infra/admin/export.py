"""
Lists as CSV, for a spreadsheet or a program: every row that the filters leave, in constant memory.

Rows go out in the order of their keys, so that what is written meanwhile neither doubles a row nor
leaves one out.
"""

import csv
import io
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from html import unescape
from typing import Any

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.html import strip_tags
from django.utils.safestring import SafeString

from trading.infra.admin.times import exported
from trading.infra.database import in_thread
from trading.infra.spreadsheet import guarded
from trading.kernel.quantities import plain

Row = Sequence[object]
# Takes the last key of the chunk before, None for the first; returns rows and their last key.
ReadChunk = Callable[[object], tuple[list[Row], object]]


# The first that fits; what fits none is written as Python does.
_AS_TEXT: tuple[tuple[type | tuple[type, ...], Callable[[Any], str]], ...] = (
    (bool, lambda value: "yes" if value else "no"),
    (datetime, exported),
    (date, date.isoformat),
    (Decimal, plain),
    ((list, tuple), lambda value: "; ".join(text_of(each) for each in value)),
    (SafeString, lambda value: unescape(strip_tags(value)).strip()),
)


def text_of(value: object) -> str:
    """Write a value as a cell: numbers plain, times in New York with their offset."""
    if value is None:
        return ""
    for kind, write in _AS_TEXT:
        if isinstance(value, kind):
            return write(value)
    return str(value)


def lines_of(rows: Sequence[Row]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerows([[guarded(text_of(cell)) for cell in row] for row in rows])
    return buffer.getvalue()


def csv_response(
    *, request: HttpRequest, name: str, headings: Sequence[str], read: ReadChunk
) -> StreamingHttpResponse:
    """Stream the rows that ``read`` returns, a chunk at a time, as a file of this name."""

    def now() -> Iterator[str]:
        yield lines_of([headings])
        rows, last = read(None)
        while rows:
            yield lines_of(rows)
            rows, last = read(last)

    async def in_turn() -> AsyncIterator[str]:
        yield lines_of([headings])
        rows, last = await in_thread(read, None)
        while rows:
            yield lines_of(rows)
            rows, last = await in_thread(read, last)

    content = in_turn() if isinstance(request, ASGIRequest) else now()
    return StreamingHttpResponse(
        content,
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )
