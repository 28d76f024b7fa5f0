"""A tape: ticks in the order of their time and, those of one time, of their acceptance."""

import heapq
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from operator import itemgetter
from typing import Any, Generic, NamedTuple, TypeVar

from marketdata.domain.timeframes import midnight_ns
from trading.kernel.clock import from_ns, new_york_date

T = TypeVar("T")


class Row(NamedTuple, Generic[T]):
    """A tick with its number in the order of acceptance. No two have both time and number."""

    ts_event: int
    seq: int
    tick: T


PLACE: Callable[[Any], tuple[int, int]] = itemgetter(0, 1)


def merged(parts: Iterable[Iterable[Row[T]]], *, newest_first: bool) -> Iterator[Row[T]]:
    """Merge tapes into one, each tick once. They are read no further than is asked for."""
    last: tuple[int, int] | None = None
    for row in heapq.merge(*parts, key=PLACE, reverse=newest_first):
        place = PLACE(row)
        if place != last:
            last = place
            yield row


class Remembered(Generic[T]):
    """Ticks of one symbol in memory, given as they were accepted, each with its number."""

    def __init__(self, numbered: Iterable[tuple[int, T]]) -> None:
        # Sorting what is nearly sorted costs little, and leaves ticks of one time as they came.
        self._numbered = sorted(numbered, key=_time)

    def days(self) -> Iterator[str]:
        """Return the New York days that they are of, ``YYYYMMDD``."""
        index = 0
        while index < len(self._numbered):
            day = new_york_date(from_ns(_time(self._numbered[index])))
            yield f"{day:%Y%m%d}"
            index = bisect_left(self._numbered, midnight_ns(day + timedelta(days=1)), key=_time)

    def within(self, ts_from: int, ts_to: int, *, newest_first: bool) -> Iterator[Row[T]]:
        """Read those within [ts_from, ts_to] in order."""
        first = bisect_left(self._numbered, ts_from, key=_time)
        found = self._numbered[first : bisect_right(self._numbered, ts_to, key=_time)]
        for seq, tick in reversed(found) if newest_first else found:
            yield Row(_time((seq, tick)), seq, tick)


def _time(numbered: tuple[int, Any]) -> int:
    ts: int = numbered[1].ts_event
    return ts
