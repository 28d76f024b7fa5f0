"""The past of a made-up market, so that its charts do not begin empty. Pure."""

import zlib

import numpy as np
from numpy.typing import NDArray

from marketdata.contracts import BarColumns
from marketdata.domain import series
from marketdata.domain.bars import NS_PER_MINUTE
from marketdata.feeds.simulated import (
    MEAN_TRADE_SIZE,
    SIGMA_A_MINUTE,
    TRADES_A_MINUTE,
    ticks_per_dollar,
)

# How far a minute's high and low go beyond its open and close, in its usual moves: what a walk of
# many steps does.
_BEYOND = 0.4


def made_up_minutes(*, symbol: str, end_px: float, ts_end: int, count: int) -> BarColumns:
    """
    Return the ``count`` minute bars before the minute of ``ts_end`` (ns).

    The last one closes at ``end_px`` (dollars). They move and trade as much as ``SimulatedFeed``
    does, and are the same for the same symbol.
    """
    chance = np.random.default_rng(zlib.crc32(symbol.encode()))
    moves = chance.normal(0.0, SIGMA_A_MINUTE, count)
    # What each close is of the last one: the walk, walked back from its end.
    log_px = np.cumsum(moves) - np.sum(moves)
    close = end_px * np.exp(log_px)
    opens = np.concatenate([[close[0]], close[:-1]]) if count else close
    beyond = end_px * SIGMA_A_MINUTE * _BEYOND * np.abs(chance.normal(0.0, 1.0, (2, count)))
    high = np.maximum(opens, close) + beyond[0]
    low = np.minimum(opens, close) - beyond[1]
    trades = np.maximum(chance.poisson(TRADES_A_MINUTE, count), 1)
    per_dollar = ticks_per_dollar(end_px)

    def on_ticks(px: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.maximum(np.rint(px * per_dollar), 1) / per_dollar)

    opens, high, low, close = (on_ticks(px) for px in (opens, high, low, close))
    last = ts_end // NS_PER_MINUTE * NS_PER_MINUTE
    return series.make(
        ts_start=last + np.arange(-count, 0) * NS_PER_MINUTE,
        open=opens,
        high=high,
        low=low,
        close=close,
        volume=trades * MEAN_TRADE_SIZE // 100 * 100,
        trade_count=trades,
        vwap=np.round((high + low + 2 * close) / 4, 6),
    )
