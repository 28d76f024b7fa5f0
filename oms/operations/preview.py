"""What an order would do if it were placed now. Writes nothing, locks nothing."""

from datetime import datetime
from decimal import Decimal

from oms.contracts import PlaceOrder, Preview
from oms.market import market_for
from oms.operations.judge import judge, require_instrument, require_orderly
from oms.operations.place import AccountNotFound
from oms.repository import load
from risk import interface as risk
from risk.contracts import Market
from trading.kernel.clock import new_york_date, to_ns
from trading.kernel.fix import OrdType, Side
from trading.kernel.money import ZERO, fill_amount
from trading.kernel.quantities import Price, Qty, notional


def preview_order(*, command: PlaceOrder, now: datetime) -> Preview:
    """
    Judge an order as ``place_orders`` would and say what it would cost.

    :raises InvalidOrder: a subclass that names the broken rule
    :raises AccountNotFound: if there is no such account
    """
    instrument = require_instrument(symbol=command.symbol)
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
    touch = market.ask if command.side is Side.BUY else market.bid
    px = command.limit_price or touch
    cost = None if px is None else _cost(command, px)
    buying_power = judged.account.buying_power
    reserved = judged.reservation if command.side is Side.BUY else ZERO
    return Preview(
        estimated_cost=cost,
        fees=ZERO,
        buying_power_after=None if buying_power is None else buying_power - reserved,
        likely_qty=_likely_qty(command, market),
        likely_px=touch,
        accepted=judged.verdict.accepted,
        checks=tuple(result.to_json() for result in judged.verdict.results),
    )


def _cost(command: PlaceOrder, px: Price) -> Decimal:
    gross = notional(qty=command.qty, px=px)
    return fill_amount(side=command.side, gross_before=ZERO, gross_after=gross)


def _likely_qty(command: PlaceOrder, market: Market) -> Qty | None:
    """Return how many shares the prevailing quote would fill at once; None without a quote."""
    touch: Price | None = market.ask if command.side is Side.BUY else market.bid
    if touch is None:
        return None
    is_buy = command.side is Side.BUY
    reaches = command.ord_type is OrdType.MARKET or (
        command.limit_price is not None
        and (command.limit_price >= touch if is_buy else command.limit_price <= touch)
    )
    return command.qty if reaches else Qty(ZERO)
