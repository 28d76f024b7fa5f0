"""The reference price, which everybody may have: where the market is, not what was traded."""

from marketdata.contracts import Trade
from marketdata.feeds.moments import ns_of_text
from marketdata.feeds.tiingo.config import SOURCE
from marketdata.feeds.tiingo.wire import ReferencePrice

# The one letter of the tape that moves last, high and low and adds no volume.
_PRICE_ONLY = ("9",)
_NO_SIZE = 1  # the least that a print can have; the letter keeps it out of the volume


def trade_of(price: ReferencePrice, symbol: str, trade_id: int, ts_init: int) -> Trade:
    """
    Return the price as a print that moves the price alone.

    :raises ValueError: if it has no true time
    """
    return Trade(
        symbol=symbol,
        px=price.px,
        size=_NO_SIZE,
        exchange="",
        conditions=_PRICE_ONLY,
        trade_id=trade_id,
        ts_event=ns_of_text(price.at),
        ts_init=ts_init,
        source=SOURCE,
    )
