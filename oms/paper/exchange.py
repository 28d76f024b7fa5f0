"""
The paper exchange: our orders at the simulated counter of a real (or replayed) market.

Used by one thread, the desk's. It knows no database and no clock: time and the market's hours come
with each call, what it says goes back as reports, and what it has forgotten after a crash is put
back from the orders that are still open.

It keeps hours by itself: an order trades only in its phase of the day and never at or after its
end, however late anybody else looks. A quote counts only in the phase that it was made in, after
the last resumption of its symbol's trading, and in the kind of market it was made for.
"""

import heapq
from dataclasses import dataclass, field
from uuid import UUID

from marketdata.contracts import FeedKind, Quote, Tick, Trade, TradingStatus
from oms.contracts import QTY_MAX, ExecutionReport
from oms.domain.state import OrderState
from oms.paper.hours import Phase, TradingHours
from oms.paper.matching import Displayed, Fill, Resting, SymbolMarket
from trading.kernel.clock import to_ns
from trading.kernel.fix import ExecType, OrdStatus
from trading.kernel.identifiers import new_id
from trading.kernel.quantities import ZERO_QTY, Price, Qty, price_from_float, qty_from_float

# Entries of ended orders are swept out of the queue of ends when they are so many.
_SWEEP_AT = 1_000


def _price(value: float) -> Price | None:
    return price_from_float(value) if value > 0 else None


def _size(value: float) -> Qty:
    """Return a displayed size; none of ours is larger than QTY_MAX, so neither need this be."""
    return qty_from_float(min(value, float(QTY_MAX))) if value > 0 else ZERO_QTY


