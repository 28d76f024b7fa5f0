"""
Every update's way: quality, sequence, last value, bars, then conflated to whoever is subscribed.

One thread (the event loop's) runs ``accept`` and ``flush``. Other threads only read.
"""

import asyncio
import dataclasses
import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from msgspec.structs import replace

from marketdata.contracts import (
    Bar,
    FeedStatus,
    LastKnown,
    PriceBand,
    PriceLevel,
    ProviderBar,
    ProviderDailyBar,
    Quote,
    Tick,
    Trade,
    TradeCancel,
    TradeCorrection,
    TradingStatus,
    Update,
)
from marketdata.domain import frames
from marketdata.domain.band import PriceBandGuard
from marketdata.domain.book import Books
from marketdata.domain.conditions import HIGH_LOW, LAST, LAST_IF_FIRST, moves
from marketdata.domain.plausible import is_placeholder
from marketdata.domain.print_band import PrintBandGuard
from marketdata.domain.quality import (
    Refusal,
    is_locked,
    is_possible_time,
    is_withdrawn,
    refuse_day,
    refuse_minute,
    refuse_quote,
    refuse_standing_side,
    refuse_trade,
    standing_side,
    true_quote,
)
from marketdata.domain.sequence import SequenceGuard
from marketdata.feeds.base import Feed
from marketdata.hub import Hub
from marketdata.pipeline.health import FeedHealth
from marketdata.store.fresh import FreshBars
from marketdata.store.latest import LatestValues
from trading.kernel import clock

# How often it is looked whether the feed is well.
LOOK_NS = 250_000_000
# Of updates that we failed on, one in so many is written to the log, the first of all among them.
_FAILURES_A_LOG_LINE = 1_000
# A price that is further from the good ones than this share of them needs a second opinion.
BAND_WIDTH = 0.10

Listener = Callable[[Any], None]
Timed = TypeVar("Timed", TradeCorrection, TradeCancel, TradingStatus, PriceBand)

log = logging.getLogger(__name__)


