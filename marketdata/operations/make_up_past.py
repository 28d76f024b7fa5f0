"""A made-up market that is new gets a made-up past, written once and named as what it is."""

from datetime import datetime

from marketdata.contracts import HistoryKind
from marketdata.domain.sources import SIMULATED
from marketdata.feeds.simulated_past import made_up_minutes
from marketdata.operations import configured_providers
from marketdata.store import bars, instruments
from trading.infra.transactions import transaction
from trading.kernel import clock

# The market is open day and night: ten days of it.
MINUTES = 10 * 24 * 60


def make_up_past(*, now: datetime) -> int:
    """
    Write the past of every symbol that trades, if the market is made up and new.

    Returns how many bars.

    Its last prices are the reference prices of the security master, at which the market opens.
    """
    if configured_providers.feed_spec() != SIMULATED or bars.is_any():
        return 0
    written = 0
    with transaction():
        for instrument in instruments.list_all():
            end_px = instruments.reference_prices().get(instrument.symbol)
            if end_px is None:
                continue
            past = made_up_minutes(
                symbol=instrument.symbol, end_px=end_px, ts_end=clock.to_ns(now), count=MINUTES
            )
            bars.write_columns(
                instrument_id=instrument.id,
                kind=HistoryKind.MINUTE_BARS,
                bars=past,
                source=SIMULATED,
            )
            written += len(past)
    return written
