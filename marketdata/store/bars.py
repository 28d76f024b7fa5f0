"""Minute bars in PostgreSQL: written in batches by COPY, read as plain tuples."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from marketdata.contracts import Bar
from trading.infra.database import sql
from trading.infra.transactions import transaction
from trading.kernel.clock import from_ns, to_ns

_STAGE = """
    CREATE TEMPORARY TABLE IF NOT EXISTS minute_bar_stage (
        symbol text, ts_start timestamptz, open float8, high float8, low float8, close float8,
        volume float8, trade_count int4, vwap float8
    ) ON COMMIT DELETE ROWS
"""
_COPY = "COPY minute_bar_stage FROM STDIN (FORMAT BINARY)"
_COLUMN_TYPES = ("text", "timestamptz", *["float8"] * 5, "int4", "float8")
_UPSERT = """
    INSERT INTO marketdata_minutebar
        (instrument_id, ts_start, open, high, low, close, volume, trade_count, vwap)
    SELECT i.id, s.ts_start, s.open, s.high, s.low, s.close, s.volume, s.trade_count, s.vwap
    FROM minute_bar_stage s JOIN marketdata_instrument i USING (symbol)
    ON CONFLICT (instrument_id, ts_start) DO UPDATE SET
        open = EXCLUDED.open, high = EXCLUDED.high, low = EXCLUDED.low, close = EXCLUDED.close,
        volume = EXCLUDED.volume, trade_count = EXCLUDED.trade_count, vwap = EXCLUDED.vwap
"""
_COLUMNS = "b.ts_start, b.open, b.high, b.low, b.close, b.volume, b.trade_count, b.vwap"
_OLDEST_FIRST = f"""
    SELECT {_COLUMNS} FROM marketdata_minutebar b
    JOIN marketdata_instrument i ON i.id = b.instrument_id
    WHERE i.symbol = %s AND b.ts_start >= %s AND b.ts_start <= %s
    ORDER BY b.ts_start LIMIT %s
"""  # noqa: S608 - constants only
_NEWEST_FIRST = _OLDEST_FIRST.replace("ORDER BY b.ts_start", "ORDER BY b.ts_start DESC")
_OF_MINUTE = f"""
    SELECT i.symbol, {_COLUMNS} FROM marketdata_minutebar b
    JOIN marketdata_instrument i ON i.id = b.instrument_id WHERE b.ts_start = %s
"""  # noqa: S608 - constants only
_LAST_CLOSES = """
    SELECT i.symbol, b.close FROM marketdata_instrument i CROSS JOIN LATERAL (
        SELECT close FROM marketdata_minutebar
        WHERE instrument_id = i.id AND ts_start < %s ORDER BY ts_start DESC LIMIT 1
    ) b
"""


def write(*, bars: Sequence[Bar]) -> None:
    """
    Write bars in one transaction; a bar that is there already takes the new values.

    ``bars`` holds at most one bar per symbol and minute.
    """
    if not bars:
        return
    with transaction():
        sql(_STAGE)
        # Empty after each commit; not yet empty for a second batch inside one transaction.
        cursor = sql("DELETE FROM minute_bar_stage")
        with cursor.copy(_COPY) as copy:
            copy.set_types(_COLUMN_TYPES)
            for bar in bars:
                copy.write_row(
                    (
                        bar.symbol,
                        from_ns(bar.ts_start),
                        bar.open,
                        bar.high,
                        bar.low,
                        bar.close,
                        bar.volume,
                        bar.trade_count,
                        bar.vwap,
                    )
                )
        sql(_UPSERT)


def read(
    *, symbol: str, start: datetime, end: datetime, limit: int, newest_first: bool
) -> list[Bar]:
    """Return at most ``limit`` bars that start within [start, end]."""
    query = _NEWEST_FIRST if newest_first else _OLDEST_FIRST
    return [_bar(symbol, row) for row in sql(query, (symbol, start, end, limit))]


def read_minute(*, at: datetime) -> list[Bar]:
    """Return every symbol's bar of the minute that starts at ``at``."""
    return [_bar(row[0], row[1:]) for row in sql(_OF_MINUTE, (at,))]


def last_closes(*, before: datetime) -> dict[str, float]:
    """Return the close of each symbol's last bar that started before ``before``."""
    return dict(sql(_LAST_CLOSES, (before,)))


def _bar(symbol: str, row: tuple[Any, ...]) -> Bar:
    ts_start, open_px, high, low, close, volume, trade_count, vwap = row
    return Bar(
        symbol=symbol,
        ts_start=to_ns(ts_start),
        open=open_px,
        high=high,
        low=low,
        close=close,
        volume=volume,
        trade_count=trade_count,
        vwap=vwap,
    )
