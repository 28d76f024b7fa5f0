"""Ticks and bars for tests: only what a test cares about needs to be said."""

from marketdata.contracts import Bar, Quote, Trade

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
    size: int = 100,
    trade_id: int = 1,
    ts_event: int = T0,
) -> Trade:
    return Trade(
        symbol=symbol,
        px=px,
        size=size,
        exchange="N",
        conditions=("@",),
        trade_id=trade_id,
        ts_event=ts_event,
        ts_init=ts_event,
        source="test",
    )


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
