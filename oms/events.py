"""DOOR. The facts of order management. What is written here is the order's whole life."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from trading.kernel.events import Fact

ACCOUNT_STREAMS = "account:"
ORDER_STREAMS = "order:"
SUSPENSE_STREAMS = "suspense:"


def account_stream(account_id: UUID) -> str:
    """Return the name of the stream of what happened to an account, its orders apart."""
    return f"{ACCOUNT_STREAMS}{account_id}"


def order_stream(order_id: UUID) -> str:
    """Return the name of the stream that holds an order's life."""
    return f"{ORDER_STREAMS}{order_id}"


def suspense_stream(suspense_id: UUID) -> str:
    """Return the name of the stream of a report that could not be booked."""
    return f"{SUSPENSE_STREAMS}{suspense_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountOpened(Fact):
    type: ClassVar[str] = "AccountOpened"

    account_id: UUID
    account_number: str
    owner_id: UUID
    account_type: str
    multiplier: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class CashDeposited(Fact):
    type: ClassVar[str] = "CashDeposited"

    account_id: UUID
    entry_id: UUID
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class DayStarted(Fact):
    """
    From here on the day's result is measured: the account at the closes before it, in dollars.

    Where closes are ``missing`` it is a bound; another event follows once they are known. Version 1
    had no ``missing``: it took marks, or cost where there were none.
    """

    type: ClassVar[str] = "DayStarted"
    version: ClassVar[int] = 2

    account_id: UUID
    business_date: date
    equity: Decimal
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderTerms(Fact):
    """
    The terms every first event of an order holds.

    Version 2 tells ``created_at``, and ``expires_at`` of a denied order too.
    """

    version: ClassVar[int] = 2

    order_id: UUID
    account_id: UUID
    cl_ord_id: str
    symbol: str
    instrument_id: UUID
    side: str
    ord_type: str
    time_in_force: str
    qty: Decimal
    limit_price: Decimal | None
    extended_hours: bool
    channel: str
    received_at: datetime
    verdict: dict[str, object]
    created_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlaced(OrderTerms):
    """
    An order was let through. ``worst_price`` is the most a share of a market buy may cost.

    Version 1 had no ``worst_price``: market buys filled at any price.
    """

    type: ClassVar[str] = "OrderPlaced"
    version: ClassVar[int] = 2

    worst_price: Decimal | None
    reserved_cash: Decimal
    reserved_qty: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDenied(OrderTerms):
    type: ClassVar[str] = "OrderDenied"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderChange(Fact):
    """What every later event of an order holds: the report, and where the order stands after it."""

    order_id: UUID
    account_id: UUID
    exec_id: str
    status: str
    cum_qty: Decimal
    leaves_qty: Decimal
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAccepted(OrderChange):
    type: ClassVar[str] = "OrderAccepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilled(OrderChange):
    """
    A fill, partial or final: ``status`` tells.

    ``amount`` is what it moved in cash. In version 1 it is the fill's own gross rounded half up;
    from version 2 on the order's gross is rounded as a whole (``kernel.money.fill_amount``).
    It tells ``cost_closed`` too: what the shares of a sale had cost; 0 for a purchase.
    """

    type: ClassVar[str] = "OrderFilled"
    version: ClassVar[int] = 2

    symbol: str
    side: str
    last_qty: Decimal
    last_px: Decimal
    amount: Decimal
    cost_closed: Decimal
    entry_id: UUID
    position_qty: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCanceled(OrderChange):
    type: ClassVar[str] = "OrderCanceled"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderExpired(OrderChange):
    type: ClassVar[str] = "OrderExpired"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRejected(OrderChange):
    type: ClassVar[str] = "OrderRejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRequested(OrderChange):
    """
    Somebody asked for the order to be canceled; the event's actor tells who.

    From version 2 on ``text`` is the order's text from here on, empty where its owner asked, and
    ``rule`` names what cancels an order that its owner did not (``switch:17``).
    """

    type: ClassVar[str] = "CancelRequested"
    version: ClassVar[int] = 2

    rule: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSuspended(Fact):
    """A market reported what the books could not take. The numbers are as reported, in text."""

    type: ClassVar[str] = "ReportSuspended"

    suspense_id: UUID
    exec_id: str
    order_id: UUID
    account_id: UUID | None
    exec_type: str
    last_qty: str
    last_px: str
    reported_ts_event: str
    text: str
    code: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspenseResolved(Fact):
    """Somebody said what becomes of a suspended report: BOOKED or DISMISSED."""

    type: ClassVar[str] = "SuspenseResolved"

    suspense_id: UUID
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionWrittenDown(Fact):
    """Staff said that a holding is worth nothing, until they take that back."""

    type: ClassVar[str] = "PositionWrittenDown"

    account_id: UUID
    instrument_id: UUID
    symbol: str
    qty: Decimal
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteDownLifted(Fact):
    """Staff took a write-down back: the holding is worth its price again."""

    type: ClassVar[str] = "WriteDownLifted"

    account_id: UUID
    instrument_id: UUID
    symbol: str
    reason: str
