"""Bars that are none any more: the tape took back every print in them, or nobody traded."""

from collections.abc import Collection

from trading.infra.database import sql
from trading.infra.transactions import transaction
from trading.kernel.clock import from_ns

_DELETE = """
    DELETE FROM marketdata_minutebar b USING marketdata_instrument i
    WHERE b.instrument_id = i.id AND i.symbol = %s AND b.ts_start = %s
"""


def remove(*, bars: Collection[tuple[str, int]]) -> None:
    """Take away the bars of these symbols and starts (ns), in one transaction."""
    if not bars:
        return
    with transaction():
        for symbol, ts_start in bars:
            sql(_DELETE, (symbol, from_ns(ts_start)))


def remove_made_up() -> None:
    """Take away all bars of simulations and replays; their indexes are those of the models."""
    sql(
        "DELETE FROM marketdata_minutebar"
        " WHERE source IN ('simulated', 'stream:simulated', 'stream:replay')"
    )
    sql(
        "DELETE FROM marketdata_dailybar"
        " WHERE source IN ('simulated', 'stream:simulated', 'stream:replay')"
    )
