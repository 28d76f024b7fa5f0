"""Of which instruments there are bars at all: one question, however many are asked about."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from trading.infra.database import sql
from trading.kernel.clock import new_york_date

_WITH_BARS = """
    SELECT asked.id FROM unnest(%s::uuid[]) AS asked (id)
    WHERE EXISTS (SELECT FROM marketdata_minutebar b
                  WHERE b.instrument_id = asked.id AND b.ts_start BETWEEN %s AND %s)
       OR EXISTS (SELECT FROM marketdata_dailybar d
                  WHERE d.instrument_id = asked.id AND d.trade_date BETWEEN %s AND %s)
"""


def with_bars(*, instrument_ids: Collection[UUID], start: datetime, end: datetime) -> set[UUID]:
    """Return those of which a minute or a day that begins within [start, end] is stored."""
    days = new_york_date(start), new_york_date(end)
    rows = sql(_WITH_BARS, [list(instrument_ids), start, end, *days]).fetchall()
    return {row[0] for row in rows}
