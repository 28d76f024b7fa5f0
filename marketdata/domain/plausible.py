"""
Whether a market can have made a bar, and which of two bars of one time stands.

The one rule for bars from streams and from histories. Pure, and the same for one bar and for
columns of them.
"""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from marketdata.contracts import Bar, BarColumns
from marketdata.domain import series

# Above any price and any count of shares that there ever was, and exact in float64.
PX_MAX = 1e8  # dollars
SHARES_MAX = 1e12

FloatOrColumn = TypeVar("FloatOrColumn", float, NDArray[np.float64])


def is_possible(
    *,
    open_px: FloatOrColumn,
    high: FloatOrColumn,
    low: FloatOrColumn,
    close: FloatOrColumn,
    volume: FloatOrColumn,
) -> bool | NDArray[np.bool_]:
    """
    Say whether a bar can be true, or which rows of columns can.

    Prices are positive numbers with the low lowest and the high highest; shares are not negative. A
    volume of zero is possible: some providers tell a day without trades so.
    """
    # Not a number compares false with everything.
    return (
        (low > 0.0)
        & (low <= open_px)
        & (low <= close)
        & (open_px <= high)
        & (close <= high)
        & (high <= PX_MAX)
        & (volume >= 0.0)
        & (volume <= SHARES_MAX)
    )


def is_possible_bar(bar: Bar) -> bool:
    return bool(
        is_possible(
            open_px=bar.open, high=bar.high, low=bar.low, close=bar.close, volume=bar.volume
        )
    )


def possible_rows(bars: BarColumns) -> NDArray[np.bool_]:
    """Return which rows can be true."""
    return np.asarray(
        is_possible(
            open_px=bars.open, high=bars.high, low=bars.low, close=bars.close, volume=bars.volume
        )
    )


def is_placeholder(bar: Bar, *, beside: Bar) -> bool:
    """Say whether the bar stands for no trades where the one ``beside`` it has some."""
    return bar.volume == 0 < beside.volume


def best_of_twins(bars: BarColumns) -> BarColumns:
    """
    Return one row of each start, ascending: the last that has a volume, else the last.

    A provider that tells a day twice tells a placeholder without trades first or last.
    """
    order = np.lexsort((np.arange(len(bars)), bars.volume > 0, bars.ts_start))
    starts = bars.ts_start[order]
    is_last = np.append(starts[1:] != starts[:-1], True) if len(bars) else np.empty(0, dtype=bool)
    return series.take(bars, order[is_last])
