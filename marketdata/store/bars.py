"""Minute and daily bars in PostgreSQL: written by COPY, read as columns or as plain tuples."""

import math
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import numpy as np
import psycopg
from numpy.typing import NDArray

from marketdata.contracts import Bar, BarColumns, HistoryKind
from marketdata.domain import series
from marketdata.domain.timeframes import midnight_ns
from marketdata.store import binary
from marketdata.store.statements import BAR_TABLES, BarTable
from trading.infra.database import cursor, sql
from trading.infra.transactions import savepoint, transaction
from trading.kernel.clock import from_ns, new_york_date, to_ns

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
        (instrument_id, ts_start, open, high, low, close, volume, trade_count, vwap, source)
    SELECT i.id, s.ts_start, s.open, s.high, s.low, s.close, s.volume, s.trade_count, s.vwap, %s
    FROM minute_bar_stage s JOIN marketdata_instrument i USING (symbol)
    ON CONFLICT (instrument_id, ts_start) DO UPDATE SET
        open = EXCLUDED.open, high = EXCLUDED.high, low = EXCLUDED.low, close = EXCLUDED.close,
        volume = EXCLUDED.volume, trade_count = EXCLUDED.trade_count, vwap = EXCLUDED.vwap,
        source = EXCLUDED.source
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
_NS_PER_US = 1_000


def write(*, bars: Sequence[Bar], source: str = "") -> None:
    """
    Write any symbols' minute bars in one transaction; one that is there takes the new values.

    ``bars`` holds at most one bar per symbol and minute.
    """
    if not bars:
        return
    with transaction():
        sql(_STAGE)
        # Empty after each commit; not yet empty for a second batch inside one transaction.
        stage = sql("DELETE FROM minute_bar_stage")
        with stage.copy(_COPY) as copy:
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
                        series.told_or_unknown(bar.trade_count),
                        series.told_or_nan(bar.vwap),
                    )
                )
        sql(_UPSERT, (source,))


def write_columns(*, instrument_id: UUID, kind: HistoryKind, bars: BarColumns, source: str) -> None:
    """
    Write one instrument's bars inside the open transaction; one that is there takes the new values.

    ``bars`` holds at most one bar per minute or day. New bars go straight into the table; only when
    one of them is there already do they take the longer way, which costs about twice the time.
    """
    if not len(bars):
        return
    table = BAR_TABLES[kind]
    columns = [
        binary.Column(format="S16", values=instrument_id.bytes),
        _when(table, bars.ts_start),
        *(binary.Column(format=">f8", values=getattr(bars, name)) for name in series.NAMES[1:6]),
        binary.Column(format=">i4", values=bars.trade_count),
        binary.Column(format=">f8", values=bars.vwap),
        binary.Column(format=f"S{max(len(source), 1)}", values=source.encode()),
    ]
    try:
        with savepoint():
            binary.copy_in(
                cursor(), statement=table.copy_into_table, columns=columns, rows=len(bars)
            )
    except psycopg.errors.UniqueViolation:
        sql(table.make_stage)
        stage = sql(table.empty_stage)
        binary.copy_in(stage, statement=table.copy_into_stage, columns=columns, rows=len(bars))
        sql(table.upsert_from_stage)


def delete_other_sources(
    *, instrument_id: UUID, kind: HistoryKind, start: datetime, end: datetime, source: str
) -> None:
    """Take away what others than ``source`` have of [start, end): a day's bars have one source."""
    table = BAR_TABLES[kind]
    sql(table.delete_others, (instrument_id, *_bounds(table, start, end), source))


def delete_untold(
    *, instrument_id: UUID, kind: HistoryKind, dates: Sequence[date], told: Sequence[int]
) -> None:
    """Take away the bars of these New York days that start at none of these moments (ns)."""
    table = BAR_TABLES[kind]
    for on in dates:
        start, end = midnight_ns(on), midnight_ns(date.fromordinal(on.toordinal() + 1))
        starts = [from_ns(ts) for ts in told if start <= ts < end]
        kept = [on] * bool(starts) if table.is_daily else starts
        sql(
            table.delete_untold,
            (instrument_id, *_bounds(table, from_ns(start), from_ns(end)), kept),
        )


