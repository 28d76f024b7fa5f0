"""How the running feed is: connected, silent, ended, or told by a clock that is not ours."""

from collections.abc import Sequence
from datetime import datetime

from marketdata.contracts import FeedKind, FeedStatus, Quote, SourceStatus, Trade, Update
from marketdata.domain.clock_drift import ClockDrift
from marketdata.feeds.base import Feed, PlaysRecording, ReportsSources
from trading.kernel import clock

# A feed that says nothing for this long, not even that nothing happened, is not connected.
SILENT_NS = 5 * clock.NS_PER_SECOND


class FeedHealth:
    """
    What is known of one feed's state. One thread notes, any may ask.

    ``heard`` counts signs of life as well as updates, ``took_tick`` only quotes and trades taken.
    """

    def __init__(self, feed: Feed) -> None:
        self._last_tick_ns = 0
        self.follow(feed)

    def follow(self, feed: Feed) -> None:
        """Speak of another feed from now on."""
        self._feed, self._failure, self._heard_ns = feed, "", 0
        self._drift = ClockDrift()
        # What kind a source is stands in its configuration; each order and tick asks.
        sources = feed.sources() if isinstance(feed, ReportsSources) else ()
        self._kinds = {source.name: source.kind for source in sources}

    def fail(self, reason: str) -> None:
        """Remember why the feed has ended; it has recovered as soon as it is heard again."""
        self._failure = reason

    def heard(self, *, now_ns: int) -> None:
        self._heard_ns, self._failure = now_ns, ""

    def took_tick(self, *, now_ns: int) -> None:
        self._last_tick_ns = now_ns

    def compare_clocks(self, update: Update, *, now_ns: int) -> None:
        """Compare this host's clock with the time in a tick; of each batch one is enough."""
        if isinstance(update, Quote | Trade):
            self._drift.note(source=update.source, ts_event=update.ts_event, now_ns=now_ns)

    def clock_trouble(self, *, now_ns: int) -> str:
        """Say how this host's clock differs from the sources' of a live market; empty if not."""
        return self._drift.trouble(now_ns=now_ns) if self._feed.kind is FeedKind.LIVE else ""

    def is_delayed(self, tick: Quote | Trade | None) -> bool:
        """Say whether the source of this tick is a delayed one; without a tick, the feed."""
        kind = None if tick is None else self._kinds.get(tick.source)
        return (kind or self._feed.kind) is FeedKind.DELAYED

    def status(self, *, now: datetime) -> FeedStatus:
        feed = self._feed
        sources = tuple(feed.sources()) if isinstance(feed, ReportsSources) else ()
        detail = self._failure or self._trouble(now, sources)
        return FeedStatus(
            name=feed.name,
            kind=feed.kind,
            label=feed.kind.value,
            connected=not detail,
            last_tick_at=clock.from_ns(self._last_tick_ns) if self._last_tick_ns else None,
            detail=detail,
            sources=sources,
            replayed=feed.replayed(now=now) if isinstance(feed, PlaysRecording) else None,
        )

    def _trouble(self, now: datetime, sources: Sequence[SourceStatus]) -> str:
        if sources and not any(source.connected for source in sources):
            return "; ".join(source.detail for source in sources)
        if not self._heard_ns:
            return "the feed has not started"
        now_ns = clock.to_ns(now)
        if drift := self.clock_trouble(now_ns=now_ns):
            return drift
        silent_ns = now_ns - self._heard_ns
        if silent_ns > SILENT_NS and self._feed.session(now=now).is_open:
            return f"no tick for {silent_ns // clock.NS_PER_SECOND} s"
        return ""
