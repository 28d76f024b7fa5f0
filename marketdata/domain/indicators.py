"""
Technical indicators: arrays in, arrays of the same length out, NaN while an indicator warms up.

The formulas are TA-Lib's; those that it does not have are here. Arrays are float64, oldest bar
first.

One rule for every indicator that divides by something that may be zero: an oscillator on a scale of
0 to 100 (``rsi``, ``rsi_simple``, ``stochastic``) stands at 50, the middle, where the price has not
moved, since neither side has the upper hand; a price (``vwap``) is NaN where nothing has traded. A
move below a millionth of a millionth of the price is none: sums leave such specks behind.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import talib

from trading.kernel.errors import TradingError

Series: TypeAlias = npt.NDArray[np.float64]

PERIOD_MIN = 2
PERIOD_MAX = 500
# A recursive average forgets where it began like exp(-bars / period): after this many periods the
# beginning weighs less than a float64 can show in a price.
_PERIODS_TO_FORGET = 36
MIDDLE = 50.0  # of a scale of 0 to 100
_SPECK = 1e-12


class InvalidIndicator(TradingError):
    """Ask for a name of INDICATORS, with a period of PERIOD_MIN to PERIOD_MAX where it has one."""

    code = "INVALID_INDICATOR"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """
    What indicators are computed from. Prices are dollars, volumes shares.

    ``vwap`` is each bar's own average price; ``sessions`` numbers each bar's session, so that what
    belongs to a session starts again with the next.
    """

    high: Series
    low: Series
    close: Series
    volume: Series
    vwap: Series
    sessions: npt.NDArray[np.int64]


Lines: TypeAlias = Mapping[str, Series]


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """
    One indicator with its period, ready to be computed.

    ``warm_up`` is how many bars must lie before the first one whose value should not depend on
    where the series began. ``lines`` has one entry, under the indicator's own name, or several.
    """

    name: str
    warm_up: int
    lines: Callable[[Bars], Lines]
    needs_whole_session: bool = False
    counts_from_first: bool = False  # a sum without an end: any first bar is as good as another


def parse(*, name: str) -> Indicator:
    """
    Return the indicator of a name such as ``sma20``, ``rsi`` (its usual period) or ``macd``.

    :raises InvalidIndicator: if there is none of that name
    """
    match = re.fullmatch(r"([a-z_]+?)([1-9][0-9]{0,3})?", name)
    family = None if match is None else INDICATORS.get(match[1])
    if match is None or family is None:
        raise InvalidIndicator(f"invalid indicator: {name}", name=name, known=tuple(INDICATORS))
    if match[2] is None:
        return family(name, None)
    period = int(match[2])
    if not PERIOD_MIN <= period <= PERIOD_MAX:
        raise InvalidIndicator(f"invalid indicator: {name}", name=name, period_max=PERIOD_MAX)
    return family(name, period)


# --- Formulas -------------------------------------------------------------------------------------
def sma(*, close: Series, period: int) -> Series:
    """Simple moving average (TA-Lib SMA)."""
    return _array(talib.SMA(close, timeperiod=period))


def ema(*, close: Series, period: int) -> Series:
    """Exponential moving average, weight 2 / (period + 1), begun with a simple mean (TA-Lib)."""
    return _array(talib.EMA(close, timeperiod=period))


def rsi(*, close: Series, period: int = 14) -> Series:
    """Relative strength index with Wilder's smoothing, 0 to 100; 50 without a move (TA-Lib RSI)."""
    values = _array(talib.RSI(close, timeperiod=period))
    # The range of a bar that is but its close is the move since the last: what RSI divides by.
    moves = _array(talib.ATR(close, close, close, timeperiod=period))
    values[_is_still(moves, close)] = MIDDLE
    return values


def rsi_simple(*, close: Series, period: int = 14) -> Series:
    """
    Relative strength index with simple means of the last ``period`` moves (Cutler's), 0 to 100.

    It depends on no bar before those. Without any move in the window it is 50, the middle.
    """
    moves = np.diff(close, prepend=np.nan)
    gains = sma(close=np.where(np.isnan(moves), 0.0, np.maximum(moves, 0.0)), period=period)
    losses = sma(close=np.where(np.isnan(moves), 0.0, np.maximum(-moves, 0.0)), period=period)
    total = gains + losses
    is_still = _is_still(total, close)
    values = np.where(is_still, MIDDLE, 100.0 * gains / np.where(is_still, 1.0, total))
    values[:period] = np.nan  # the first bar has no move
    return values


def macd(
    *, close: Series, fast: int = 12, slow: int = 26, signal: int = 9
) -> tuple[Series, Series, Series]:
    """Return the difference of two EMAs, its own EMA, and what lies between (TA-Lib MACD)."""
    line, average, histogram = talib.MACD(
        close, fastperiod=fast, slowperiod=slow, signalperiod=signal
    )
    return _array(line), _array(average), _array(histogram)


def bollinger(
    *, close: Series, period: int = 20, deviations: float = 2.0
) -> tuple[Series, Series, Series]:
    """Return upper band, mean and lower band; population standard deviation (TA-Lib BBANDS)."""
    upper, middle, lower = talib.BBANDS(
        close, timeperiod=period, nbdevup=deviations, nbdevdn=deviations
    )
    return _array(upper), _array(middle), _array(lower)


