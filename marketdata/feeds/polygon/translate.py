"""One message of the stream as the contracts have it."""

from marketdata.contracts import Bar, PriceBand, ProviderBar, Quote, Trade, TradingStatus
from marketdata.feeds.moments import ns_of_number
from marketdata.feeds.newest_quotes import Table
from marketdata.feeds.polygon.tables import conditions_of, exchange_of
from marketdata.feeds.polygon.wire import (
    AggregateMessage,
    MinuteMessage,
    PriceBandMessage,
    QuoteMessage,
    TradeMessage,
)
from marketdata.feeds.print_ids import number_of, number_of_text
from trading.kernel.quantities import whole

SOURCE = "polygon"
NS_PER_MS = 1_000_000
_NO_CONDITIONS = ()
# Indicators of a price band that tell of a volatility pause, and the statuses that they mean.
_PAUSED, _RESUMED = 17, 18
_STATUSES = {_PAUSED: ("P", "Volatility Trading Pause"), _RESUMED: ("T", "Trading Resumption")}


def translators(*, shares_per_quote_unit: int) -> Table:
    """Return what translates each kind of message that stands for itself."""
    unit = shares_per_quote_unit

    def quote(message: QuoteMessage, ts_init: int) -> Quote:
        return Quote(
            symbol=message.symbol,
            bid_px=message.bid_px,
            bid_size=int(message.bs * unit),
            ask_px=message.ask_px,
            ask_size=int(message.ask_size * unit),
            bid_exchange=exchange_of(message.bx),
            ask_exchange=exchange_of(message.ax),
            ts_event=ns_of_number(message.t),
            ts_init=ts_init,
            source=SOURCE,
        )

    return {
        TradeMessage: _trade,
        QuoteMessage: quote,
        MinuteMessage: lambda message, ts_init: provider_bar_of(bar_of(message), ts_init),
    }


def bar_of(message: AggregateMessage) -> Bar:
    """Return the bar. The trades are not told, so their count is shares by average size."""
    return Bar(
        symbol=message.sym,
        ts_start=ns_of_number(message.s),
        open=message.o,
        high=message.h,
        low=message.l,
        close=message.c,
        volume=message.v,
        trade_count=round(message.v / message.z) if message.z >= 1 else None,
        vwap=message.vw or None,
    )


def provider_bar_of(bar: Bar, ts_init: int) -> ProviderBar:
    return ProviderBar(bar=bar, ts_init=ts_init, source=SOURCE)


def _trade(message: TradeMessage, ts_init: int) -> Trade:
    return Trade(
        symbol=message.sym,
        px=message.p,
        size=whole(message.s),
        exchange=exchange_of(message.x),
        conditions=conditions_of(message.c or _NO_CONDITIONS),
        trade_id=trade_id_of(message.i, message.q),
        ts_event=ns_of_number(message.t),
        ts_init=ts_init,
        source=SOURCE,
    )


def trade_id_of(text: str, sequence: int) -> int:
    """
    Return the provider's id of a print, unique by exchange, as 63 bits.

    Stream, history and snapshot tell the same id of a print. The sequence number is none: prints of
    the OTC market share it. It is used where no id is told.
    """
    return number_of_text(text) if text else number_of(sequence)


def band_of(message: PriceBandMessage, ts_init: int) -> PriceBand:
    return PriceBand(
        symbol=message.T,
        upper_px=message.h,
        lower_px=message.l,
        indicator=",".join(map(str, message.i or ())),
        ts_event=ns_of_number(message.t),
        ts_init=ts_init,
        source=SOURCE,
    )


def status_of(message: PriceBandMessage, ts_init: int) -> TradingStatus | None:
    """Return the pause or resumption that a band tells, None if it tells neither."""
    told = [_STATUSES[each] for each in message.i or () if each in _STATUSES]
    if not told:
        return None
    code, words = told[-1]
    return TradingStatus(
        symbol=message.T,
        status_code=code,
        status_message=words,
        reason_code="LUDP",
        reason_message="Limit up-limit down",
        ts_event=ns_of_number(message.t),
        ts_init=ts_init,
        source=SOURCE,
    )
