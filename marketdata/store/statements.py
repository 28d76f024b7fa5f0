"""The statements of the two tables of bars, which differ in how they say when."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import LiteralString

from marketdata.contracts import HistoryKind


@dataclass(frozen=True, slots=True, kw_only=True)
class BarTable:
    """Ready statements. ``when`` is the column that says when, ``when_format`` its bytes."""

    is_daily: bool
    when_format: str
    copy_into_table: LiteralString
    make_stage: LiteralString
    empty_stage: LiteralString
    copy_into_stage: LiteralString
    upsert_from_stage: LiteralString
    delete_others: LiteralString
    delete_untold: LiteralString
    gather_oldest: LiteralString
    gather_newest: LiteralString


def _bar_table(
    *, table: LiteralString, when: LiteralString, when_type: LiteralString, when_format: str
) -> BarTable:
    names = f"{when}, open, high, low, close, volume, trade_count, vwap"
    columns = f"instrument_id, {names}, source"
    stage = f"{table}_stage"
    updates = ", ".join(
        f"{name} = EXCLUDED.{name}" for name in columns.split(", ") if name != "instrument_id"
    )
    gather = f"""
        SELECT {", ".join(f"array_agg({name})" for name in names.split(", "))} FROM (
            SELECT {names} FROM {table}
            WHERE instrument_id = %s AND {when} >= %s AND {when} <= %s
            ORDER BY {when} LIMIT %s
        ) bars
    """  # noqa: S608 - constants only
    return BarTable(
        is_daily=when_type == "date",
        when_format=when_format,
        copy_into_table=f"COPY {table} ({columns}) FROM STDIN (FORMAT BINARY)",
        make_stage=f"""
            CREATE TEMPORARY TABLE IF NOT EXISTS {stage} (
                instrument_id uuid, {when} {when_type}, open float8, high float8, low float8,
                close float8, volume float8, trade_count int4, vwap float8, source text
            ) ON COMMIT DELETE ROWS
        """,
        empty_stage=f"DELETE FROM {stage}",  # noqa: S608
        copy_into_stage=f"COPY {stage} ({columns}) FROM STDIN (FORMAT BINARY)",
        upsert_from_stage=f"""
            INSERT INTO {table} ({columns}) SELECT {columns} FROM {stage}
            ON CONFLICT (instrument_id, {when}) DO UPDATE SET {updates}
        """,  # noqa: S608
        delete_others=f"""
            DELETE FROM {table}
            WHERE instrument_id = %s AND {when} >= %s AND {when} < %s AND source <> %s
        """,  # noqa: S608
        delete_untold=f"""
            DELETE FROM {table}
            WHERE instrument_id = %s AND {when} >= %s AND {when} < %s
            AND {when} <> ALL(%s::{when_type}[])
        """,  # noqa: S608
        gather_oldest=gather,
        gather_newest=gather.replace(f"ORDER BY {when}", f"ORDER BY {when} DESC"),
    )


BAR_TABLES: Mapping[HistoryKind, BarTable] = MappingProxyType(
    {
        HistoryKind.MINUTE_BARS: _bar_table(
            table="marketdata_minutebar",
            when="ts_start",
            when_type="timestamptz",
            when_format=">i8",
        ),
        HistoryKind.DAILY_BARS: _bar_table(
            table="marketdata_dailybar", when="trade_date", when_type="date", when_format=">i4"
        ),
    }
)
