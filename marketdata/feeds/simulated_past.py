"""The past of a made-up market, so that its charts do not begin empty. Pure."""

import zlib
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from marketdata.contracts import BarColumns
from marketdata.domain import series
from marketdata.domain.bars import NS_PER_MINUTE
from marketdata.domain.timeframes import midnight_ns
from marketdata.feeds.simulated import (
    MEAN_TRADE_SIZE,
    SIGMA_A_MINUTE,
    TRADES_A_MINUTE,
    ticks_per_dollar,
)

# How far a bar's high and low go beyond its open and close, in its usual moves: what a walk of many
# steps does.
_BEYOND = 0.4
_MINUTES_A_DAY = 24 * 60


def made_up_minutes(*, symbol: str, end_px: float, ts_end: int, count: int) -> BarColumns:
    """
    Return the ``count`` minute bars before the minute of ``ts_end`` (ns).

    The last one closes at ``end_px`` (dollars). They move and trade as much as ``SimulatedFeed``
    does, and are the same for the same symbol.
    """
    last = ts_end // NS_PER_MINUTE * NS_PER_MINUTE
    return _walk(
        chance=np.random.default_rng(zlib.crc32(symbol.encode())),
        ts_start=last + np.arange(-count, 0) * NS_PER_MINUTE,
        end_px=end_px,
        minutes=1,
    )


def made_up_days(*, symbol: str, end_px: float, end_date: date, count: int) -> BarColumns:
    """
    Return the ``count`` daily bars before ``end_date`` (New York), weekends included.

    As ``made_up_minutes``, of a market that is open day and night.
    """
    dates = [end_date - timedelta(days=ago) for ago in range(count, 0, -1)]
    return _walk(
        chance=np.random.default_rng(zlib.crc32(f"{symbol} by day".encode())),
        ts_start=np.array([midnight_ns(on) for on in dates], dtype=np.int64),
        end_px=end_px,
        minutes=_MINUTES_A_DAY,
    )


def _walk(
    *, chance: np.random.Generator, ts_start: NDArray[np.int64], end_px: float, minutes: int
) -> BarColumns:
    """Return bars of so many minutes each, whose last one closes at ``end_px``."""
    count, sigma = len(ts_start), SIGMA_A_MINUTE * minutes**0.5
    moves = chance.normal(0.0, sigma, count)
    # What each close is of the last one: the walk, walked back from its end.
    log_px = np.cumsum(moves) - np.sum(moves)
    close = end_px * np.exp(log_px)
    opens = np.concatenate([[close[0]], close[:-1]]) if count else close
    beyond = opens * sigma * _BEYOND * np.abs(chance.normal(0.0, 1.0, (2, count)))
    high = np.maximum(opens, close) + beyond[0]
    low = np.minimum(opens, close) - beyond[1]
    trades = np.maximum(chance.poisson(TRADES_A_MINUTE * minutes, count), 1)
    per_dollar = ticks_per_dollar(end_px)

    def on_ticks(px: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.maximum(np.rint(px * per_dollar), 1) / per_dollar)

    opens, high, low, close = (on_ticks(px) for px in (opens, high, low, close))
    return series.make(
        ts_start=ts_start,
        open=opens,
        high=high,
        low=low,
        close=close,
        volume=trades * MEAN_TRADE_SIZE // 100 * 100,
        trade_count=trades,
        vwap=np.round((high + low + 2 * close) / 4, 6),
    )
