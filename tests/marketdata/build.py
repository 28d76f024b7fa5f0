"""Ticks and bars for tests: only what a test cares about needs to be said."""

import dataclasses
from typing import TypeVar

import msgspec

from marketdata.contracts import (
    Bar,
    LastKnown,
    Listing,
    ProviderBar,
    Quote,
    Trade,
    TradeCancel,
    TradeCorrection,
)

Changed = TypeVar("Changed")

MINUTE_NS = 60_000_000_000
T0 = 1_700_000_000_000_000_000 // MINUTE_NS * MINUTE_NS  # the start of some minute


def quote(
    *,
    symbol: str = "IBM",
    bid_px: float = 182.44,
    ask_px: float = 182.5,
    bid_size: int = 200,
    ask_size: int = 100,
    ts_event: int = T0,
) -> Quote:
    return Quote(
        symbol=symbol,
        bid_px=bid_px,
        bid_size=bid_size,
        ask_px=ask_px,
        ask_size=ask_size,
        bid_exchange="Q",
        ask_exchange="P",
        ts_event=ts_event,
        ts_init=ts_event,
        source="test",
    )


def trade(
    *,
    symbol: str = "IBM",
    px: float = 182.46,
    size: float = 100,
    trade_id: int = 1,
    conditions: tuple[str, ...] = ("@",),
    ts_event: int = T0,
) -> Trade:
    return Trade(
        symbol=symbol,
        px=px,
        size=size,
        exchange="N",
        conditions=conditions,
        trade_id=trade_id,
        ts_event=ts_event,
        ts_init=ts_event,
        source="test",
    )


def correction(
    *,
    symbol: str = "IBM",
    original_trade_id: int = 1,
    trade_id: int = 2,
    px: float = 182.4,
    size: int = 100,
    conditions: tuple[str, ...] = ("@",),
    original_conditions: tuple[str, ...] = (),
    ts_event: int = T0,
) -> TradeCorrection:
    return TradeCorrection(
        symbol=symbol,
        original_trade_id=original_trade_id,
        original_px=182.46,
        original_size=100,
        original_conditions=original_conditions,
        trade_id=trade_id,
        px=px,
        size=size,
        exchange="N",
        conditions=conditions,
        ts_event=ts_event,
        ts_init=ts_event,
        source="test",
    )


def cancel(*, symbol: str = "IBM", trade_id: int = 1, ts_event: int = T0) -> TradeCancel:
    return TradeCancel(
        symbol=symbol,
        trade_id=trade_id,
        px=182.46,
        size=100,
        exchange="N",
        ts_event=ts_event,
        ts_init=ts_event,
        source="test",
    )


def provider_bar(told: Bar) -> ProviderBar:
    return ProviderBar(bar=told, ts_init=told.ts_start, source="test")


def bar(
    *,
    symbol: str = "IBM",
    ts_start: int = T0,
    open_px: float = 10.0,
    high: float = 12.0,
    low: float = 9.0,
    close: float = 11.0,
    volume: float = 300.0,
    trade_count: int = 3,
    vwap: float = 10.5,
) -> Bar:
    return Bar(
        symbol=symbol,
        ts_start=ts_start,
        open=open_px,
        high=high,
        low=low,
        close=close,
        volume=volume,
        trade_count=trade_count,
        vwap=vwap,
    )


def changed(update: Changed, **changes: object) -> Changed:
    """Return the update with other values in some of its fields."""
    if isinstance(update, msgspec.Struct):
        return msgspec.structs.replace(update, **changes)
    return dataclasses.replace(update, **changes)  # type: ignore[type-var]  # any kind of update


def last_known(
    *, symbol: str = "IBM", quote: Quote | None = None, trade: Trade | None = None
) -> LastKnown:
    return LastKnown(symbol=symbol, quote=quote, trade=trade, source="test")


def listing(
    *,
    symbol: str = "IBM",
    name: str = "International Business Machines Corporation",
    exchange: str = "NYSE",
    mic: str = "",
    figi: str = "",
    is_active: bool = True,
    tradable: bool | None = True,
    marginable: bool | None = True,
    shortable: bool | None = True,
    easy_to_borrow: bool | None = False,
    fractionable: bool | None = True,
) -> Listing:
    return Listing(
        symbol=symbol,
        name=name,
        exchange=exchange,
        mic=mic,
        figi=figi,
        is_active=is_active,
        tradable=tradable,
        marginable=marginable,
        shortable=shortable,
        easy_to_borrow=easy_to_borrow,
        fractionable=fractionable,
    )
