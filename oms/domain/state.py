"""The working copies that a batch changes before they are written back together."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from oms.contracts import AccountType
from oms.domain.fills import FillState
from oms.domain.lots import Lot
from trading.kernel.fix import OrdStatus, OrdType, Side, TimeInForce
from trading.kernel.money import ZERO
from trading.kernel.quantities import ZERO_QTY, Price, Qty


@dataclass(slots=True, kw_only=True)
class AccountState:
    """An account's balances, in dollars."""

    id: UUID
    account_type: AccountType
    multiplier: Decimal
    is_employee: bool
    cash: Decimal
    reserved: Decimal
    day_start_equity: Decimal
    day_start_date: date
    # Symbols whose close before that day is not known: the equity is a bound then.
    day_start_missing: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class PositionState:
    """What an account holds of one instrument, what it offers and what it wants."""

    account_id: UUID
    instrument_id: UUID
    symbol: str
    qty: Qty = ZERO_QTY
    cost: Decimal = ZERO
    reserved_qty: Qty = ZERO_QTY
    open_buy_qty: Qty = ZERO_QTY
    realized_pl: Decimal = ZERO
    # The last close that was known while it was held, and the day that it was the close before.
    last_close: Price | None = None
    last_close_before: date | None = None
    is_written_down: bool = False

    @property
    def qty_available(self) -> Qty:
        return Qty(self.qty - self.reserved_qty)


@dataclass(slots=True, kw_only=True)
class OrderState:
    """An order's terms, where it stands and what it keeps reserved."""

    id: UUID
    account_id: UUID
    instrument_id: UUID
    symbol: str
    cl_ord_id: str
    side: Side
    ord_type: OrdType
    time_in_force: TimeInForce
    limit_price: Price | None
    status: OrdStatus
    fill: FillState
    created_at: datetime
    expires_at: datetime | None
    # The worst price at which a market buy may fill: its reservation is worked out from it.
    worst_price: Price | None = None
    extended_hours: bool = False
    cash_initial: Decimal = ZERO
    cash_remaining: Decimal = ZERO
    qty_remaining: Qty = ZERO_QTY
    text: str = ""

    @property
    def qty(self) -> Qty:
        return self.fill.order_qty

    @property
    def most_per_share(self) -> Price | None:
        """The most that a share of a buy may cost, in dollars."""
        return self.worst_price if self.limit_price is None else self.limit_price


@dataclass(slots=True, kw_only=True)
class WorkingSet:
    """Everything a batch may touch, loaded under the accounts' locks."""

    accounts: dict[UUID, AccountState]
    positions: dict[tuple[UUID, UUID], PositionState]
    orders: dict[UUID, OrderState] = field(default_factory=dict)
    # Open lots of (account, instrument), oldest first.
    lots: dict[tuple[UUID, UUID], list[Lot]] = field(default_factory=dict)

    def position(self, *, account_id: UUID, instrument_id: UUID, symbol: str) -> PositionState:
        """Return the holding, a new empty one if the account never held the instrument."""
        key = (account_id, instrument_id)
        if key not in self.positions:
            self.positions[key] = PositionState(
                account_id=account_id, instrument_id=instrument_id, symbol=symbol
            )
        return self.positions[key]

    def holdings(self, *, account_id: UUID) -> list[PositionState]:
        return [held for held in self.positions.values() if held.account_id == account_id]