def vwap(*, price: Series, volume: Series, sessions: npt.NDArray[np.int64]) -> Series:
    """
    Average price by volume since the session began, dollars.

    NaN until something has traded in it, and from a traded bar on whose price is not known (NaN).
    """
    begins = np.flatnonzero(np.diff(sessions, prepend=sessions[:1] - 1))
    values = np.full(len(price), np.nan)
    for begin, end in pairwise([*begins, len(price)]):
        traded = np.cumsum(volume[begin:end])
        paid = np.cumsum(np.where(volume[begin:end] > 0, price[begin:end] * volume[begin:end], 0.0))
        np.divide(paid, traded, out=values[begin:end], where=traded > 0)
    return values


def atr(*, high: Series, low: Series, close: Series, period: int = 14) -> Series:
    """Average true range with Wilder's smoothing, dollars (TA-Lib ATR)."""
    return _array(talib.ATR(high, low, close, timeperiod=period))


def stochastic(
    *, high: Series, low: Series, close: Series, period: int = 14, slow: int = 3, signal: int = 3
) -> tuple[Series, Series]:
    """
    Return slow %K (smoothed over ``slow`` bars) and its mean %D, 0 to 100 (TA-Lib STOCH).

    A window whose price has not moved counts as 50.
    """
    lowest, highest = _array(talib.MIN(low, period)), _array(talib.MAX(high, period))
    span = highest - lowest
    is_still = _is_still(span, close)
    place = np.where(is_still, MIDDLE, 100.0 * (close - lowest) / np.where(is_still, 1.0, span))
    k = _array(talib.SMA(place, timeperiod=slow))
    d = _array(talib.SMA(k, timeperiod=signal))
    return np.where(np.isnan(d), np.nan, k), d


def obv(*, close: Series, volume: Series) -> Series:
    """On-balance volume, shares, counted from the first bar's own volume (TA-Lib OBV)."""
    return _array(talib.OBV(close, volume))


def _is_still(moved: Series, close: Series) -> npt.NDArray[np.bool_]:
    """Tell where what has moved is no more than the speck that sums leave behind."""
    return np.asarray(np.abs(moved) < _SPECK * np.abs(close))


def _array(values: Any) -> Series:  # noqa: ANN401 - TA-Lib has no types
    return np.asarray(values, dtype=np.float64)


# --- By name --------------------------------------------------------------------------------------
Family: TypeAlias = Callable[[str, int | None], Indicator]


def _of_close(formula: Callable[..., Series], *, usual: int, forgets: int) -> Family:
    """``forgets`` is how many periods of bars must lie before a value."""

    def family(name: str, period: int | None) -> Indicator:
        length = period or usual
        return Indicator(
            name=name,
            warm_up=forgets * length,
            lines=lambda bars: {name: formula(close=bars.close, period=length)},
        )

    return family


def _bollinger(name: str, period: int | None) -> Indicator:
    length = period or 20

    def lines(bars: Bars) -> Lines:
        upper, middle, lower = bollinger(close=bars.close, period=length)
        return {f"{name}_upper": upper, f"{name}_middle": middle, f"{name}_lower": lower}

    return Indicator(name=name, warm_up=length, lines=lines)


def _atr(name: str, period: int | None) -> Indicator:
    length = period or 14

    def lines(bars: Bars) -> Lines:
        return {name: atr(high=bars.high, low=bars.low, close=bars.close, period=length)}

    return Indicator(name=name, warm_up=_PERIODS_TO_FORGET * length, lines=lines)


def _stochastic(name: str, period: int | None) -> Indicator:
    length = period or 14

    def lines(bars: Bars) -> Lines:
        k, d = stochastic(high=bars.high, low=bars.low, close=bars.close, period=length)
        return {f"{name}_k": k, f"{name}_d": d}

    return Indicator(name=name, warm_up=length + 4, lines=lines)


def _macd(name: str, period: int | None) -> Indicator:
    _refuse_period(name, period)

    def lines(bars: Bars) -> Lines:
        line, signal, histogram = macd(close=bars.close)
        return {name: line, f"{name}_signal": signal, f"{name}_histogram": histogram}

    return Indicator(name=name, warm_up=_PERIODS_TO_FORGET * 26, lines=lines)


def _vwap(name: str, period: int | None) -> Indicator:
    _refuse_period(name, period)

    def lines(bars: Bars) -> Lines:
        return {name: vwap(price=bars.vwap, volume=bars.volume, sessions=bars.sessions)}

    return Indicator(name=name, warm_up=0, lines=lines, needs_whole_session=True)


def _obv(name: str, period: int | None) -> Indicator:
    _refuse_period(name, period)

    def lines(bars: Bars) -> Lines:
        return {name: obv(close=bars.close, volume=bars.volume)}

    return Indicator(name=name, warm_up=0, lines=lines, counts_from_first=True)


def _refuse_period(name: str, period: int | None) -> None:
    if period is not None:
        raise InvalidIndicator(f"invalid indicator: {name}", name=name)


INDICATORS: Mapping[str, Family] = MappingProxyType(
    {
        "sma": _of_close(sma, usual=20, forgets=1),
        "ema": _of_close(ema, usual=20, forgets=_PERIODS_TO_FORGET),
        "rsi": _of_close(rsi, usual=14, forgets=_PERIODS_TO_FORGET),
        "rsi_simple": _of_close(rsi_simple, usual=14, forgets=2),
        "macd": _macd,
        "bollinger": _bollinger,
        "vwap": _vwap,
        "atr": _atr,
        "stochastic": _stochastic,
        "obv": _obv,
    }
)
