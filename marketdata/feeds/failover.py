"""Several providers at once: each symbol's prices come from the best that is well."""

import asyncio
import logging
from collections import ChainMap, Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from marketdata.contracts import FeedKind, LastKnown, Session, SourceStatus, Update
from marketdata.domain.arbitration import Arbiter
from marketdata.feeds.base import PACE_S, Emit, Feed, FillsGaps, FollowsSymbols, ReportsSources
from marketdata.feeds.kept_going import kept_going
from marketdata.feeds.providers import ProviderError
from trading.kernel import clock

log = logging.getLogger(__name__)


class SourceFeed(Feed, ReportsSources, FillsGaps, FollowsSymbols, Protocol):
    """The feed of one provider."""


class FailoverFeed:
    """
    Runs ``feeds``, the best first, and passes on what the selected one says of each symbol.

    What the others say moves nothing and is counted in ``not_selected`` by source. After a change
    the new source's history fills the minute in which it happened, so no bar has a hole or counts
    a trade twice. A feed that has ended for good stays in the sources with its reason; only when
    all have, ``run`` ends.

    ``counters`` counts SWITCHED, a change of one symbol's source.
    """

    def __init__(
        self,
        *,
        feeds: Sequence[SourceFeed],
        arbiter: Arbiter | None = None,
        now_ns: Callable[[], int] = clock.now_ns,
    ) -> None:
        self.name = ",".join(feed.name for feed in feeds)
        self.counters: Counter[str] = Counter()
        self.not_selected: Counter[str] = Counter()
        self._feeds = {feed.name: feed for feed in feeds}
        self._arbiter = arbiter or Arbiter(sources=list(self._feeds))
        self._now_ns = now_ns
        self._told_ns: dict[str, int] = {}  # when an update was last passed on, per symbol

    @property
    def kind(self) -> FeedKind:
        """Return the kind of the best source that is connected, else of the best."""
        feeds = list(self._feeds.values())
        return next((feed for feed in feeds if feed.sources()[0].connected), feeds[0]).kind

    @property
    def previous_closes(self) -> Mapping[str, float]:
        return ChainMap(*(dict(feed.previous_closes) for feed in self._feeds.values()))

    @property
    def symbols(self) -> Sequence[str]:
        return sorted({symbol for feed in self._feeds.values() for symbol in feed.symbols})

    def follow(self, symbols: Sequence[str], *, ts_from: int | None) -> None:
        """Let each source follow as many as its plan has room for; see ``FollowsSymbols``."""
        for feed in self._feeds.values():
            feed.follow(symbols, ts_from=ts_from)

    def follows(self, symbol: str) -> bool:
        return any(feed.follows(symbol) for feed in self._feeds.values())

    def stop(self) -> None:
        for feed in self._feeds.values():
            feed.stop()

    def session(self, *, now: datetime) -> Session:
        session = next(iter(self._feeds.values())).session(now=now)
        return replace(session, kind=self.kind)

    def sources(self) -> Sequence[SourceStatus]:
        selected: dict[str, list[str]] = {}
        for symbol, name in sorted(self._arbiter.selected.copy().items()):
            selected.setdefault(name, []).append(symbol)
        return [
            replace(feed.sources()[0], selected=tuple(selected.get(name, ())))
            for name, feed in self._feeds.items()
        ]

    def fill(self, *, symbols: Sequence[str], ts_from: int) -> None:
        """Let the best source that is connected fetch the bars; see ``FillsGaps``."""
        for feed in self._feeds.values():
            if feed.sources()[0].connected:
                feed.fill(symbols=symbols, ts_from=ts_from)
                return

    async def run(self, emit: Emit) -> None:
        """:raises ProviderError: the last one's, when every source has ended for good"""
        tasks = [
            asyncio.create_task(self._run(feed, emit), name=name)
            for name, feed in self._feeds.items()
        ]
        watch = asyncio.create_task(
            kept_going(self._watch, name="watching the sources", counters=self.counters)
        )
        try:
            ends = await asyncio.gather(*tasks)
        finally:
            for task in (*tasks, watch):
                task.cancel()
            await asyncio.gather(*tasks, watch, return_exceptions=True)
        errors = [error for error in ends if error is not None]
        if len(errors) == len(self._feeds):
            raise errors[-1]

    async def _run(self, feed: SourceFeed, emit: Emit) -> ProviderError | None:
        def hear(updates: Sequence[Update]) -> None:
            self._hear(feed.name, updates, emit)

        try:
            await feed.run(hear)
        except ProviderError as error:
            log.error("%s has ended: %s", feed.name, error.message)  # noqa: TRY400 - it names it
            return error
        return None

    def _hear(self, name: str, updates: Sequence[Update], emit: Emit) -> None:
        now_ns = self._now_ns()
        told: list[Update] = []
        for update in updates:
            if isinstance(update, LastKnown):
                told.append(update)  # whose it is does not matter: the newest is shown
                continue
            symbol = update.symbol
            before = self._arbiter.selected.get(symbol)
            if self._arbiter.hear(source=name, symbol=symbol, now_ns=now_ns):
                told.append(update)
            else:
                self.not_selected[name] += 1
            if before is not None and before != self._arbiter.selected[symbol]:
                self._switched(symbol)
            if before == name:
                self._told_ns[symbol] = now_ns
        if told or not updates:
            emit(told)

    async def _watch(self) -> None:
        """Notice connections that are lost; their symbols go to the next source."""
        while True:
            await asyncio.sleep(PACE_S)
            for name, feed in self._feeds.items():
                if feed.sources()[0].connected:
                    self._arbiter.connect(name)
                    continue
                for symbol in self._arbiter.disconnect(name, now_ns=self._now_ns()):
                    self._switched(symbol)

    def _switched(self, symbol: str) -> None:
        name = self._arbiter.selected[symbol]
        self.counters["SWITCHED"] += 1
        log.warning("%s comes from %s now", symbol, name)
        since = self._told_ns.get(symbol, self._now_ns())
        self._feeds[name].fill(symbols=[symbol], ts_from=since)
