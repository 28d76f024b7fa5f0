"""Longer bars out of minute bars."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from types import MappingProxyType

from marketdata.contracts import Bar
from marketdata.domain.bars import NS_PER_MINUTE
from trading.kernel.errors import TradingError

# Every spelling a client may use, in minutes.
TIMEFRAMES = MappingProxyType(
    {
        "1Min": 1,
        "1T": 1,
        "5Min": 5,
        "5T": 5,
        "15Min": 15,
        "15T": 15,
        "30Min": 30,
        "30T": 30,
        "1Hour": 60,
        "1H": 60,
    }
)


class InvalidTimeframe(TradingError):
    """Ask for one of TIMEFRAMES."""

    code = "INVALID_TIMEFRAME"


def minutes_of(*, timeframe: str) -> int:
    """
    Return the minutes of a timeframe such as ``5Min``.

    :raises InvalidTimeframe: if it is none of TIMEFRAMES
    """
    try:
        return TIMEFRAMES[timeframe]
    except KeyError:
        raise InvalidTimeframe(
            f"invalid timeframe: {timeframe}", timeframe=timeframe, known=tuple(TIMEFRAMES)
        ) from None


def aggregate(*, bars: Iterable[Bar], minutes: int) -> Iterator[Bar]:
    """
    Join one symbol's minute bars, ascending in time, into bars of ``minutes``.

    Bars start at whole multiples of their length, as on the tape: 09:30, 09:35, ...
    """
    width = minutes * NS_PER_MINUTE
    for slot, group in groupby(bars, key=lambda bar: bar.ts_start // width):
        yield _join(list(group), ts_start=slot * width)


def _join(parts: list[Bar], *, ts_start: int) -> Bar:
    volume = sum(part.volume for part in parts)
    return Bar(
        symbol=parts[0].symbol,
        ts_start=ts_start,
        open=parts[0].open,
        high=max(part.high for part in parts),
        low=min(part.low for part in parts),
        close=parts[-1].close,
        volume=volume,
        trade_count=sum(part.trade_count for part in parts),
        vwap=round(sum(part.vwap * part.volume for part in parts) / volume, 6),
    )