class Pipeline:
    """
    ``known`` are the symbols of the security master: updates of others are refused.

    ``listeners`` hear of everything that is true, ``mark_listeners`` only of the quotes and trades
    that move the market as we show it: not of odd lots, average prices and the like.

    ``counters`` says how many updates went each way: ACCEPTED (ticks), LOCKED, ONE_SIDED and
    NOT_LAST (accepted too), each Refusal, LATE_TRADE, LISTENER_FAILED, the kinds of the other
    updates, and BAR_REPLACED, PLACEHOLDER, UNKNOWN_PRINT, WRONG_TIME, CONFIRMED (OUT_OF_BAND
    trades given back to their bars), and FAILED: what we made a mistake on.
    """

    def __init__(
        self,
        *,
        feed: Feed,
        known: Collection[str],
        hub: Hub,
        listeners: Sequence[Listener],
        mark_listeners: Sequence[Listener] = (),
        band_width: float = BAND_WIDTH,
        now_ns: Callable[[], int] = clock.now_ns,
    ) -> None:
        self.feed = feed
        self.latest = LatestValues()
        self.books = Books()
        self.bars = FreshBars()
        self.counters: Counter[str] = Counter()
        self.moved = asyncio.Event()  # since the last flush, the feed has said something
        self.known = set(known)
        self._hub = hub
        self._listeners = listeners
        self._mark_listeners = mark_listeners
        self._now_ns = now_ns
        self._health = FeedHealth(feed)
        self._band_width = band_width
        self._sequence, self._quote_band, self._print_band = self._guards()
        self._trades_before: dict[str, Trade] = {}  # what was last before the last one
        self._dirty: set[str] = set()
        self._announced: object = None
        self._looked_ns = 0
        self._heard_ns = 0  # when the present batch came, monotonic
        self._is_left = False
        self._take: Mapping[type, Callable[[Any, int], None]] = {
            Quote: self._take_quote,
            Trade: self._take_trade,
            TradeCorrection: self._take_correction,
            TradeCancel: self._take_cancel,
            ProviderBar: self._take_bar,
            ProviderDailyBar: self._take_daily_bar,
            TradingStatus: self._take_status,
            PriceBand: self._take_price_band,
            PriceLevel: self._take_level,
            LastKnown: self._take_last_known,
        }

    def _guards(self) -> tuple[SequenceGuard, PriceBandGuard, PrintBandGuard]:
        """Return what remembers of one feed which ticks were seen and which prices were good."""
        width = self._band_width
        prints = PrintBandGuard(width=width, remembered_since=self.bars.mendable_since)
        return SequenceGuard(), PriceBandGuard(width=width), prints

    @property
    def newest_bars(self) -> Mapping[str, Bar]:
        """The open bar of each symbol or, until its next trade, the one that closed last."""
        return self.bars.newest

    @property
    def unsaved(self) -> Mapping[tuple[str, int], Bar]:
        """Bars that PostgreSQL does not have yet, or not at their newest, by symbol and start."""
        return self.bars.unsaved

    def accept(self, updates: Iterable[Update]) -> None:
        """Take a batch in the order it happened; an empty one is a sign of life."""
        if self._is_left:
            return
        now_ns, self._heard_ns = self._now_ns(), clock.monotonic_ns()
        self._health.heard(now_ns=now_ns)
        update = None
        for update in updates:
            try:
                if update.symbol in self.known:
                    self._take[type(update)](update, now_ns)
                else:
                    self.counters[Refusal.UNKNOWN_SYMBOL] += 1
            except Exception:
                # It must end neither the feed nor those that came with it.
                self.counters["FAILED"] += 1
                if self.counters["FAILED"] % _FAILURES_A_LOG_LINE == 1:
                    log.exception("an update could not be taken: %r", update)
        if update is not None:
            self.moved.set()
            self._health.compare_clocks(update, now_ns=now_ns)

    def flush(self) -> None:
        """Close bars whose minute is over and send what has changed to its subscribers."""
        self.moved.clear()
        self.bars.settle(now_ns=self._now_ns())
        dirty = self._dirty | self.bars.dirty
        self._dirty, self.bars.dirty = set(), set()
        for symbol in dirty:
            if self._hub.is_wanted(symbol):
                self._publish(symbol)
        self._publish_books()
        self._announce_trouble()

    def _publish(self, symbol: str) -> None:
        try:
            self._hub.publish(symbol, self.encode(symbol))
        except Exception:
            self.counters["FAILED"] += 1
            log.exception("the values of %s were not sent", symbol)

    def _announce_trouble(self) -> None:
        """Tell everybody when the feed has become well or unwell; to look takes all symbols."""
        now_ns = self._now_ns()
        if 0 <= now_ns - self._looked_ns < LOOK_NS:
            return
        self._looked_ns = now_ns
        status = self.status(now=clock.from_ns(now_ns))
        sources = [(source.connected, source.detail) for source in status.sources]
        seen = (status.connected, status.detail, sources, status.replayed)
        if seen != self._announced:
            self._announced = seen
            self._hub.announce(frames.feed_frame(status=status))

    def _publish_books(self) -> None:
        for symbol in self.books.renew():
            if self._hub.is_book_wanted(symbol):
                frame = frames.book_frame(symbol=symbol, book=self.books.view(symbol))
                self._hub.publish_book(symbol, frame)

    def encode(self, symbol: str) -> str:
        """Return the symbol's newest values as they go to a socket."""
        return frames.encode_value(
            symbol=symbol,
            quote=self.latest.quotes.get(symbol),
            trade=self.latest.trades.get(symbol),
            previous_close=self.feed.previous_closes.get(symbol),
            bar=self.bars.newest.get(symbol),
        )

    def resume(self, bars: Iterable[Bar]) -> None:
        """Take up the bars of the running minute, which an earlier process began."""
        self.bars.resume(bars)

    def fresh_bars(self, symbol: str) -> list[Bar]:
        """Return the symbol's bars that are newer than PostgreSQL's. Any thread may ask."""
        return self.bars.of(symbol)

    def saved(self, bars: Iterable[Bar]) -> None:
        """Forget that these bars are unsaved, unless they have grown since."""
        self.bars.saved(bars)

    def leave_feed(self) -> None:
        """
        Take nothing more of the feed, which is going to be replaced, and let no quote of it stand.

        Whoever trades on quotes hears that both sides are empty: at what an old feed showed nobody
        can trade.
        """
        self._is_left = True
        self.fail("the feed is being replaced")
        now_ns = self._now_ns()
        for symbol, quote in list(self.latest.quotes.items()):
            self.latest.quotes.pop(symbol, None)
            self._dirty.add(symbol)
            gone = replace(
                quote, bid_px=0.0, bid_size=0, ask_px=0.0, ask_size=0,
                ts_event=max(now_ns, quote.ts_event),
            )  # fmt: skip
            self._tell(self._mark_listeners, gone)

    def replace_feed(self, feed: Feed) -> None:
        """
        Go on with another feed of the same kind of market.

        Bars stay, and last prices of the sources that the new feed has, too.
        """
        names = {feed.name, *feed.name.split(",")}
        for symbol, trade in list(self.latest.trades.items()):
            if trade.source not in names:
                del self.latest.trades[symbol]
                self._trades_before.pop(symbol, None)
                self._dirty.add(symbol)
        self._is_left = False
        self._sequence, self._quote_band, self._print_band = self._guards()
        self.feed = feed
        self._health.follow(feed)
        self._looked_ns = 0

    def fail(self, reason: str) -> None:
        """The feed has ended by ``reason``: last values stay and grow stale."""
        self._health.fail(reason)
        self._looked_ns = 0

    def status(self, *, now: datetime) -> FeedStatus:
        return self._health.status(now=now)

    def is_delayed(self, symbol: str) -> bool:
        """Say whether the source of the symbol's newest tick is a delayed one; else the feed."""
        latest = self.latest
        return self._health.is_delayed(latest.quotes.get(symbol) or latest.trades.get(symbol))

    # --- One kind of update each ------------------------------------------------------------------
    def _take_quote(self, quote: Quote, now_ns: int) -> None:
        refusal = refuse_quote(quote=quote, now_ns=now_ns) or self._sequence.judge_quote(quote)
        middle = (quote.bid_px + quote.ask_px) / 2
        if refusal is None and self._quote_band.is_good(quote.symbol, middle):
            if is_locked(quote):
                self.counters["LOCKED"] += 1
            self._keep_quote(quote, now_ns)
        elif refusal is Refusal.NOT_POSITIVE and is_withdrawn(quote):
            self._take_withdrawal(quote, now_ns)
        else:
            self.counters[refusal or Refusal.OUT_OF_BAND] += 1

    def _keep_quote(self, quote: Quote, now_ns: int) -> None:
        self.latest.keep_quote(quote, heard_ns=self._heard_ns)
        self._note_tick(quote, now_ns)
        self._tell(self._mark_listeners, quote)

    def _take_withdrawal(self, quote: Quote, now_ns: int) -> None:
        """Keep the side that stands. If neither does, nobody stands behind a quote any longer."""
        one_sided = standing_side(quote)
        if one_sided is not None:
            refusal = refuse_standing_side(quote=one_sided, now_ns=now_ns)
            refusal = refusal or self._sequence.judge_quote(one_sided)
            px = one_sided.bid_px or one_sided.ask_px
            if refusal is None and self._quote_band.is_good(quote.symbol, px):
                self.counters["ONE_SIDED"] += 1
                self._keep_quote(one_sided, now_ns)
            else:
                self.counters[refusal or Refusal.OUT_OF_BAND] += 1
            return
        standing = self.latest.quotes.get(quote.symbol)
        is_news = standing is not None and quote.ts_event >= standing.ts_event
        if is_news and is_possible_time(quote.ts_event, now_ns=now_ns):
            del self.latest.quotes[quote.symbol]
            self.counters["WITHDRAWN"] += 1
            self._dirty.add(quote.symbol)
            self._tell(self._mark_listeners, quote)

    def _take_trade(self, trade: Trade, now_ns: int) -> None:
        refusal = refuse_trade(trade=trade, now_ns=now_ns) or self._sequence.judge_trade(trade)
        if refusal is not None:
            self.counters[refusal] += 1
            if refusal is not Refusal.OUT_OF_ORDER:
                return
        moved = moves(trade.conditions)
        # A price that may stray from the market by its nature is no measure of it.
        is_good = not moved & HIGH_LOW or self._is_believed(trade)
        if not self.bars.add(trade, is_priced=is_good):
            self.counters["LATE_TRADE"] += 1
        if refusal is not None:
            self._tell(self._listeners, trade)
        elif not is_good:
            self.counters[Refusal.OUT_OF_BAND] += 1
            self._tell(self._listeners, trade)
        else:
            self._note_tick(trade, now_ns)
            self._move_last(trade, moved)

    def _is_believed(self, trade: Trade) -> bool:
        """Judge a print's price; give those back to their bars that it vouches for."""
        vouched = self._print_band.judge(trade)
        # Before the trade itself is added: it may begin a minute, and so end the oldest one's time.
        for each in vouched or ():
            self.counters["CONFIRMED"] += self.bars.confirm(each)
        return vouched is not None

    def _move_last(self, trade: Trade, moved: int) -> None:
        last = self.latest.trades.get(trade.symbol)
        if not (moved & LAST or (moved & LAST_IF_FIRST and last is None)):
            self.counters["NOT_LAST"] += 1
            return
        if last is not None:
            self._trades_before[trade.symbol] = last
        self.latest.trades[trade.symbol] = trade
        self._tell(self._mark_listeners, trade)

    def _take_correction(self, correction: TradeCorrection, now_ns: int) -> None:
        correction = self._timed(correction, now_ns)
        as_corrected = Trade(
            symbol=correction.symbol,
            px=correction.px,
            size=correction.size,
            exchange=correction.exchange,
            conditions=correction.conditions,
            trade_id=correction.trade_id,
            ts_event=correction.ts_event,
            ts_init=correction.ts_init,
            source=correction.source,
        )
        refusal = refuse_trade(trade=as_corrected, now_ns=now_ns)
        if refusal is not None:
            self.counters[refusal] += 1
            return
        self.counters["CORRECTION"] += 1
        self._amend(correction, correction.original_trade_id, as_corrected)

    def _timed(self, update: Timed, now_ns: int) -> Timed:
        """
        Return the update with the time at which it came, if its own cannot be true.

        What it says holds all the same: a halt is a halt.
        """
        if is_possible_time(update.ts_event, now_ns=now_ns):
            return update
        self.counters["WRONG_TIME"] += 1
        return dataclasses.replace(update, ts_event=now_ns)

    def _take_cancel(self, cancel: TradeCancel, now_ns: int) -> None:
        self.counters["CANCEL"] += 1
        cancel = self._timed(cancel, now_ns)
        self._amend(cancel, cancel.trade_id, None)

    def _amend(
        self, update: TradeCorrection | TradeCancel, trade_id: int, as_corrected: Trade | None
    ) -> None:
        symbol = update.symbol
        self._print_band.forget(symbol=symbol, trade_id=trade_id, exchange=update.exchange)
        if not self.bars.amend(
            symbol=symbol,
            trade_id=trade_id,
            exchange=update.exchange,
            replacement=as_corrected,
        ):
            self.counters["UNKNOWN_PRINT"] += 1
        last = self.latest.trades.get(symbol)
        if last is not None and (last.trade_id, last.exchange) == (trade_id, update.exchange):
            self._amend_last(last, as_corrected)
        self._tell(self._listeners, update)

    def _amend_last(self, last: Trade, as_corrected: Trade | None) -> None:
        symbol = last.symbol
        if as_corrected is not None and moves(as_corrected.conditions) & LAST:
            self.latest.trades[symbol] = replace(as_corrected, ts_event=last.ts_event)
        elif (before := self._trades_before.pop(symbol, None)) is not None:
            self.latest.trades[symbol] = before
        else:
            del self.latest.trades[symbol]
        self._dirty.add(symbol)

    def _take_bar(self, update: ProviderBar, now_ns: int) -> None:
        refusal = refuse_minute(bar=update.bar, now_ns=now_ns)
        if refusal is not None:
            self.counters[refusal] += 1
            return
        self.counters["PROVIDER_BAR"] += 1
        if self.bars.is_placeholder(update.bar):
            self.counters["PLACEHOLDER"] += 1
            return
        if self.bars.replace(update.bar):
            self.counters["BAR_REPLACED"] += 1
        self._tell(self._listeners, update)

    def _take_daily_bar(self, update: ProviderDailyBar, _now_ns: int) -> None:
        refusal = refuse_day(bar=update.bar)
        if refusal is not None:
            self.counters[refusal] += 1
            return
        self.counters["DAILY_BAR"] += 1
        before = self.latest.daily_bars.get(update.symbol)
        if (
            before is not None
            and before.bar.ts_start == update.bar.ts_start
            and is_placeholder(update.bar, beside=before.bar)
        ):
            self.counters["PLACEHOLDER"] += 1
            return
        self.latest.daily_bars[update.symbol] = update
        self._tell(self._listeners, update)

    def _take_status(self, status: TradingStatus, now_ns: int) -> None:
        self.counters["TRADING_STATUS"] += 1
        status = self._timed(status, now_ns)
        self._tell(self._listeners, status)
        if status.tells_trading:
            self.latest.statuses[status.symbol] = status
            self._tell(self._mark_listeners, status)

    def _take_price_band(self, band: PriceBand, now_ns: int) -> None:
        self.counters["PRICE_BAND"] += 1
        band = self._timed(band, now_ns)
        self.latest.price_bands[band.symbol] = band
        self._tell(self._listeners, band)

    def _take_level(self, level: PriceLevel, _now_ns: int) -> None:
        self.books.apply(level)

    def _take_last_known(self, known: LastKnown, now_ns: int) -> None:
        symbol, quote, trade = known.symbol, known.quote, known.trade
        self.counters["LAST_KNOWN"] += 1
        quote = None if quote is None else true_quote(quote=quote, now_ns=now_ns)
        if quote is not None:
            standing = self.latest.quotes.get(symbol)
            if standing is None or standing.ts_event < quote.ts_event:
                self.latest.keep_quote(quote, heard_ns=self._heard_ns)
        if trade is not None and refuse_trade(trade=trade, now_ns=now_ns) is None:
            last = self.latest.trades.get(symbol)
            is_newer = last is None or last.ts_event < trade.ts_event
            if is_newer and moves(trade.conditions) & (LAST | LAST_IF_FIRST):
                self.latest.trades[symbol] = trade
        self._dirty.add(symbol)

    def _note_tick(self, tick: Tick, now_ns: int) -> None:
        self.counters["ACCEPTED"] += 1
        self._dirty.add(tick.symbol)
        self._health.took_tick(now_ns=now_ns)
        self._tell(self._listeners, tick)

    def _tell(self, listeners: Sequence[Listener], update: Update) -> None:
        for listener in listeners:
            try:
                listener(update)
            except Exception:
                # One listener's mistake must stop neither the feed nor the other listeners.
                self.counters["LISTENER_FAILED"] += 1
                log.exception("a listener failed on %s", update.symbol)
