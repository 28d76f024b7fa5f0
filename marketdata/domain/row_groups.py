"""
Which part of a range of time to read first, so that the first rows of it come without the others.

Chunks are written in the order in which ticks were accepted, which is nearly that of their times;
so a row group knows its first and last time, and what lies outside of a part is not read at all.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple


class RowGroup(NamedTuple):
    """``first`` and ``last`` are the times of its rows, ns."""

    first: int
    last: int
    rows: int


def parts(
    *, groups: Iterable[RowGroup], ts_from: int, ts_to: int, newest_first: bool, rows: int
) -> Iterator[tuple[int, int]]:
    """
    Cut [ts_from, ts_to] into parts, the one that is wanted first first; both ends are included.

    The first part is in row groups of about ``rows`` rows, each further one in twice as many new
    ones. A range that no group reaches into has no parts.
    """
    within = [group for group in groups if group.first <= ts_to and group.last >= ts_from]
    if newest_first:
        # Time backwards is time forwards, seen in a mirror.
        mirrored = [RowGroup(-group.last, -group.first, group.rows) for group in within]
        for begin, end in _forwards(mirrored, -ts_to, -ts_from, rows):
            yield -end, -begin
    else:
        yield from _forwards(within, ts_from, ts_to, rows)


def _forwards(
    groups: list[RowGroup], begin: int, ts_to: int, rows: int
) -> Iterator[tuple[int, int]]:
    groups.sort()
    count = 0
    for group in groups:
        if count >= rows and group.first > begin:
            yield begin, group.first - 1
            begin, count, rows = group.first, 0, 2 * rows
        count += group.rows
    if groups:
        yield begin, ts_to