def read_columns(
    *,
    instrument_id: UUID,
    kind: HistoryKind = HistoryKind.MINUTE_BARS,
    start: datetime,
    end: datetime,
    limit: int | None = None,
    newest_first: bool = False,
) -> BarColumns:
    """
    Return the bars that start within [start, end], ascending; ``limit`` keeps the first of them.

    With ``newest_first`` it keeps the last of them. A year of minutes takes about a tenth of a
    second, nearly all of it PostgreSQL's.
    """
    table = BAR_TABLES[kind]
    found = cursor().execute(
        table.gather_newest if newest_first else table.gather_oldest,
        (instrument_id, *_bounds(table, start, end), limit),
        binary=True,
    )
    when = binary.gathered(found, column=0, format=table.when_format)
    floats = {
        name: binary.gathered(found, column=place, format=">f8")
        for place, name in enumerate(series.NAMES)
        if name not in {"ts_start", "trade_count"}
    }
    counts = binary.gathered(found, column=series.NAMES.index("trade_count"), format=">i4")
    columns = series.make(ts_start=_ts_start(table, when), trade_count=counts, **floats)
    return series.take(columns, slice(None, None, -1)) if newest_first else columns


def read(
    *, symbol: str, start: datetime, end: datetime, limit: int, newest_first: bool
) -> list[Bar]:
    """Return at most ``limit`` minute bars that start within [start, end]."""
    query = _NEWEST_FIRST if newest_first else _OLDEST_FIRST
    return [_bar(symbol, row) for row in sql(query, (symbol, start, end, limit))]


def read_minute(*, at: datetime) -> list[Bar]:
    """Return every symbol's bar of the minute that starts at ``at``."""
    return [_bar(row[0], row[1:]) for row in sql(_OF_MINUTE, (at,))]


def is_any() -> bool:
    """Say whether there is any bar."""
    return (
        sql(
            "SELECT 1 WHERE EXISTS (SELECT FROM marketdata_minutebar)"
            " OR EXISTS (SELECT FROM marketdata_dailybar)"
        ).fetchone()
        is not None
    )


def newest_start(*, since: datetime, until: datetime) -> int | None:
    """Return the start (ns) of the newest minute bar of any symbol that starts in this time."""
    ((newest,),) = sql(
        "SELECT max(ts_start) FROM marketdata_minutebar WHERE ts_start BETWEEN %s AND %s",
        (since, until),
    )
    return None if newest is None else to_ns(newest)


def _when(table: BarTable, ts_start: NDArray[np.int64]) -> binary.Column:
    if table.is_daily:
        ordinals = [new_york_date(from_ns(ts)).toordinal() for ts in ts_start.tolist()]
        days = np.array(ordinals, dtype=np.int64) - binary.EPOCH_ORDINAL
        return binary.Column(format=table.when_format, values=days)
    return binary.Column(format=table.when_format, values=ts_start // _NS_PER_US - binary.EPOCH_US)


def _ts_start(table: BarTable, when: NDArray[Any]) -> NDArray[np.int64]:
    if table.is_daily:
        ordinals = (when.astype(np.int64) + binary.EPOCH_ORDINAL).tolist()
        return np.array(
            [midnight_ns(date.fromordinal(ordinal)) for ordinal in ordinals], dtype=np.int64
        )
    return (when.astype(np.int64) + binary.EPOCH_US) * _NS_PER_US


def _bounds(table: BarTable, start: datetime, end: datetime) -> tuple[Any, Any]:
    """Return the range as the table's own column counts it."""
    if not table.is_daily:
        return start, end
    first = new_york_date(start)
    if to_ns(start) > midnight_ns(first):
        first = date.fromordinal(first.toordinal() + 1)  # that day began before
    return first, new_york_date(end)


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
        trade_count=None if trade_count < 0 else trade_count,
        vwap=None if math.isnan(vwap) else vwap,
    )
