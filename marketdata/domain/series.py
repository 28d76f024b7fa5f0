"""Columns of bars: made, joined and cut."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from marketdata.contracts import UNKNOWN_COUNT, Bar, BarColumns

NAMES = tuple(field.name for field in fields(BarColumns))
_WHOLE = frozenset({"ts_start", "trade_count"})


def make(**values: Sequence[float] | NDArray[Any]) -> BarColumns:
    """Return columns of these values, one keyword for each of NAMES."""
    columns: dict[str, NDArray[Any]] = {
        name: np.asarray(values[name], dtype=np.int64 if name in _WHOLE else np.float64)
        for name in NAMES
    }
    return BarColumns(**columns)


def empty() -> BarColumns:
    return make(**dict.fromkeys(NAMES, ()))


def from_bars(bars: Iterable[Bar]) -> BarColumns:
    """``bars`` are one symbol's, ascending."""
    rows = list(bars)
    columns = {name: [getattr(bar, name) for bar in rows] for name in NAMES}
    columns["vwap"] = [told_or_nan(bar.vwap) for bar in rows]
    columns["trade_count"] = [told_or_unknown(bar.trade_count) for bar in rows]
    return make(**columns)


def to_bars(columns: BarColumns, *, symbol: str) -> list[Bar]:
    lists = {name: getattr(columns, name).tolist() for name in NAMES}
    lists["vwap"] = columns.vwaps()
    lists["trade_count"] = columns.trade_counts()
    return [
        Bar(symbol=symbol, **dict(zip(NAMES, row, strict=True)))
        for row in zip(*lists.values(), strict=True)
    ]


def told_or_nan(vwap: float | None) -> float:
    return math.nan if vwap is None else vwap


def told_or_unknown(count: int | None) -> int:
    return UNKNOWN_COUNT if count is None else count


def take(columns: BarColumns, chosen: slice | NDArray[Any]) -> BarColumns:
    """Return the rows that a slice, a mask or indices choose."""
    return BarColumns(**{name: getattr(columns, name)[chosen] for name in NAMES})


def within(columns: BarColumns, *, ts_from: int, ts_to: int) -> BarColumns:
    """Return the bars that start within [ts_from, ts_to]."""
    first = np.searchsorted(columns.ts_start, ts_from, side="left")
    last = np.searchsorted(columns.ts_start, ts_to, side="right")
    return take(columns, slice(int(first), int(last)))


def merge(older: BarColumns, newer: BarColumns) -> BarColumns:
    """Return both, ascending; of bars with one start the newer stays, and of those the first."""
    if not len(newer):
        return older
    starts = np.concatenate([newer.ts_start, older.ts_start])
    # ``unique`` names the first place of each start, and the newer ones come first.
    _, first = np.unique(starts, return_index=True)
    return BarColumns(
        **{
            name: np.concatenate([getattr(newer, name), getattr(older, name)])[first]
            for name in NAMES
        }
    )