@dataclass(slots=True)
class PaperExchange:
    """All symbols of the paper market."""

    markets: dict[str, SymbolMarket] = field(default_factory=dict)
    symbol_of: dict[UUID, str] = field(default_factory=dict)
    # The quote each market shows.
    shown: dict[str, Quote] = field(default_factory=dict)
    # The newest quote of each source that was shown, by symbol. Its size is shown once, whatever
    # happens to the market meanwhile: what we took of it does not come back.
    seen: dict[str, dict[str, Quote]] = field(default_factory=dict)
    # The newest status of each symbol's trading, and when it last went on after a stop (ns).
    statuses: dict[str, TradingStatus] = field(default_factory=dict)
    arrivals: int = 0
    _kind: FeedKind | None = None
    _ends: list[tuple[int, int, UUID]] = field(default_factory=list)

    def has_orders(self, *, symbol: str) -> bool:
        market = self.markets.get(symbol)
        return market is not None and bool(market.orders)

    def submit(
        self,
        *,
        order: OrderState,
        quote: Quote | None,
        status: TradingStatus | None,
        hours: TradingHours,
        now_ns: int,
    ) -> list[ExecutionReport]:
        """
        Take in an order: acknowledge, fill what the market shows, cancel what may not wait.

        ``quote`` is the prevailing one, None if there is none that this order may trade at: then it
        waits for the next. What is displayed stays as it is for the others.
        """
        reports = self.expire(now_ns=now_ns)
        resting = self._resting(order, now_ns)
        if resting.expires_ns is not None and resting.expires_ns <= now_ns:
            return [*reports, self._report(order.id, ExecType.EXPIRED, now_ns)]
        market = self._market(order.symbol, hours)
        if status is not None:
            self.on_status(status)
        elif self.statuses.pop(order.symbol, None) is not None:
            market.is_halted = False  # said by a feed that runs no longer
        # Quotes are not followed while no order rests, so the latest is shown now.
        sees_market = quote is not None and self._is_current(quote, hours)
        if quote is not None and sees_market:
            reports += self._show(market, quote)
        waits_for = self._waits_for(market, resting, order.symbol)
        told = f"{waits_for}; the order waits" if waits_for and not resting.is_immediate else ""
        reports.append(self._report(order.id, ExecType.NEW, now_ns, text=told))
        reports += [
            self._filled(fill, now_ns) for fill in market.add(resting, sees_market=sees_market)
        ]
        if order.id in market.orders:
            self._note_resting(resting, order.symbol)
        elif resting.leaves_qty > 0:
            text = waits_for or "not filled at once"
            reports.append(self._report(order.id, ExecType.CANCELED, now_ns, text=text))
        return reports

    def restore(self, *, order: OrderState, status: TradingStatus | None = None) -> None:
        """Put an acknowledged order back after a restart, in its old turn."""
        if status is not None:
            self.on_status(status)
        resting = self._resting(order, to_ns(order.created_at))
        self.markets.setdefault(order.symbol, SymbolMarket(phase=Phase.CLOSED)).restore(resting)
        self._note_resting(resting, order.symbol)

    def cancel(
        self,
        *,
        order_id: UUID,
        ts_event: int,
        exec_type: ExecType = ExecType.CANCELED,
        text: str = "",
    ) -> list[ExecutionReport]:
        """
        Take an order out (canceled or expired) and say so.

        An order that does not rest here is out already: the answer is the same, so that a request
        repeated after a crash still ends the order.
        """
        symbol = self.symbol_of.pop(order_id, None)
        if symbol is not None:
            self.markets[symbol].remove(order_id)
        return [self._report(order_id, exec_type, ts_event, text=text)]

    def expire(self, *, now_ns: int) -> list[ExecutionReport]:
        """Take out the orders whose time is over and say so; it costs nothing while none is due."""
        reports: list[ExecutionReport] = []
        while self._ends and self._ends[0][0] <= now_ns:
            expires_ns, _, order_id = heapq.heappop(self._ends)
            if order_id in self.symbol_of:
                reports += self.cancel(
                    order_id=order_id, ts_event=expires_ns, exec_type=ExecType.EXPIRED
                )
        return reports

    def reject(self, *, order_id: UUID, ts_event: int, text: str) -> list[ExecutionReport]:
        """Refuse an order that could not be taken in, and say so."""
        return [self._report(order_id, ExecType.REJECTED, ts_event, text=text)]

    def successor(self) -> "PaperExchange":
        """Return an exchange without orders that shows what is left of what this one shows."""
        return PaperExchange(
            markets={symbol: market.without_orders() for symbol, market in self.markets.items()},
            shown=self.shown,
            seen=self.seen,
            statuses=self.statuses,
            arrivals=self.arrivals,
            _kind=self._kind,
        )

    def copy_of(self, *, symbol: str) -> "PaperExchange":
        """
        Return an exchange of one symbol, without orders, that shows what is left here of it.

        Any thread may ask. A quote is displayed before it is noted as seen, and the notes are read
        before the display: a copy taken in between shows that quote once more, never an older one.
        """
        copied = PaperExchange(seen={symbol: self.seen.get(symbol, {}).copy()}, _kind=self._kind)
        market, status = self.markets.get(symbol), self.statuses.get(symbol)
        shown = self.shown.get(symbol)
        if market is not None:
            bid, ask = market.bid, market.ask
            copied.markets[symbol] = SymbolMarket(
                bid=Displayed(bid.px, bid.size),
                ask=Displayed(ask.px, ask.size),
                phase=market.phase,
                is_halted=market.is_halted,
            )
        if shown is not None:
            copied.shown[symbol] = shown
        if status is not None:
            copied.statuses[symbol] = status
        return copied

    def forget(self, *, symbol: str) -> None:
        """Forget a symbol's orders, to be put back from what is known."""
        if symbol in self.markets:
            self.markets[symbol] = self.markets[symbol].without_orders()
        self.symbol_of = {key: other for key, other in self.symbol_of.items() if other != symbol}

    def on_quote(self, quote: Quote, *, hours: TradingHours, now_ns: int) -> list[ExecutionReport]:
        """Show a quote to the orders that rest in its symbol."""
        reports = self.expire(now_ns=now_ns)
        if self.has_orders(symbol=quote.symbol) and self._is_current(quote, hours):
            reports += self._show(self._market(quote.symbol, hours), quote)
        return reports

    def on_trade(self, trade: Trade, *, hours: TradingHours, now_ns: int) -> list[ExecutionReport]:
        """Let a trade pass the orders that rest in its symbol."""
        reports = self.expire(now_ns=now_ns)
        if not (self.has_orders(symbol=trade.symbol) and self._is_current(trade, hours)):
            return reports
        market = self._market(trade.symbol, hours)
        fills = market.on_trade(
            px=price_from_float(trade.px), size=_size(trade.size), ts_event=trade.ts_event
        )
        return [*reports, *self._fills(market, fills, trade.ts_event)]

    def on_status(self, status: TradingStatus) -> None:
        """Stop or resume a symbol's trading. After a stop only new quotes are traded at."""
        known = self.statuses.get(status.symbol)
        if known is not None and status.ts_event < known.ts_event:
            return
        self.statuses[status.symbol] = status
        market = self.markets.get(status.symbol)
        if market is not None:
            self._obey(market, status)

    def _obey(self, market: SymbolMarket, status: TradingStatus) -> None:
        if market.is_halted != status.is_halted:
            market.is_halted = status.is_halted
            market.show_nothing()
            self.shown.pop(status.symbol, None)

    def _market(self, symbol: str, hours: TradingHours) -> SymbolMarket:
        """Return the symbol's market as it is in the present phase."""
        if hours.kind is not self._kind:
            self._begin_market(hours.kind)
        market = self.markets.get(symbol)
        if market is None:
            market = self.markets[symbol] = SymbolMarket(phase=hours.phase)
        if market.phase is not hours.phase:
            market.enter(hours.phase)
        if symbol in self.statuses:
            self._obey(market, self.statuses[symbol])
        shown = self.shown.get(symbol)
        if shown is not None and shown.ts_event < hours.since_ns:
            market.show_nothing()
            del self.shown[symbol]
        return market

    def _begin_market(self, kind: FeedKind) -> None:
        """Forget all that another kind of market showed: nobody here stands behind it."""
        if self._kind is not None:
            self.shown.clear()
            for market in self.markets.values():
                market.show_nothing()
            # Halts of one world are none of another.
            if kind.is_made_up or self._kind.is_made_up:
                self.statuses.clear()
                for market in self.markets.values():
                    market.is_halted = False
        self._kind = kind

    def _is_current(self, tick: Tick, hours: TradingHours) -> bool:
        """Tell whether a tick is of the present phase and of after the last stop of trading."""
        status = self.statuses.get(tick.symbol)
        resumed_ns = 0 if status is None else status.ts_event
        return tick.ts_event >= max(hours.since_ns, resumed_ns)

    def _waits_for(self, market: SymbolMarket, order: Resting, symbol: str) -> str:
        """Say why an order cannot trade now, whatever its price; empty if it can."""
        if market.is_halted:
            status = self.statuses[symbol]
            reason = status.reason_message or status.status_message
            return f"trading in {symbol} is halted" + (f": {reason}" if reason else "")
        return "" if market.may_trade(order) else "the market is closed"

    def _note_resting(self, resting: Resting, symbol: str) -> None:
        self.symbol_of[resting.order_id] = symbol
        if resting.expires_ns is not None:
            heapq.heappush(self._ends, (resting.expires_ns, resting.arrival, resting.order_id))
        if len(self._ends) > _SWEEP_AT + 2 * len(self.symbol_of):
            self._ends = [end for end in self._ends if end[2] in self.symbol_of]
            heapq.heapify(self._ends)

    def _fills(
        self, market: SymbolMarket, fills: list[Fill], ts_event: int
    ) -> list[ExecutionReport]:
        for fill in fills:
            if fill.order_id not in market.orders:
                self.symbol_of.pop(fill.order_id, None)
        return [self._filled(fill, ts_event) for fill in fills]

    def _show(self, market: SymbolMarket, quote: Quote) -> list[ExecutionReport]:
        seen = self.seen.setdefault(quote.symbol, {})
        before = seen.get(quote.source)
        if before is not None and (quote == before or quote.ts_event < before.ts_event):
            return []
        fills = market.on_quote(
            bid_px=_price(quote.bid_px),
            bid_size=_size(quote.bid_size),
            ask_px=_price(quote.ask_px),
            ask_size=_size(quote.ask_size),
        )
        seen[quote.source] = self.shown[quote.symbol] = quote
        return self._fills(market, fills, quote.ts_event)

    def _resting(self, order: OrderState, arrived_ns: int) -> Resting:
        self.arrivals += 1
        return Resting(
            order_id=order.id,
            side=order.side,
            ord_type=order.ord_type,
            time_in_force=order.time_in_force,
            leaves_qty=order.fill.leaves_qty,
            limit_price=order.limit_price,
            worst_price=order.worst_price,
            arrival=self.arrivals,
            extended_hours=order.extended_hours,
            arrived_ns=arrived_ns,
            expires_ns=None if order.expires_at is None else to_ns(order.expires_at),
        )

    def _report(
        self, order_id: UUID, exec_type: ExecType, ts_event: int, *, text: str = ""
    ) -> ExecutionReport:
        return ExecutionReport(
            order_id=order_id,
            exec_id=f"paper-{new_id()}",
            exec_type=exec_type,
            ts_event=ts_event,
            text=text,
        )

    def _filled(self, fill: Fill, ts_event: int) -> ExecutionReport:
        return ExecutionReport(
            order_id=fill.order_id,
            exec_id=f"paper-{new_id()}",
            exec_type=ExecType.TRADE,
            # A quote may be older than the order that takes it; the execution is not.
            ts_event=max(ts_event, fill.arrived_ns),
            last_qty=fill.qty,
            last_px=fill.px,
        )


def is_acknowledged(order: OrderState) -> bool:
    """Tell whether the market had taken the order in before a restart."""
    return order.status is not OrdStatus.PENDING_NEW
