"""What an order would do if it were placed now. Writes nothing, locks nothing."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from marketdata import interface as marketdata
from oms.contracts import BuyLimits, ExecutionReport, LikelyFill, PlaceOrder, Preview, Remainder
from oms.domain.state import WorkingSet
from oms.hours import hours_at
from oms.market import is_open_at, market_for, quote_to_trade_at
from oms.operations.judge import Judged, judge, require_instrument, require_orderly
from oms.operations.place import AccountNotFound
from oms.operations.value import buying_power_after
from oms.paper.exchange import PaperExchange
from oms.repository import load
from risk import interface as risk
from risk.contracts import Market, RuleSet
from trading.kernel.clock import new_york_date, to_ns
from trading.kernel.fix import ExecType, OrdStatus, Side
from trading.kernel.money import ZERO, fill_amount
from trading.kernel.quantities import ZERO_QTY, Price, Qty, exact_sum, notional

_RESTS = {ExecType.CANCELED: Remainder.CANCELED, ExecType.EXPIRED: Remainder.EXPIRED}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fills:
    """What the market would fill at once (exact dollars), what of the rest, and why it waits."""

    qty: Qty
    gross: Decimal
    rest_qty: Qty
    rest: Remainder
    text: str

    @property
    def px(self) -> Price | None:
        return Price(self.gross / self.qty) if self.qty else None

    @property
    def waiting_qty(self) -> Qty:
        return self.rest_qty if self.rest is Remainder.WAITS else ZERO_QTY


def preview_order(
    *, command: PlaceOrder, now: datetime, exchange: PaperExchange | None = None
) -> Preview:
    """
    Judge an order as ``place_orders`` would, and let the paper market match it.

    ``exchange`` is a copy of the paper market that may be changed: what our own orders have taken
    of the displayed size is gone there. None is one that has not traded.

    :raises InvalidOrder: a subclass that names the broken rule
    :raises AccountNotFound: if there is no such account
    """
    instrument = require_instrument(
        symbol=command.symbol, instrument=marketdata.find_instrument(symbol=command.symbol)
    )
    account = load.find_account(account_id=command.account_id)
    if account is None:
        raise AccountNotFound("account not found")
    books = load.load_working_set(
        accounts={account.id: account}, pairs=[(account.id, instrument.id)]
    )
    require_orderly(command=command, instrument=instrument, books=books)
    rule = risk.load_rules(pairs={(account.id, command.symbol)}, at=now)[account.id, command.symbol]
    market = market_for(symbol=command.symbol, now_ns=to_ns(now), is_open=is_open_at(now=now))
    judged = judge(
        command=command,
        instrument=instrument,
        books=books,
        rules=rule,
        market=market,
        today=new_york_date(now),
    )
    fills = _match(judged, exchange or PaperExchange(), age_max_ms=rule.quote_age_ms.value, now=now)
    is_accepted = judged.verdict.accepted
    # A refused order fills nothing: what all of it would cost is what the checks judged.
    cost_of_all = _cost(command, fills, fills.rest_qty, market)
    cost = _cost(command, fills, fills.waiting_qty, market) if is_accepted else cost_of_all
    return Preview(
        estimated_cost=cost,
        fees=ZERO,
        reserve=_reserve(judged, cost_of_all),
        buying_power_after=_after(judged, books, fills, cost) if is_accepted else None,
        likely=_likely(fills) if is_accepted else None,
        accepted=is_accepted,
        checks=tuple(result.to_json() for result in judged.verdict.results),
        limits=_limits(rule),
    )


def find_buy_limits(*, account_id: UUID, now: datetime) -> BuyLimits | None:
    """Return what bounds an account's buys, whatever the symbol; None if a limit is not set."""
    try:
        rules = risk.load_rules(pairs={(account_id, "")}, at=now)
    except risk.LimitNotSet:
        return None
    return _limits(rules[account_id, ""])


def _limits(rule: RuleSet) -> BuyLimits:
    return BuyLimits(
        order_value=rule.order_value.value,
        position_value=rule.position_value.value,
        market_reserve_pct=rule.market_reserve_pct.value,
    )


def _match(
    judged: Judged, exchange: PaperExchange, *, age_max_ms: Decimal, now: datetime
) -> _Fills:
    """Hand the order to the paper market, as the desk would, and add up what it reports."""
    command, now_ns = judged.command, to_ns(now)
    reports = exchange.submit(
        # Its end is not now, whenever it is.
        order=judged.order(status=OrdStatus.PENDING_NEW, created_at=now, expires_at=None),
        quote=quote_to_trade_at(symbol=command.symbol, now_ns=now_ns, age_max_ms=age_max_ms),
        status=marketdata.trading_status(symbol=command.symbol),
        hours=hours_at(now=now),
        now_ns=now_ns,
    )
    qty, gross, last = ZERO_QTY, ZERO, reports[0]
    for last in reports:
        if last.last_qty is not None and last.last_px is not None:
            qty = Qty(qty + last.last_qty)
            gross = exact_sum(gross, notional(qty=last.last_qty, px=last.last_px))
    rest_qty = Qty(command.qty - qty)
    rest = _RESTS.get(last.exec_type, Remainder.WAITS) if rest_qty else Remainder.NONE
    return _Fills(qty=qty, gross=gross, rest_qty=rest_qty, rest=rest, text=_why(reports))


def _why(reports: list[ExecutionReport]) -> str:
    return next((report.text for report in reversed(reports) if report.text), "")


def _likely(fills: _Fills) -> LikelyFill:
    return LikelyFill(
        qty=fills.qty, px=fills.px, rest_qty=fills.rest_qty, rest=fills.rest, text=fills.text
    )


def _cost(command: PlaceOrder, fills: _Fills, rest_qty: Qty, market: Market) -> Decimal | None:
    """Return what the fills and ``rest_qty`` more shares move; None if those have no price."""
    touch = market.ask if command.side is Side.BUY else market.bid
    px = command.limit_price or touch
    if rest_qty and px is None:
        return None
    rest = ZERO if px is None else notional(qty=rest_qty, px=px)
    gross = exact_sum(fills.gross, rest)
    return fill_amount(side=command.side, gross_before=ZERO, gross_after=gross)


def _reserve(judged: Judged, cost_of_all: Decimal | None) -> Decimal:
    """Return what a market buy keeps aside beyond its cost; a limit buy keeps its own price."""
    command = judged.command
    if command.side is Side.SELL or command.limit_price is not None or cost_of_all is None:
        return ZERO
    return max(judged.reservation - cost_of_all, ZERO)


def _after(
    judged: Judged, books: WorkingSet, fills: _Fills, cost: Decimal | None
) -> Decimal | None:
    if cost is None:
        return None
    command = judged.command
    qty = Qty(fills.qty + fills.waiting_qty)
    return buying_power_after(
        books=books,
        account=books.accounts[command.account_id],
        instrument_id=judged.instrument.id,
        symbol=command.symbol,
        qty=qty if command.side is Side.BUY else Qty(-qty),
        cash=-cost if command.side is Side.BUY else cost,
    )
