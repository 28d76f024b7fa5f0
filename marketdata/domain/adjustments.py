"""
Prices as if every share had always been today's share: computed on read, never stored.

An adjusted price is raw x price factor x split factor, in that order; an adjusted volume is raw /
split factor. A day's factors are the products over the corporate actions that come after it:

    split            old_rate / new_rate
    stock dividend   1 / (1 + rate)
    cash dividend    1 - rate / the raw close of the day before
    any              ``factor``, where the source has recorded it
"""

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from marketdata.contracts import BarColumns, CorporateAction, CorporateActionKind
from marketdata.domain import series
from marketdata.domain.actions import SPLITS, shares_after
from marketdata.domain.timeframes import midnight_ns
from trading.kernel.errors import TradingError

# How fine adjusted prices are told. Providers tell averages with six decimals (Alpaca's recorded
# ones) and the reference closes of the recorded days have five: neither loses anything.
PRICE_PLACES = 6

_KINDS = MappingProxyType(
    {
        "raw": frozenset[CorporateActionKind](),
        "split": SPLITS,
        "dividend": frozenset({CorporateActionKind.CASH_DIVIDEND}),
        "spin-off": frozenset({CorporateActionKind.SPIN_OFF}),
        "all": frozenset(CorporateActionKind) - {CorporateActionKind.SYMBOL_CHANGE},
    }
)


class InvalidAdjustment(TradingError):
    """Ask for raw, split, dividend, spin-off or all; several are joined by commas."""

    code = "INVALID_ADJUSTMENT"


def parse_adjustment(*, text: str) -> frozenset[CorporateActionKind]:
    """
    Return the kinds of corporate actions that ``raw``, ``split,dividend``, ``all`` ... mean.

    :raises InvalidAdjustment: if a word is none of them
    """
    words = text.split(",")
    if not all(word in _KINDS for word in words):
        raise InvalidAdjustment(f"invalid adjustment: {text}", adjustment=text)
    return frozenset().union(*(_KINDS[word] for word in words))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Factors:
    """
    Steps in time: bars before ``ts_ex[i]``, and not before an earlier step, have factors ``i``.

    The last factors, after the last step, are 1. ``unresolved`` are actions without a known effect.
    """

    ts_ex: NDArray[np.int64]
    price: NDArray[np.float64]
    split: NDArray[np.float64]
    unresolved: tuple[CorporateAction, ...]

    def on(self, day: date) -> tuple[float, float]:
        """Return the price factor and the split factor of a New York day."""
        index = int(np.searchsorted(self.ts_ex, midnight_ns(day), side="right"))
        return float(self.price[index]), float(self.split[index])


def factors(
    *,
    actions: Iterable[CorporateAction],
    kinds: Collection[CorporateActionKind],
    closes_before: Mapping[date, float],
) -> Factors:
    """``closes_before`` holds the last raw close before each ex-date of a cash dividend."""
    price = split = 1.0
    steps: dict[date, tuple[float, float]] = {}
    unresolved: list[CorporateAction] = []
    chosen = [action for action in actions if action.kind in kinds]
    for action in sorted(chosen, key=lambda each: each.ex_date, reverse=True):
        factor = _factor(action, closes_before.get(action.ex_date))
        if factor is None:
            unresolved.append(action)
            continue
        if action.kind in SPLITS:
            split *= factor
        else:
            price *= factor
        steps[action.ex_date] = (price, split)
    ascending = sorted(steps)
    return Factors(
        ts_ex=np.array([midnight_ns(day) for day in ascending], dtype=np.int64),
        price=np.array([*(steps[day][0] for day in ascending), 1.0]),
        split=np.array([*(steps[day][1] for day in ascending), 1.0]),
        unresolved=tuple(reversed(unresolved)),
    )


def adjust(*, bars: BarColumns, by: Factors) -> BarColumns:
    """Return the bars with adjusted prices and volumes."""
    if not len(by.ts_ex):
        return bars
    index = np.searchsorted(by.ts_ex, bars.ts_start, side="right")
    price, split = by.price[index], by.split[index]
    return series.make(
        ts_start=bars.ts_start,
        open=bars.open * price * split,
        high=bars.high * price * split,
        low=bars.low * price * split,
        close=bars.close * price * split,
        volume=bars.volume / split,
        trade_count=bars.trade_count,
        vwap=bars.vwap * price * split,
    )


def rounded(*, bars: BarColumns) -> BarColumns:
    """
    Return adjusted bars as they are told: prices to PRICE_PLACES, volumes in whole shares.

    Nothing is rounded to nothing: so low a price stays as it is, and of shares one is left.
    """
    return series.make(
        ts_start=bars.ts_start,
        open=_price(bars.open),
        high=_price(bars.high),
        low=_price(bars.low),
        close=_price(bars.close),
        volume=np.maximum(np.rint(bars.volume), np.sign(bars.volume)),
        trade_count=bars.trade_count,
        vwap=_price(bars.vwap),
    )


def _price(adjusted: NDArray[np.float64]) -> NDArray[np.float64]:
    told = np.round(adjusted, PRICE_PLACES)
    return np.where(told == 0, adjusted, told)


def _factor(action: CorporateAction, close_before: float | None) -> float | None:
    """Return what earlier prices are multiplied by; None if that is not known, or cannot be."""
    if action.is_contradicted:
        return None
    factor = action.factor
    if factor is None:
        factor = _from_rates(action, close_before)
    return factor if factor is not None and math.isfinite(factor) and factor > 0 else None


def _from_rates(action: CorporateAction, close_before: float | None) -> float | None:
    if action.kind in SPLITS:
        shares = shares_after(action)
        return None if shares is None else 1 / shares
    if action.rate is None or action.rate < 0:
        return None
    if action.kind is CorporateActionKind.CASH_DIVIDEND and close_before:
        return 1 - action.rate / close_before
    return None  # a spin-off's worth is in no rate
