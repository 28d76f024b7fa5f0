"""Closes of many symbols at once, from the bars that are stored."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from marketdata.contracts import HistoryKind
from marketdata.domain.sources import MADE_UP_SOURCES
from trading.infra.database import sql

# A close that is older than this is not the close before.
CLOSE_AGE_MAX = timedelta(days=10)

# An older day's close carries on only over days that are known to have had no trade.
_OFFICIAL = """
    SELECT i.symbol, b.close
    FROM marketdata_instrument i CROSS JOIN LATERAL (
        SELECT trade_date, close FROM marketdata_dailybar
        WHERE instrument_id = i.id AND trade_date = ANY(%s) AND source <> ALL(%s)
        ORDER BY trade_date DESC LIMIT 1
    ) b
    WHERE i.symbol = ANY(%s) AND NOT EXISTS (
        SELECT FROM unnest(%s::date[]) later (trade_date)
        WHERE later.trade_date > b.trade_date AND NOT EXISTS (
            SELECT FROM marketdata_coverage c
            WHERE c.instrument_id = i.id AND c.kind = %s AND c.trade_date = later.trade_date
        )
    )
"""
_LAST_MINUTE = """
    SELECT i.symbol, b.close FROM marketdata_instrument i CROSS JOIN LATERAL (
        SELECT close FROM marketdata_minutebar
        WHERE instrument_id = i.id AND ts_start < %s ORDER BY ts_start DESC LIMIT 1
    ) b
    WHERE %s::text[] IS NULL OR i.symbol = ANY(%s)
"""


def official(*, symbols: Sequence[str], trade_dates: Sequence[date]) -> dict[str, float]:
    """
    Return the raw close of the last of these trading days in dollars, as its daily bar has it.

    ``trade_dates`` ascend without a gap. Of a security that did not trade on the last ones it is
    the close before, if those days are held and empty. A symbol whose close is not known, or is
    made up, is left out.
    """
    dates = list(trade_dates)
    return dict(
        sql(
            _OFFICIAL,
            (dates, list(MADE_UP_SOURCES), list(symbols), dates, HistoryKind.DAILY_BARS.value),
        )
    )


def last_minutes(*, before: datetime, symbols: Sequence[str] | None = None) -> dict[str, float]:
    """Return the close of each symbol's last minute bar that started before ``before``."""
    asked = None if symbols is None else list(symbols)
    return dict(sql(_LAST_MINUTE, (before, asked, asked)))
