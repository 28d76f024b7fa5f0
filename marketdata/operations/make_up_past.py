"""A made-up market that is new gets a made-up past, written once and named as what it is."""

from datetime import date, datetime, timedelta
from uuid import UUID

from marketdata.contracts import BarColumns, HistoryKind
from marketdata.domain.bars import NS_PER_MINUTE
from marketdata.domain.sources import SIMULATED
from marketdata.domain.timeframes import midnight_ns
from marketdata.feeds.simulated_past import made_up_days, made_up_minutes
from marketdata.operations import configured_providers
from marketdata.store import bars, instruments
from trading.infra.transactions import transaction
from trading.kernel import clock

# Its market is open day and night. Minutes of the last days, and daily bars of those before.
DAYS = 730
DAYS_OF_MINUTES = 30


def make_up_past(*, now: datetime) -> int:
    """
    Write the past of every symbol that trades, if the market is made up and new.

    Two years of it by COPY, 31 days as minutes. Returns how many bars. Its last prices are the
    reference prices of the security master, at which the market opens.
    """
    if configured_providers.feed_spec() != SIMULATED or bars.is_any():
        return 0
    begins = clock.new_york_date(now) - timedelta(days=DAYS_OF_MINUTES)
    written = 0
    with transaction():
        for instrument in instruments.list_all():
            end_px = instruments.reference_prices().get(instrument.symbol)
            if end_px is not None:
                written += _write(instrument.id, instrument.symbol, end_px, begins, now)
    return written


def _write(
    instrument_id: UUID, symbol: str, end_px: float, minutes_begin: date, now: datetime
) -> int:
    ts_end = clock.to_ns(now)
    minutes = made_up_minutes(
        symbol=symbol,
        end_px=end_px,
        ts_end=ts_end,
        count=(ts_end - midnight_ns(minutes_begin)) // NS_PER_MINUTE,
    )
    days = made_up_days(
        symbol=symbol,
        end_px=float(minutes.open[0]) if len(minutes) else end_px,
        end_date=minutes_begin,
        count=DAYS - DAYS_OF_MINUTES,
    )
    parts: tuple[tuple[HistoryKind, BarColumns], ...] = (
        (HistoryKind.MINUTE_BARS, minutes),
        (HistoryKind.DAILY_BARS, days),
    )
    for kind, columns in parts:
        bars.write_columns(instrument_id=instrument_id, kind=kind, bars=columns, source=SIMULATED)
    return len(minutes) + len(days)
