"""
Hands orders and ticks to the paper exchange, with all that it must know: time, hours, quote, halts.

Before an order is sent that was let through a while ago, it is judged again.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from uuid import UUID

import structlog

from marketdata import interface as marketdata
from marketdata.contracts import FeedKind, Quote, Tick, TradingStatus
from oms.contracts import ExecutionReport
from oms.domain.state import OrderState
from oms.hours import MarketHours
from oms.market import quote_to_trade_at
from oms.operations.judge_again import Answer, is_late, judge_again
from oms.paper.exchange import PaperExchange
from oms.paper.hours import TradingHours
from trading.kernel.clock import NS_PER_SECOND, now_ns, to_ns, utc_now
from trading.kernel.fix import ExecType

log = structlog.get_logger(__name__)

# A stream that lags tells what was. A tick that comes later than this fills nothing; it is the age
# up to which a new installation lets market orders take a quote (QUOTE_AGE_MS).
TICK_AGE_MAX_NS = 5 * NS_PER_SECOND
# What made-up ticks name as their source.
_MADE_UP = frozenset(kind.value.lower() for kind in FeedKind if kind.is_made_up)


class Sending:
    """For one thread. ``exchange`` is replaced at each recovery."""

    def __init__(self, *, exchange: PaperExchange) -> None:
        self.exchange = exchange
        # Symbols whose orders a tick that failed may have left half done.
        self.broken: set[str] = set()
        self._hours = MarketHours()
        self._answers: dict[UUID, Answer] = {}

    def judge_again(self, orders: Sequence[OrderState]) -> None:
        """Judge orders together that will be submitted next, without a rule of their own."""
        self._answers = judge_again(orders=orders, now=utc_now())

    def submit(
        self, order: OrderState, *, quote_age_max_ms: Decimal | None = None
    ) -> list[ExecutionReport]:
        """
        Send an order; return what the exchange says of it at once.

        ``quote_age_max_ms`` is that of the verdict it was let through by just now; None if there is
        none, or none that young: then it is judged again, and canceled by name if it may not go.
        """
        now = utc_now()
        if order.expires_at is not None and order.expires_at <= now:
            return self.exchange.cancel(
                order_id=order.id, ts_event=to_ns(now), exec_type=ExecType.EXPIRED
            )
        if quote_age_max_ms is None or is_late(order=order, now=now):
            answer = self._answers.pop(order.id, None)
            if answer is None:
                answer = judge_again(orders=[order], now=now)[order.id]
            if answer.refusal:
                return self.exchange.cancel(
                    order_id=order.id, ts_event=to_ns(now), text=answer.refusal
                )
            quote_age_max_ms = answer.quote_age_max_ms
        at_ns = now_ns()
        return self.exchange.submit(
            order=order,
            quote=quote_to_trade_at(symbol=order.symbol, now_ns=at_ns, age_max_ms=quote_age_max_ms),
            status=marketdata.trading_status(symbol=order.symbol),
            hours=self._hours.at(at_ns),
            now_ns=at_ns,
        )

    def restore(self, order: OrderState) -> list[ExecutionReport]:
        """Let an acknowledged order rest again; if its time is over, end it."""
        now = utc_now()
        if order.expires_at is not None and order.expires_at <= now:
            return self.exchange.cancel(
                order_id=order.id, ts_event=to_ns(now), exec_type=ExecType.EXPIRED
            )
        self.exchange.restore(order=order, status=marketdata.trading_status(symbol=order.symbol))
        return []

    def ticks(self, ticks: Iterable[Tick | TradingStatus]) -> list[ExecutionReport]:
        """
        Let the exchange see these ticks, in order; return what it says.

        A tick that it cannot read is told and passed over, and so are the symbol's next, until its
        orders are put back from the database.
        """
        reports: list[ExecutionReport] = []
        delayed: dict[str, bool] = {}
        for tick in ticks:
            if tick.symbol in self.broken:
                continue
            if isinstance(tick, TradingStatus):
                self.exchange.on_status(tick)
                continue
            # A tick may be ahead of our clock by a little: then it is what time it is.
            at_ns = max(now_ns(), tick.ts_event)
            hours = self._hours.at(at_ns)
            if at_ns - tick.ts_event > TICK_AGE_MAX_NS or not _is_of(hours.kind, tick, delayed):
                continue
            try:
                reports += self._tick(tick, hours, at_ns)
            except Exception:
                log.exception("a tick was passed over", tick=tick)
                self.broken.add(tick.symbol)
        return reports

    def _tick(self, tick: Tick, hours: TradingHours, at_ns: int) -> list[ExecutionReport]:
        if isinstance(tick, Quote):
            return self.exchange.on_quote(tick, hours=hours, now_ns=at_ns)
        return self.exchange.on_trade(tick, hours=hours, now_ns=at_ns)


def _is_of(kind: FeedKind, tick: Tick, delayed: dict[str, bool]) -> bool:
    """
    Tell whether orders may trade at a tick in a market of this kind.

    In a real one neither at a delayed tick nor at a made-up one that outlived its feed. ``delayed``
    keeps what was asked of each symbol's source.
    """
    if kind.is_made_up:
        return True
    if tick.symbol not in delayed:
        delayed[tick.symbol] = marketdata.is_delayed_source(symbol=tick.symbol)
    return not delayed[tick.symbol] and tick.source not in _MADE_UP
