"""Ranges of bars: what is stored and what is newer, as one answer."""

from collections.abc import Iterable

from marketdata.contracts import Bar
from marketdata.domain.bars import NS_PER_MINUTE


def overlay(
    *,
    stored: Iterable[Bar],
    fresh: Iterable[Bar],
    ts_from: int,
    ts_to: int,
    limit: int,
    newest_first: bool,
) -> list[Bar]:
    """
    Return at most ``limit`` bars that start within [ts_from, ts_to], in the asked order.

    A fresh bar takes the place of the stored one of its minute. ``stored`` must already be the
    first ``limit`` of that range in that order.
    """
    by_start = {bar.ts_start: bar for bar in stored}
    by_start.update((bar.ts_start, bar) for bar in fresh if ts_from <= bar.ts_start <= ts_to)
    return [by_start[ts] for ts in sorted(by_start, reverse=newest_first)[:limit]]


def minutes_within(*, ts_from: int, ts_to: int, minutes: int) -> tuple[int, int]:
    """
    Return the first and last start of the minute bars that are wanted.

    They make up the bars of ``minutes`` that start within [ts_from, ts_to]. If there are none, the
    last is before the first.
    """
    width = minutes * NS_PER_MINUTE
    first = -(-ts_from // width) * width
    last = ts_to // width * width
    return first, last + width - NS_PER_MINUTE
