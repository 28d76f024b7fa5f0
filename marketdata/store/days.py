"""A day's bars of many symbols at once, added up from its minutes by PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime
from math import isnan

from marketdata.contracts import Bar
from trading.infra.database import sql
from trading.kernel.clock import from_ns, to_ns

# Minutes that are newer in memory are left out here and added by the caller.
_DAY = """
    SELECT
        i.symbol,
        min(b.ts_start),
        (array_agg(b.open ORDER BY b.ts_start))[1],
        max(b.high),
        min(b.low),
        (array_agg(b.close ORDER BY b.ts_start DESC))[1],
        sum(b.volume),
        CASE WHEN min(b.trade_count) >= 0 THEN sum(b.trade_count)::int8 END,
        -- Not a number, if one is: of a day that is not told in part the average is not known.
        sum(b.vwap * b.volume) FILTER (WHERE b.volume > 0) / nullif(sum(b.volume), 0)
    FROM marketdata_minutebar b JOIN marketdata_instrument i ON i.id = b.instrument_id
    WHERE b.ts_start >= %s AND b.ts_start < %s AND (%s::text[] IS NULL OR i.symbol = ANY(%s))
    AND NOT EXISTS (
        SELECT FROM unnest(%s::text[], %s::timestamptz[]) newer (symbol, ts_start)
        WHERE newer.symbol = i.symbol AND newer.ts_start = b.ts_start
    )
    GROUP BY i.symbol
"""


def read(
    *, start: datetime, end: datetime, symbols: Sequence[str] | None, newer: Sequence[Bar]
) -> dict[str, Bar]:
    """
    Return one bar per symbol that traded within [start, end), stamped with its first minute.

    ``symbols`` None means all. The minutes of ``newer`` are not counted in.
    """
    asked = None if symbols is None else list(symbols)
    names = [bar.symbol for bar in newer]
    starts = [from_ns(bar.ts_start) for bar in newer]
    return {
        symbol: Bar(
            symbol=symbol,
            ts_start=to_ns(first),
            open=open_px,
            high=high,
            low=low,
            close=close,
            volume=volume,
            trade_count=trade_count,
            vwap=None if vwap is None or isnan(vwap) else vwap,
        )
        for symbol, first, open_px, high, low, close, volume, trade_count, vwap in sql(
            _DAY, (start, end, asked, asked, names, starts)
        )
    }
