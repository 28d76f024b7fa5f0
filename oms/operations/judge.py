"""Ask risk about an order, telling it everything that it needs to know."""

from dataclasses import dataclass
from decimal import Decimal

from marketdata import interface as marketdata
from marketdata.contracts import Instrument
from oms.contracts import PlaceOrder
from oms.domain.buying_power import Holding, Valuation, value_account
from oms.domain.order import NotTradable, UnknownSymbol
from oms.domain.state import AccountState, PositionState, WorkingSet
from oms.market import marks_for
from risk import interface as risk
from risk.contracts import AccountState as RiskAccount, Market, OrderIntent, RuleSet, Verdict
from trading.kernel.money import ZERO
from trading.kernel.quantities import Price


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A command that is well formed, with risk's answer."""

    command: PlaceOrder
    instrument: Instrument
    verdict: Verdict
    reservation: Decimal
    worst_price: Price | None
    account: RiskAccount


def judge(
    *,
    command: PlaceOrder,
    instrument: Instrument,
    books: WorkingSet,
    rules: RuleSet,
    market: Market,
) -> Judged:
    """Ask risk about a well-formed order, telling it everything it needs to know."""
    account = books.accounts[command.account_id]
    position = books.positions.get((account.id, instrument.id)) or PositionState(
        account_id=account.id, instrument_id=instrument.id, symbol=command.symbol
    )
    valuation = value_books(books=books, account=account)
    state = RiskAccount(
        account_id=account.id,
        is_employee=account.is_employee,
        equity=valuation.equity if valuation.is_complete else None,
        day_start_equity=account.day_start_equity,
        buying_power=valuation.buying_power,
        position_qty=position.qty,
        position_available=position.qty_available,
        open_buy_qty=position.open_buy_qty,
    )
    verdict = risk.assess(
        intent=OrderIntent(
            account_id=account.id,
            symbol=command.symbol,
            side=command.side,
            ord_type=command.ord_type,
            time_in_force=command.time_in_force,
            qty=command.qty,
            limit_price=command.limit_price,
        ),
        market=market,
        account=state,
        rules=rules,
    )
    reservation = risk.reservation_for(
        side=command.side,
        ord_type=command.ord_type,
        qty=command.qty,
        limit_price=command.limit_price,
        market=market,
        rules=rules,
    )
    return Judged(
        command=command,
        instrument=instrument,
        verdict=verdict,
        reservation=ZERO if reservation is None else reservation,
        worst_price=risk.worst_price_for(
            side=command.side, limit_price=command.limit_price, market=market, rules=rules
        ),
        account=state,
    )


def require_instrument(*, symbol: str) -> Instrument:
    """
    Return the instrument of a symbol that may be traded.

    :raises UnknownSymbol: if the security master does not know it
    :raises NotTradable: if it may not be traded
    """
    instrument = marketdata.find_instrument(symbol=symbol)
    if instrument is None:
        raise UnknownSymbol(f'asset "{symbol}" not found')
    if not instrument.tradable or instrument.status != "active":
        raise NotTradable(f'asset "{symbol}" is not tradable')
    return instrument


def value_books(*, books: WorkingSet, account: AccountState) -> Valuation:
    """Value an account at the current marks."""
    return value_account(
        cash=account.cash,
        reserved=account.reserved,
        multiplier=account.multiplier,
        holdings=[
            Holding(qty=held.qty, cost=held.cost, mark=marks_for(symbol=held.symbol).mark)
            for held in books.holdings(account_id=account.id)
            if held.qty != 0
        ],
    )
