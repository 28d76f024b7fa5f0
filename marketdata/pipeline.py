"""
Every tick's way: quality, sequence, last value, bars, then conflated to whoever is subscribed.

One thread (the event loop's) runs ``accept`` and ``flush``. Other threads only read.
"""

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime

from marketdata.contracts import Bar, FeedStatus, Quote, Tick, Trade
from marketdata.domain import frames
from marketdata.domain.bars import BarBuilder
from marketdata.domain.quality import Refusal, is_locked, refuse_quote, refuse_trade
from marketdata.domain.sequence import SequenceGuard
from marketdata.feeds.base import Feed
from marketdata.hub import Hub
from marketdata.store.latest import LatestValues
from trading.kernel import clock

# A feed that says nothing for this long, not even that nothing happened, is not connected.
SILENT_NS = 5 * clock.NS_PER_SECOND

Listener = Callable[[Tick], None]

log = logging.getLogger(__name__)


class Pipeline:
    """
    ``known`` are the symbols of the security master: ticks of others are refused.

    ``counters`` says how many ticks went each way: ACCEPTED, LOCKED (accepted too), each Refusal,
    LATE_TRADE, LISTENER_FAILED.
    """

    def __init__(
        self,
        *,
        feed: Feed,
        known: Collection[str],
        hub: Hub,
        listeners: Sequence[Listener],
        now_ns: Callable[[], int] = clock.now_ns,
    ) -> None:
        self.feed = feed
        self.latest = LatestValues()
        self.counters: Counter[str] = Counter()
        # The open bar of each symbol or, until its next trade, the one that closed last.
        self.newest_bars: dict[str, Bar] = {}
        # Bars that PostgreSQL does not have yet, or not at their newest.
        self.unsaved: dict[tuple[str, int], Bar] = {}
        self.known = frozenset(known)
        self._hub = hub
        self._listeners = listeners
        self._now_ns = now_ns
        self._sequence = SequenceGuard()
        self._builder = BarBuilder()
        self._dirty: set[str] = set()
        self._traded: set[str] = set()
        self._announced: tuple[bool, str] | None = None
        self._failure = ""
        self._heard_ns = self._last_tick_ns = 0

    def accept(self, ticks: Iterable[Tick]) -> None:
        """Take a batch in the order it happened; an empty one is a sign of life."""
        now_ns = self._heard_ns = self._now_ns()
        for tick in ticks:
            if tick.symbol not in self.known:
                self.counters[Refusal.UNKNOWN_SYMBOL] += 1
                continue
            if isinstance(tick, Quote):
                taken = self._accept_quote(tick, now_ns)
            else:
                taken = self._accept_trade(tick, now_ns)
            if taken:
                self.counters["ACCEPTED"] += 1
                self._dirty.add(tick.symbol)
                self._last_tick_ns = now_ns
                self._tell(tick)

    def flush(self) -> None:
        """Close bars whose minute is over and send what has changed to its subscribers."""
        for bar in self._builder.close_passed(now_ns=self._now_ns()):
            self._keep(bar)
        traded, self._traded = self._traded, set()
        for symbol in traded:
            if (live := self._builder.live(symbol)) is not None:
                self._keep(live)
        dirty, self._dirty = self._dirty, set()
        for symbol in dirty:
            if self._hub.is_wanted(symbol):
                self._hub.publish(symbol, self.encode(symbol))
        status = self.status(now=clock.from_ns(self._now_ns()))
        if (status.connected, status.detail) != self._announced:
            self._announced = (status.connected, status.detail)
            self._hub.announce(frames.feed_frame(status=status))

    def encode(self, symbol: str) -> str:
        """Return the symbol's newest values as they go to a socket."""
        return frames.encode_value(
            symbol=symbol,
            quote=self.latest.quotes.get(symbol),
            trade=self.latest.trades.get(symbol),
            previous_close=self.feed.previous_closes.get(symbol),
            bar=self.newest_bars.get(symbol),
        )

    def resume(self, bars: Iterable[Bar]) -> None:
        """Take up the bars of the running minute, which an earlier process began."""
        for bar in bars:
            self._builder.resume(bar)
            self.newest_bars[bar.symbol] = bar

    def fresh_bars(self, symbol: str) -> list[Bar]:
        """Return the symbol's bars that are newer than PostgreSQL's. Any thread may ask."""
        fresh = [bar for bar in list(self.unsaved.values()) if bar.symbol == symbol]
        newest = self.newest_bars.get(symbol)
        return fresh if newest is None else [*fresh, newest]

    def saved(self, bars: Iterable[Bar]) -> None:
        """Forget that these bars are unsaved, unless they have grown since."""
        for bar in bars:
            key = (bar.symbol, bar.ts_start)
            if self.unsaved.get(key) is bar:
                del self.unsaved[key]

    def fail(self, reason: str) -> None:
        """The feed has ended by ``reason``: last values stay and grow stale."""
        self._failure = reason

    def status(self, *, now: datetime) -> FeedStatus:
        silent_ns = clock.to_ns(now) - self._heard_ns
        detail = self._failure
        if not detail and not self._heard_ns:
            detail = "the feed has not started"
        elif not detail and silent_ns > SILENT_NS and self.feed.session(now=now).is_open:
            detail = f"no tick for {silent_ns // clock.NS_PER_SECOND} s"
        return FeedStatus(
            name=self.feed.name,
            kind=self.feed.kind,
            label=self.feed.kind.value,
            connected=not detail,
            last_tick_at=clock.from_ns(self._last_tick_ns) if self._last_tick_ns else None,
            detail=detail,
        )

    def _accept_quote(self, quote: Quote, now_ns: int) -> bool:
        refusal = refuse_quote(quote=quote, now_ns=now_ns) or self._sequence.judge_quote(quote)
        if refusal is not None:
            self.counters[refusal] += 1
            return False
        if is_locked(quote):
            self.counters["LOCKED"] += 1
        self.latest.quotes[quote.symbol] = quote
        return True

    def _accept_trade(self, trade: Trade, now_ns: int) -> bool:
        refusal = refuse_trade(trade=trade, now_ns=now_ns) or self._sequence.judge_trade(trade)
        if refusal is not None:
            self.counters[refusal] += 1
        if refusal is None or refusal is Refusal.OUT_OF_ORDER:
            self._count_into_bar(trade)
        if refusal is not None:
            return False
        self.latest.trades[trade.symbol] = trade
        return True

    def _count_into_bar(self, trade: Trade) -> None:
        late_before = self._builder.late_trades
        closed = self._builder.add(trade)
        if closed is not None:
            self._keep(closed)
        self.counters["LATE_TRADE"] += self._builder.late_trades - late_before
        self._traded.add(trade.symbol)

    def _keep(self, bar: Bar) -> None:
        self.newest_bars[bar.symbol] = self.unsaved[bar.symbol, bar.ts_start] = bar
        self._dirty.add(bar.symbol)

    def _tell(self, tick: Tick) -> None:
        for listener in self._listeners:
            try:
                listener(tick)
            except Exception:
                # One listener's mistake must stop neither the feed nor the other listeners.
                self.counters["LISTENER_FAILED"] += 1
                log.exception("a tick listener failed on %s", tick.symbol)
