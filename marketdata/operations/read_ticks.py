"""
The ticks that this platform has accepted: what is in memory and what is archived, as one tape.

A tick goes from the writer's buffer into a spool, and from there into a chunk. Whoever reads in
that order meets it at least once, and its number says that it is the same tick.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any, Generic, NamedTuple

from marketdata.contracts import (
    FeedKind,
    HistoricalTrade,
    Quote,
    Trade,
    TradeCancel,
    TradeCorrection,
    Update,
)
from marketdata.domain.amendments import Amendments
from marketdata.domain.archive import ArchivedT
from marketdata.domain.providers import PROVIDER_SPECS
from marketdata.domain.tape import Remembered, Row, merged
from marketdata.domain.timeframes import midnight_ns
from marketdata.feeds.simulated import SimulatedFeed
from marketdata.operations import archive, run_feed
from marketdata.store import archived
from marketdata.store.archived import Wanted
from marketdata.store.recent import RecentTicks

# Whose archived ticks tell of another market than the one that the platform shows. Of a replay
# nothing is archived, and its times are not when it was.
_STRANGERS: Mapping[FeedKind, tuple[str, ...]] = MappingProxyType(
    {
        FeedKind.SIMULATED: tuple(PROVIDER_SPECS),
        FeedKind.DELAYED: (SimulatedFeed.name,),
        FeedKind.LIVE: (SimulatedFeed.name,),
    }
)

_recent = RecentTicks()


def follow() -> None:
    """Keep the ticks of the feed that starts now, and none of the one before."""
    global _recent  # noqa: PLW0603 - like the feed, one per process
    _recent = RecentTicks()
    if _keep not in run_feed.listeners:
        run_feed.listeners.append(_keep)


class OwnTicks:
    """
    The platform's own tape.

    Times are ns, both ends of a range are included. Late ticks are sorted in. With ``newest_first``
    everything is the other way round, ticks of one time too. The archive is read as ticks are
    taken, ``at_once`` at a time.

    All of it raises ``TickArchiveUnreadable`` if a day cannot be read.
    """

    def __init__(self, *, newest_first: bool, at_once: int) -> None:
        self._newest_first = newest_first
        self._at_once = at_once
        self._strangers = _STRANGERS.get(run_feed.market_kind())
        self._root = archive.folder()

    def quotes(self, *, symbol: str, ts_from: int, ts_to: int) -> Iterator[Quote]:
        held = _Held(Quote, symbol)
        for day in self._days(ts_from, ts_to, held):
            for row in self._rows(held, day):
                yield row.tick

    def trades(self, *, symbol: str, ts_from: int, ts_to: int) -> Iterator[HistoricalTrade]:
        """Prints that the tape took back are among them, and those that it gave instead."""
        prints = _Held(Trade, symbol)
        corrections, cancels = _Held(TradeCorrection, symbol), _Held(TradeCancel, symbol)
        for day in self._days(ts_from, ts_to, prints, corrections):
            replaced = list(self._rows(corrections, day.whole(), is_rare=True))
            taken_back = list(self._rows(cancels, day.whole(), is_rare=True))
            said: list[Row[Any]] = [*replaced, *taken_back]
            amendments = Amendments((row.seq, row.tick) for row in said)
            given = [row for row in replaced if day.ts_from <= row.ts_event <= day.ts_to]
            for row in self._merged(self._rows(prints, day), given):
                yield amendments.historical(row.seq, row.tick)

    def holds(self, *, symbol: str, day: date) -> bool:
        """Say whether anything of the symbol was archived on that day: it was followed then."""
        span = _Day(f"{day:%Y%m%d}", *_ends(day))
        if span.name not in self._archived():
            return False
        wanted: list[Wanted[Any]] = [self._wanted(kind, symbol, span) for kind in (Quote, Trade)]
        return any(
            next(archived.read(self._root / span.name, replace(each, at_once=1)), None)
            for each in wanted
        )

    def _days(self, ts_from: int, ts_to: int, *held: "_Held[Any]") -> "Iterator[_Day]":
        """Return the days of the range of which there may be ticks, in order."""
        # Asked after what is in memory was looked at: it may have gone into a new day's folder.
        names = self._archived().union(*(each.days() for each in held))
        for name in sorted(names, reverse=self._newest_first):
            first, last = _ends(date.fromisoformat(name))
            if first <= ts_to and last >= ts_from:
                yield _Day(name, max(first, ts_from), min(last, ts_to))

    def _rows(
        self, held: "_Held[ArchivedT]", day: "_Day", *, is_rare: bool = False
    ) -> Iterator[Row[ArchivedT]]:
        parts = held.within(day, newest_first=self._newest_first)
        if self._strangers is not None:
            wanted = replace(self._wanted(held.kind, held.symbol, day), known=held.known)
            read = archived.read_all if is_rare else archived.read
            parts.append(read(self._root / day.name, wanted))
        return self._merged(*parts)

    def _merged(self, *parts: Iterable[Row[Any]]) -> Iterator[Row[Any]]:
        return merged(parts, newest_first=self._newest_first)

    def _archived(self) -> set[str]:
        return set() if self._strangers is None else archived.list_days(self._root)

    def _wanted(self, kind: type[ArchivedT], symbol: str, day: "_Day") -> Wanted[ArchivedT]:
        return Wanted(
            kind=kind,
            symbol=symbol,
            ts_from=day.ts_from,
            ts_to=day.ts_to,
            strangers=self._strangers or (),
            newest_first=self._newest_first,
            at_once=self._at_once,
        )


class _Day(NamedTuple):
    """What is asked of a New York day, ``YYYYMMDD``."""

    name: str
    ts_from: int
    ts_to: int

    def whole(self) -> "_Day":
        return _Day(self.name, *_ends(date.fromisoformat(self.name)))


class _Held(Generic[ArchivedT]):
    """What is in memory of one symbol and kind at this moment; all of ``known`` numbers is."""

    def __init__(self, kind: type[ArchivedT], symbol: str) -> None:
        self.kind = kind
        self.symbol = symbol
        remembered, self.known = _recent.of(kind, symbol)
        waiting = (each for each in archive.waiting() if each[1].symbol == symbol)
        # The ring may hold less than what waits, and what waits less than the ring.
        self._sources = [
            Remembered([each for each in source if type(each[1]) is kind])
            for source in (remembered, waiting)
        ]

    def days(self) -> set[str]:
        return {day for source in self._sources for day in source.days()}

    def within(self, day: _Day, *, newest_first: bool) -> list[Iterable[Row[ArchivedT]]]:
        return [
            source.within(day.ts_from, day.ts_to, newest_first=newest_first)
            for source in self._sources
        ]


def _ends(day: date) -> tuple[int, int]:
    return midnight_ns(day), midnight_ns(day + timedelta(days=1)) - 1


def _keep(update: Update) -> None:
    _recent.add(archive.take(update), update)
