"""What an order would do if it were placed now. Writes nothing, locks nothing."""

from datetime import datetime
from decimal import Decimal

from marketdata import interface as marketdata
from oms.contracts import PlaceOrder, Preview
from oms.hours import hours_at
from oms.market import market_for, quote_to_trade_at
from oms.operations.judge import judge, require_instrument, require_orderly
from oms.operations.place import AccountNotFound
from oms.repository import load
from risk import interface as risk
from risk.contracts import Market
from trading.kernel.clock import new_york_date, to_ns
from trading.kernel.fix import OrdType, Side, TimeInForce
from trading.kernel.money import ZERO, fill_amount
from trading.kernel.quantities import Price, Qty, notional, qty_from_float


def preview_order(*, command: PlaceOrder, now: datetime) -> Preview:
    """
    Judge an order as ``place_orders`` would and say what it would cost.

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
    rules = risk.load_rules(pairs={(account.id, command.symbol)}, at=now)
    market = market_for(symbol=command.symbol, now_ns=to_ns(now))
    judged = judge(
        command=command,
        instrument=instrument,
        books=books,
        rules=rules[account.id, command.symbol],
        market=market,
        today=new_york_date(now),
    )
    rule = rules[account.id, command.symbol]
    touch = market.ask if command.side is Side.BUY else market.bid
    px = command.limit_price or touch
    cost = None if px is None else _cost(command, px)
    buying_power = judged.account.buying_power
    reserved = judged.reservation if command.side is Side.BUY else ZERO
    return Preview(
        estimated_cost=cost,
        fees=ZERO,
        buying_power_after=None if buying_power is None else buying_power - reserved,
        likely_qty=_likely_qty(command, market, age_max_ms=rule.quote_age_ms.value, now=now),
        likely_px=touch,
        accepted=judged.verdict.accepted,
        checks=tuple(result.to_json() for result in judged.verdict.results),
    )


def _cost(command: PlaceOrder, px: Price) -> Decimal:
    gross = notional(qty=command.qty, px=px)
    return fill_amount(side=command.side, gross_before=ZERO, gross_after=gross)


def _likely_qty(
    command: PlaceOrder, market: Market, *, age_max_ms: Decimal, now: datetime
) -> Qty | None:
    """Return how many shares would be filled at once; None if none would, or nobody knows."""
    hours = hours_at(now=now)
    if market.halt or not hours.phase.trades(extended_hours=command.extended_hours):
        return None
    now_ns = to_ns(now)
    quote = quote_to_trade_at(symbol=command.symbol, now_ns=now_ns, age_max_ms=age_max_ms)
    is_buy = command.side is Side.BUY
    touch: Price | None = market.ask if is_buy else market.bid
    if quote is None or quote.ts_event < hours.since_ns or touch is None:
        return None
    reaches = command.ord_type is OrdType.MARKET or (
        command.limit_price is not None
        and (command.limit_price >= touch if is_buy else command.limit_price <= touch)
    )
    if not reaches:
        return None
    qty = min(command.qty, qty_from_float(quote.ask_size if is_buy else quote.bid_size))
    # A fill-or-kill that is not filled whole is not filled at all.
    return None if command.time_in_force is TimeInForce.FOK and qty < command.qty else qty
