"""Ask risk about an order, telling it everything that it needs to know."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from marketdata.contracts import Instrument
from oms.contracts import PlaceOrder
from oms.domain.fills import FillState
from oms.domain.order import NotTradable, UnknownSymbol, require_well_formed
from oms.domain.state import OrderState, PositionState, WorkingSet
from oms.operations.value import day_result, mark_holdings, value_holdings
from risk import interface as risk
from risk.contracts import AccountState as RiskAccount, Market, OrderIntent, RuleSet, Verdict
from trading.kernel.fix import OrdStatus, Side
from trading.kernel.identifiers import new_id
from trading.kernel.money import ZERO
from trading.kernel.quantities import ZERO_QTY, Price


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A command that is well formed, with risk's answer."""

    command: PlaceOrder
    instrument: Instrument
    verdict: Verdict
    reservation: Decimal
    worst_price: Price | None
    account: RiskAccount

    def order(
        self, *, status: OrdStatus, created_at: datetime, expires_at: datetime | None
    ) -> OrderState:
        """Return the order that the command makes, under an id of its own."""
        command = self.command
        return OrderState(
            id=new_id(),
            account_id=command.account_id,
            instrument_id=self.instrument.id,
            symbol=command.symbol,
            cl_ord_id=command.cl_ord_id,
            side=command.side,
            ord_type=command.ord_type,
            time_in_force=command.time_in_force,
            limit_price=command.limit_price,
            worst_price=self.worst_price,
            status=status,
            fill=FillState(order_qty=command.qty),
            created_at=created_at,
            expires_at=expires_at,
            extended_hours=command.extended_hours,
        )


def judge(
    *,
    command: PlaceOrder,
    instrument: Instrument,
    books: WorkingSet,
    rules: RuleSet,
    market: Market,
    today: date,
) -> Judged:
    """Ask risk about a well-formed order, telling it everything it needs to know."""
    account = books.accounts[command.account_id]
    position = books.positions.get((account.id, instrument.id)) or PositionState(
        account_id=account.id, instrument_id=instrument.id, symbol=command.symbol
    )
    marked = mark_holdings(books=books, account=account)
    valuation = value_holdings(account=account, marked=marked)
    day = day_result(account=account, marked=marked, valuation=valuation, today=today)
    state = RiskAccount(
        account_id=account.id,
        is_employee=account.is_employee,
        equity=valuation.equity if day.is_bounded else None,
        day_start_equity=account.day_start_equity,
        buying_power=valuation.buying_power,
        position_qty=position.qty,
        position_available=position.qty_available,
        open_buy_qty=position.open_buy_qty,
        unknown=day.unknown,
        stale=day.stale,
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


def require_instrument(*, symbol: str, instrument: Instrument | None) -> Instrument:
    """
    Return the instrument that was looked up for a symbol.

    :raises UnknownSymbol: if the security master did not know it
    """
    if instrument is None:
        raise UnknownSymbol(f'asset "{symbol}" not found')
    return instrument


def require_orderly(*, command: PlaceOrder, instrument: Instrument, books: WorkingSet) -> None:
    """
    Check an order's form and that its instrument may be traded.

    What is held may always be sold, and a fraction that is left sold whole, also of an instrument
    that is not traded any more.

    :raises NotTradable: if it may not be traded
    :raises InvalidOrder: a subclass that names the broken rule
    """
    held = books.positions.get((command.account_id, instrument.id))
    available = ZERO_QTY if held is None or command.side is Side.BUY else held.qty_available
    is_traded = instrument.tradable and instrument.status == "active"
    if not is_traded and command.qty > available:
        raise NotTradable(f'asset "{command.symbol}" is not tradable')
    require_well_formed(
        command=command,
        fractionable=instrument.fractionable or command.qty == available,
    )
