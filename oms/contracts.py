"""DOOR. The nouns of order management: commands in, reports in, views out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum, unique
from types import MappingProxyType
from uuid import UUID

from trading.kernel.fix import ExecType, OrdStatus, OrdType, Side, TimeInForce
from trading.kernel.quantities import Price, Qty, plain

# What fits the columns and the wire: an order beyond these bounds is malformed.
CL_ORD_ID_LENGTH_MAX = 128
QTY_MAX = Decimal(10**9)
QTY_PLACES = 9
PRICE_MAX = Decimal(10**9)
PRICE_PLACES = 8


@unique
class AccountType(StrEnum):
    CASH = "CASH"
    MARGIN = "MARGIN"


# What an order does to a position that is never short, in the wire's words.
POSITION_INTENTS: Mapping[Side, str] = MappingProxyType(
    {Side.BUY: "buy_to_open", Side.SELL: "sell_to_close"}
)


@unique
class Channel(StrEnum):
    """How an order came in."""

    WEB = "WEB"
    API = "API"
    SYSTEM = "SYSTEM"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceOrder:
    """A wish to trade, already typed. ``cl_ord_id`` is the client's own name for it."""

    account_id: UUID
    cl_ord_id: str
    symbol: str
    side: Side
    ord_type: OrdType
    time_in_force: TimeInForce
    qty: Qty
    limit_price: Price | None
    extended_hours: bool
    channel: Channel
    actor: str
    request_id: str
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelOrder:
    """
    A wish to take an open order back.

    Where it is not the owner's, ``text`` tells the owner who takes it back and why, and ``rule``
    names the row that says so, as risk does (``switch:17``); both are empty otherwise.
    """

    account_id: UUID
    order_id: UUID
    actor: str
    request_id: str
    received_at: datetime
    text: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionReport:
    """
    What a market says of an order. ``exec_id`` is unique for ever: seen twice, booked once.

    ``last_qty`` and ``last_px`` are set for ``ExecType.TRADE`` only; ``require_sound`` checks that,
    so that what a market says otherwise can be kept.
    """

    order_id: UUID
    exec_id: str
    exec_type: ExecType
    ts_event: int
    last_qty: Qty | None = None
    last_px: Price | None = None
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderView:
    """An order as its owner may see it. ``avg_px`` is the exact average, unrounded."""

    id: UUID
    account_id: UUID
    cl_ord_id: str
    instrument_id: UUID
    symbol: str
    side: Side
    ord_type: OrdType
    time_in_force: TimeInForce
    qty: Qty
    limit_price: Price | None
    extended_hours: bool
    status: OrdStatus
    cum_qty: Qty
    avg_px: Price | None
    text: str
    position_intent: str
    created_at: datetime
    updated_at: datetime
    expires_at: datetime | None
    filled_at: datetime | None
    canceled_at: datetime | None
    expired_at: datetime | None
    failed_at: datetime | None

    @property
    def leaves_qty(self) -> Qty:
        return Qty(self.qty - self.cum_qty)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedOrder:
    """An order that risk refused (DENIED) or the market rejected, and why, for staff."""

    id: UUID
    account_id: UUID
    symbol: str
    side: Side
    qty: Qty
    status: OrdStatus
    reason: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionView:
    """
    A holding at its current mark. Money in dollars; None where no price is known.

    ``lastday_price`` is the previous session's close. What was bought today and is still held is
    told apart, since its profit of the day runs from its cost and not from that close.
    """

    instrument_id: UUID
    symbol: str
    exchange: str
    marginable: bool
    qty: Qty
    qty_available: Qty
    cost: Decimal
    mark: Price | None
    lastday_price: Price | None
    qty_bought_today: Qty
    cost_bought_today: Decimal

    @property
    def avg_entry_price(self) -> Decimal:
        return self.cost / self.qty

    @property
    def market_value(self) -> Decimal | None:
        return None if self.mark is None else self.qty * self.mark

    @property
    def day_basis(self) -> Decimal | None:
        """What the holding's profit of the day is measured from."""
        held_over = self.qty - self.qty_bought_today
        if held_over == 0:
            return self.cost_bought_today
        if self.lastday_price is None:
            return None
        return self.cost_bought_today + held_over * self.lastday_price


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountView:
    """
    An account's numbers, in dollars; None where they depend on a price that is not known.

    ``equity`` values what has no price today at the last close known. ``last_equity`` is the
    account at the closes before ``last_equity_date``.
    """

    id: UUID
    account_number: str
    account_type: AccountType
    multiplier: Decimal
    cash: Decimal
    reserved: Decimal
    long_market_value: Decimal | None
    equity: Decimal | None
    last_equity: Decimal | None
    last_equity_date: date
    initial_margin: Decimal | None
    maintenance_margin: Decimal | None
    buying_power: Decimal
    open_orders: int
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionView:
    """One fill."""

    exec_id: str
    order_id: UUID
    symbol: str
    side: Side
    last_qty: Qty
    last_px: Price
    executed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeEvent:
    """One thing that happened to an order, in words."""

    at: datetime
    type: str
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLife:
    """An order, everything that happened to it, and why it was let through or not."""

    order: OrderView
    checks: tuple[Mapping[str, object], ...]
    events: tuple[LifeEvent, ...]
    executions: tuple[ExecutionView, ...]


