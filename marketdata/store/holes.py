"""Where stored minutes of a day have a hole: minutes that nobody took in, or that nobody traded."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from trading.infra.database import cursor
from trading.kernel.clock import to_ns

_OF_DAY = """
    SELECT i.symbol, b.ts_start,
           lead(b.ts_start, 1, %(until)s) OVER (PARTITION BY i.id ORDER BY b.ts_start) AS following
    FROM marketdata_instrument i JOIN marketdata_minutebar b ON b.instrument_id = i.id
    WHERE i.symbol = ANY(%(symbols)s) AND b.ts_start BETWEEN %(since)s AND %(until)s
"""
_FIRST_OF_EACH = f"""
    SELECT symbol, min(ts_start),
           min(ts_start) FILTER (WHERE following - ts_start > interval '1 minute')
    FROM ({_OF_DAY}) b GROUP BY symbol
"""  # noqa: S608 - constants only
_FIRST_OF_ALL = f"""
    SELECT min(ts_start) FROM (
        SELECT ts_start, lead(ts_start, 1, %(until)s) OVER (ORDER BY ts_start) AS following
        FROM (SELECT DISTINCT ts_start FROM ({_OF_DAY}) b) d
    ) m WHERE following - ts_start > interval '1 minute'
"""  # noqa: S608 - constants only


def first_of_each(
    *, symbols: Sequence[str], since: datetime, until: datetime
) -> Mapping[str, datetime]:
    """
    Return, of each symbol that has one, the minute after which its first hole comes.

    ``since`` and ``until`` are the first and the last minute; what has no bar there is missed since
    the first.
    """
    rows = cursor().execute(
        _FIRST_OF_EACH, {"symbols": list(symbols), "since": since, "until": until}
    )
    found = {symbol: since if first > since else hole for symbol, first, hole in rows}
    missed = {symbol: found.get(symbol, since) for symbol in symbols}
    return {symbol: hole for symbol, hole in missed.items() if hole is not None}


def first_of_all(*, symbols: Sequence[str], since: datetime, until: datetime) -> int | None:
    """Return the minute (ns) after which for the first time none of these symbols has a bar."""
    ((hole,),) = cursor().execute(
        _FIRST_OF_ALL, {"symbols": list(symbols), "since": since, "until": until}
    )
    return None if hole is None else to_ns(hole)
