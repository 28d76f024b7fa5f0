"""Second bars added up to the minute that runs, for plans that stream no trades."""

from marketdata.contracts import Bar
from marketdata.domain import sums
from marketdata.domain.quality import MAX_AHEAD_NS

_NS_PER_MINUTE = 60_000_000_000


class MinuteFromSeconds:
    """
    Keeps one running minute a symbol.

    The minute in which we began to listen is left out: its first seconds are unknown, and half a
    bar must not take the place of a whole one. ``began_ns`` is when that was.
    """

    def __init__(self, *, began_ns: int) -> None:
        self._first_ns = (began_ns // _NS_PER_MINUTE + 1) * _NS_PER_MINUTE
        self._running: dict[str, Bar] = {}

    def add(self, second: Bar, *, now_ns: int) -> Bar | None:
        """
        Return the minute so far, with this second in it; None if the minute is not kept.

        A second ahead of the clock is left out: it would end the minutes before it.
        """
        if second.ts_start > now_ns + MAX_AHEAD_NS:
            return None
        ts_start = second.ts_start // _NS_PER_MINUTE * _NS_PER_MINUTE
        running = self._running.get(second.symbol)
        if ts_start < self._first_ns or (running is not None and ts_start < running.ts_start):
            return None
        if running is None or ts_start > running.ts_start:
            minute = _begin(second, ts_start)
        else:
            minute = _join(running, second)
        self._running[second.symbol] = minute
        return minute


def _begin(second: Bar, ts_start: int) -> Bar:
    return Bar(
        symbol=second.symbol,
        ts_start=ts_start,
        open=second.open,
        high=second.high,
        low=second.low,
        close=second.close,
        volume=second.volume,
        trade_count=second.trade_count,
        vwap=second.vwap,
    )


def _join(minute: Bar, second: Bar) -> Bar:
    volume = minute.volume + second.volume
    return Bar(
        symbol=minute.symbol,
        ts_start=minute.ts_start,
        open=minute.open,
        high=max(minute.high, second.high),
        low=min(minute.low, second.low),
        close=second.close,
        volume=volume,
        trade_count=sums.count([minute, second]),
        vwap=sums.average([minute, second]),
    )