@unique
class Remainder(StrEnum):
    """What becomes of the shares of an order that are not filled at once."""

    NONE = "NONE"  # there are none
    WAITS = "WAITS"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True, slots=True, kw_only=True)
class LikelyFill:
    """
    What the paper market would do with an order now.

    ``qty`` shares are filled at once, at ``px`` on average (None: nothing is). ``text`` says why
    the rest cannot trade, as the market's own report would; empty where its price or the displayed
    size keep it.
    """

    qty: Qty
    px: Price | None
    rest_qty: Qty
    rest: Remainder
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Halt:
    """
    A stop of trading: of one symbol or (None) of all that the account trades.

    ``refuses``: no order is taken, as a kill switch wants it; orders wait out an exchange's halt.
    """

    symbol: str | None
    words: str
    refuses: bool

    def to_json(self) -> dict[str, object]:
        return {"symbol": self.symbol, "words": self.words, "refuses": self.refuses}


@dataclass(frozen=True, slots=True, kw_only=True)
class BuyLimits:
    """What an account's buys are limited by: dollars, and percent of the offer."""

    order_value: Decimal
    position_value: Decimal
    market_reserve_pct: Decimal

    def to_json(self) -> dict[str, str]:
        """Return the limits by name, numbers as strings."""
        return {
            "order_value": plain(self.order_value),
            "position_value": plain(self.position_value),
            "market_reserve_pct": plain(self.market_reserve_pct),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """
    What an order would do if it were placed now. Dollars; None where a price is unknown.

    ``estimated_cost`` is what the whole order moves: what would be filled at once at its price, the
    rest at its limit, or at the quote of now. ``reserve`` is what a market buy keeps aside beyond
    that until it has filled. ``buying_power_after`` is what the account shows once the whole order
    has filled so. ``likely`` and ``buying_power_after`` are None of an order that risk refuses.
    """

    estimated_cost: Decimal | None
    fees: Decimal
    reserve: Decimal
    buying_power_after: Decimal | None
    likely: LikelyFill | None
    accepted: bool
    checks: tuple[Mapping[str, object], ...]
    limits: BuyLimits


@dataclass(frozen=True, slots=True, kw_only=True)
class BooksReport:
    """What is wrong with the books, in words; nothing, if they balance. ``notes`` are no breaks."""

    accounts: int
    orders: int
    executions: int
    breaks: tuple[str, ...]
    notes: tuple[str, ...] = ()
