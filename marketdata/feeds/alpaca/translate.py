"""Alpaca's messages as ours."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from marketdata.contracts import (
    Bar,
    PriceBand,
    ProviderBar,
    ProviderDailyBar,
    Quote,
    Trade,
    TradeCancel,
    TradeCorrection,
    TradingStatus,
)
from marketdata.domain.conditions import from_cta
from marketdata.feeds.alpaca import wire
from marketdata.feeds.newest_quotes import Table
from marketdata.feeds.print_ids import number_of
from trading.kernel.quantities import whole

SOURCE = "alpaca"
_CTA_TAPES = frozenset("AB")  # New York's and the regional exchanges' listings


class Translator:
    """
    Translates the messages of one encoding, whose moments ``ns_of`` reads.

    ``table`` holds, per kind of message, what translates one that came at ``ts_init``.
    """

    def __init__(self, ns_of: Callable[[Any], int]) -> None:
        self._ns_of = ns_of
        self.table: Table = {
            wire.TradeMessage: self.trade,
            wire.QuoteMessage: self.quote,
            wire.BarMessage: self.minute,
            wire.UpdatedBarMessage: self.minute,
            wire.DailyBarMessage: self.day,
            wire.StatusMessage: self.status,
            wire.PriceBandMessage: self.band,
            wire.CorrectionMessage: self.correction,
            wire.CancelMessage: self.cancel,
        }

    def trade(self, m: wire.TradeMessage[Any], ts_init: int) -> Trade:
        return Trade(
            symbol=m.S,
            px=m.p,
            size=whole(m.s),
            exchange=m.x,
            conditions=conditions_of(m.c, m.z),
            trade_id=number_of(m.i),
            ts_event=self._ns_of(m.t),
            ts_init=ts_init,
            source=SOURCE,
        )

    def quote(self, m: wire.QuoteMessage[Any], ts_init: int) -> Quote:
        return Quote(
            symbol=m.symbol,
            bid_px=m.bid_px,
            bid_size=int(m.bs),
            ask_px=m.ask_px,
            ask_size=int(m.as_),
            bid_exchange=m.bx,
            ask_exchange=m.ax,
            ts_event=self._ns_of(m.t),
            ts_init=ts_init,
            source=SOURCE,
        )

    def bar(self, m: wire.BarMessage[Any]) -> Bar:
        return Bar(
            symbol=m.S,
            ts_start=self._ns_of(m.t),
            open=m.o,
            high=m.h,
            low=m.l,
            close=m.c,
            volume=m.v,
            trade_count=m.n,
            vwap=m.vw or None,
        )

    def minute(self, m: wire.BarMessage[Any], ts_init: int) -> ProviderBar:
        return ProviderBar(bar=self.bar(m), ts_init=ts_init, source=SOURCE)

    def day(self, m: wire.DailyBarMessage[Any], ts_init: int) -> ProviderDailyBar:
        return ProviderDailyBar(bar=self.bar(m), ts_init=ts_init, source=SOURCE)

    def status(self, m: wire.StatusMessage[Any], ts_init: int) -> TradingStatus:
        return TradingStatus(
            symbol=m.S,
            status_code=m.sc,
            status_message=m.sm,
            reason_code=m.rc,
            reason_message=m.rm,
            ts_event=self._ns_of(m.t),
            ts_init=ts_init,
            source=SOURCE,
        )

    def band(self, m: wire.PriceBandMessage[Any], ts_init: int) -> PriceBand:
        return PriceBand(
            symbol=m.S,
            upper_px=m.u,
            lower_px=m.d,
            indicator=m.i,
            ts_event=self._ns_of(m.t),
            ts_init=ts_init,
            source=SOURCE,
        )

    def correction(self, m: wire.CorrectionMessage[Any], ts_init: int) -> TradeCorrection:
        return TradeCorrection(
            symbol=m.S,
            original_trade_id=number_of(m.oi),
            original_px=m.op,
            original_size=whole(m.os),
            original_conditions=conditions_of(m.oc, m.z),
            trade_id=number_of(m.ci),
            px=m.cp,
            size=whole(m.cs),
            exchange=m.x,
            conditions=conditions_of(m.cc, m.z),
            ts_event=self._ns_of(m.t),
            ts_init=ts_init,
            source=SOURCE,
        )

    def cancel(self, m: wire.CancelMessage[Any], ts_init: int) -> TradeCancel:
        return TradeCancel(
            symbol=m.S,
            trade_id=number_of(m.i),
            px=m.p,
            size=whole(m.s),
            exchange=m.x,
            ts_event=self._ns_of(m.t),
            ts_init=ts_init,
            source=SOURCE,
        )


@lru_cache(maxsize=4096)
def conditions_of(letters: tuple[str, ...], tape: str) -> tuple[str, ...]:
    """Return the letters as ours; Alpaca passes on those of the tape, which differ by tape."""
    return from_cta(letters) if tape in _CTA_TAPES else letters
