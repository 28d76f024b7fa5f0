"""
The paper exchange: our orders at the simulated counter of a real (or replayed) market.

Used by one thread, the desk's. It knows no database: what it says goes back as reports, and what it
has forgotten after a crash is put back from the orders that are still open.
"""

from dataclasses import dataclass, field
from uuid import UUID

from marketdata.contracts import Quote, Trade
from oms.contracts import ExecutionReport
from oms.domain.state import OrderState
from oms.paper.matching import Fill, Resting, SymbolMarket
from trading.kernel.fix import ExecType, OrdStatus, TimeInForce
from trading.kernel.identifiers import new_id
from trading.kernel.quantities import Price, price_from_float, qty_from_float

IMMEDIATE = frozenset({TimeInForce.IOC, TimeInForce.FOK})


def _price(value: float) -> Price | None:
    return price_from_float(value) if value > 0 else None


@dataclass(slots=True)
class PaperExchange:
    """All symbols of the paper market."""

    markets: dict[str, SymbolMarket] = field(default_factory=dict)
    symbol_of: dict[UUID, str] = field(default_factory=dict)
    # The quote each market shows. Its size is shown once: what we took of it does not come back.
    shown: dict[str, Quote] = field(default_factory=dict)
    arrivals: int = 0

    def has_orders(self, *, symbol: str) -> bool:
        market = self.markets.get(symbol)
        return market is not None and bool(market.orders)

    def submit(
        self, *, order: OrderState, quote: Quote | None, ts_event: int
    ) -> list[ExecutionReport]:
        """Take in an order: acknowledge, fill what the market shows, cancel what may not wait."""
        market = self.markets.setdefault(order.symbol, SymbolMarket())
        # Quotes are not followed while no order rests, so the latest is shown now.
        if quote is None:
            market.show_nothing()
            self.shown.pop(order.symbol, None)
        reports = [] if quote is None else self._show(market, quote)
        reports.append(self._report(order.id, ExecType.NEW, ts_event))
        resting = self._resting(order)
        reports += [self._filled(fill, ts_event) for fill in market.add(resting)]
        if order.id in market.orders:
            self.symbol_of[order.id] = order.symbol
        elif resting.leaves_qty > 0:
            text = "not filled at once" if order.time_in_force in IMMEDIATE else ""
            reports.append(self._report(order.id, ExecType.CANCELED, ts_event, text=text))
        return reports

    def restore(self, *, order: OrderState) -> None:
        """Put an acknowledged order back after a restart, in its old turn."""
        self.symbol_of[order.id] = order.symbol
        self.markets.setdefault(order.symbol, SymbolMarket()).restore(self._resting(order))

    def cancel(
        self, *, order_id: UUID, ts_event: int, exec_type: ExecType = ExecType.CANCELED
    ) -> list[ExecutionReport]:
        """
        Take an order out (canceled or expired) and say so.

        An order that does not rest here is out already: the answer is the same, so that a request
        repeated after a crash still ends the order.
        """
        symbol = self.symbol_of.pop(order_id, None)
        if symbol is not None:
            self.markets[symbol].remove(order_id)
        return [self._report(order_id, exec_type, ts_event)]

    def on_quote(self, quote: Quote) -> list[ExecutionReport]:
        """Show a quote to the orders that rest in its symbol."""
        market = self.markets.get(quote.symbol)
        if market is None or not market.orders:
            return []
        return self._show(market, quote)

    def on_trade(self, trade: Trade) -> list[ExecutionReport]:
        """Let a trade pass the orders that rest in its symbol."""
        market = self.markets.get(trade.symbol)
        if market is None or not market.orders:
            return []
        fills = market.on_trade(px=price_from_float(trade.px), size=qty_from_float(trade.size))
        return self._fills(market, fills, trade.ts_event)

    def _fills(
        self, market: SymbolMarket, fills: list[Fill], ts_event: int
    ) -> list[ExecutionReport]:
        for fill in fills:
            if fill.order_id not in market.orders:
                self.symbol_of.pop(fill.order_id, None)
        return [self._filled(fill, ts_event) for fill in fills]

    def _show(self, market: SymbolMarket, quote: Quote) -> list[ExecutionReport]:
        before = self.shown.get(quote.symbol)
        if before is not None and (quote == before or quote.ts_event < before.ts_event):
            return []
        self.shown[quote.symbol] = quote
        fills = market.on_quote(
            bid_px=_price(quote.bid_px),
            bid_size=qty_from_float(quote.bid_size),
            ask_px=_price(quote.ask_px),
            ask_size=qty_from_float(quote.ask_size),
        )
        return self._fills(market, fills, quote.ts_event)

    def _resting(self, order: OrderState) -> Resting:
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
            ts_event=ts_event,
            last_qty=fill.qty,
            last_px=fill.px,
        )


def is_acknowledged(order: OrderState) -> bool:
    """Tell whether the market had taken the order in before a restart."""
    return order.status is not OrdStatus.PENDING_NEW
