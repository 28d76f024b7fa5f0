"""
DOOR. The verbs of order management.

Orders, cancels and reports are written by the desk, one thread of the process that ``start_desk``
starts. Reads go to the database from whatever thread asks.
"""

import time
from collections.abc import Collection, Sequence
from concurrent.futures import Future
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from marketdata.contracts import Tick, TradingStatus
from oms import directory, halts, order_life, queries
from oms.contracts import (
    AccountType,
    AccountView,
    BooksReport,
    BuyLimits,
    CancelOrder,
    Halt,
    OrderLife,
    OrderView,
    PlaceOrder,
    PositionView,
    Preview,
    RefusedOrder,
)
from oms.desk import LOCK, Desk, DeskClosed, ExpireOrders, OutcomeUnknown
from oms.domain.order import InvalidOrder
from oms.operations import (
    check_books as books,
    open_account as opening,
    preview,
    resolve_suspense,
    start_day as day,
    write_down as writing,
)
from oms.operations.cancel import NotCancelable, OrderNotFound
from oms.operations.open_account import CannotOpenAccount
from oms.operations.place import AccountNotFound, DuplicateClOrdId, OrderDenied
from oms.operations.ties import TIES as RECORD_TIES
from oms.queries import UnknownAnchor
from trading.infra.exclusive import find_holder
from trading.infra.supervision import PartState
from trading.kernel.clock import utc_now
from trading.kernel.fix import Side

__all__ = [
    "RECORD_TIES",
    "AccountNotFound",
    "CannotOpenAccount",
    "DeskClosed",
    "DuplicateClOrdId",
    "InvalidOrder",
    "NotCancelable",
    "OrderDenied",
    "OrderNotFound",
    "OutcomeUnknown",
    "UnknownAnchor",
]

READY_SECONDS_MAX = 60.0
SWITCH_SECONDS_MAX = 5.0
SWITCH_LOOK_SECONDS = 0.05

_desk: Desk | None = None


# --- The desk -------------------------------------------------------------------------------------


def start_desk() -> None:
    """
    Start this process's writer; returns once it has recovered what was open and takes orders.

    If that fails or takes long it returns all the same: ``desk_state`` says why.
    """
    global _desk  # noqa: PLW0603 - one desk belongs to one process
    assert _desk is None, "the desk runs already"
    _desk = Desk()
    _desk.start()
    _desk.wait_until_ready(READY_SECONDS_MAX)


def stop_desk() -> None:
    """Finish what waits and stop the writer."""
    global _desk  # noqa: PLW0603 - one desk belongs to one process
    if _desk is not None:
        _desk.stop()
        _desk = None


def writer_elsewhere() -> str:
    """Return which session of this database writes orders now, an empty string if none does."""
    holder = find_holder(LOCK)
    return "" if holder is None else str(holder)


def desk_state() -> PartState | None:
    """Return how the desk is and how it died last; None if it was not started."""
    return None if _desk is None else _desk.state()


def look_at_switches() -> None:
    """Let the desk look at the kill switches at once instead of a moment later."""
    if _desk is not None:
        _desk.look_at_switches()


def held_accounts() -> int:
    """Return how many accounts cannot be traded since another database session holds them."""
    return 0 if _desk is None else _desk.held()


def parked_orders() -> int:
    """Return how many open orders were taken out of the market since they cannot be worked."""
    return 0 if _desk is None else _desk.parked()


def on_tick(tick: Tick | TradingStatus) -> None:
    """Let the paper market see a tick. Called for each one, so it must be cheap."""
    if _desk is not None:
        _desk.on_tick(tick)


def _running() -> Desk:
    if _desk is None:
        raise DeskClosed("orders are not taken at the moment; nothing was recorded")
    return _desk


# --- Orders ---------------------------------------------------------------------------------------


def place_order(*, command: PlaceOrder) -> "Future[OrderView]":
    """
    Hand an order to the desk; the future ends once it is recorded, before it is filled.

    It raises InvalidOrder, DuplicateClOrdId, OrderDenied or AccountNotFound; OutcomeUnknown means:
    ask by client order id.

    :raises DeskClosed: at once, if the desk does not run
    """
    return _running().submit(command)


def cancel_order(*, command: CancelOrder) -> "Future[object]":
    """
    Ask for an order to be canceled; the future ends once it is.

    It raises OrderNotFound or NotCancelable.

    :raises DeskClosed: at once, if the desk does not run
    """
    return _running().submit(command)


def cancel_open_orders(
    *,
    actor: str,
    request_id: str,
    account_id: UUID | None = None,
    symbol: str | None = None,
) -> "list[tuple[UUID, Future[object]]]":
    """Ask for all open orders of an account, a symbol or everybody to be canceled."""
    now = utc_now()
    return [
        (
            order_id,
            cancel_order(
                command=CancelOrder(
                    account_id=owner,
                    order_id=order_id,
                    actor=actor,
                    request_id=request_id,
                    received_at=now,
                )
            ),
        )
        for owner, order_id in queries.list_open_order_ids(account_id=account_id, symbol=symbol)
    ]


def count_cancelable_orders(*, account_id: UUID | None = None, symbol: str | None = None) -> int:
    """Return how many open orders of an account, a symbol or everybody can be canceled now."""
    return queries.count_open_orders(account_id=account_id, symbol=symbol)


def await_switch(*, switch_id: int, account_id: UUID | None, symbol: str | None) -> tuple[int, int]:
    """
    Wait until the desk has canceled what an engaged switch binds, a few seconds at most.

    Returns how many orders it canceled, and how many can be canceled still.
    """
    deadline = time.monotonic() + SWITCH_SECONDS_MAX
    while (still := count_cancelable_orders(account_id=account_id, symbol=symbol)) and (
        desk_state() is not None and time.monotonic() < deadline
    ):
        look_at_switches()
        time.sleep(SWITCH_LOOK_SECONDS)
    return queries.count_canceled_by_switch(switch_id=switch_id), still


def expire_orders(*, now: datetime) -> int:
    """End the orders whose time is over; return how many. Safe to run twice."""
    expired: Future[int] = _running().submit(ExpireOrders(now=now))
    return expired.result()


def preview_order(*, command: PlaceOrder, now: datetime) -> Preview:
    """
    Say what an order would do now, without placing it.

    :raises InvalidOrder: if it is not well formed
    """
    exchange = None if _desk is None else _desk.copy_of_market(symbol=command.symbol)
    return preview.preview_order(command=command, now=now, exchange=exchange)


def find_buy_limits(*, account_id: UUID, now: datetime) -> BuyLimits | None:
    """Return what bounds an account's buys; None if a limit is not set, and nothing may trade."""
    return preview.find_buy_limits(account_id=account_id, now=now)


def list_halts(*, account_id: UUID, symbols: Collection[str]) -> list[Halt]:
    """Return what keeps the account from trading these symbols now, in words for its owner."""
    return halts.list_halts(account_id=account_id, symbols=symbols)


def find_order(*, account_id: UUID, order_id: UUID) -> OrderView | None:
    return queries.find_order(account_id=account_id, order_id=order_id)


def find_order_by_client_id(*, account_id: UUID, cl_ord_id: str) -> OrderView | None:
    return queries.find_order_by_client_id(account_id=account_id, cl_ord_id=cl_ord_id)


def find_order_life(*, account_id: UUID, order_id: UUID) -> OrderLife | None:
    return order_life.find_order_life(account_id=account_id, order_id=order_id)


def list_orders(
    *,
    account_id: UUID,
    status: str = "open",
    limit: int = 50,
    after: datetime | None = None,
    until: datetime | None = None,
    before_order_id: UUID | None = None,
    after_order_id: UUID | None = None,
    symbols: Sequence[str] | None = None,
    side: Side | None = None,
    oldest_first: bool = False,
) -> list[OrderView]:
    """
    Return orders by ``status`` open, closed, all, refused or every; denied ones by the last two.

    Both ends of a page are exclusive.

    :raises UnknownAnchor: if the account has no order of the id at which the page is to begin
    """
    return queries.list_orders(
        account_id=account_id,
        status=status,
        limit=limit,
        after=after,
        until=until,
        before_order_id=before_order_id,
        after_order_id=after_order_id,
        symbols=symbols,
        side=side,
        oldest_first=oldest_first,
    )


def list_orders_by_id(*, account_id: UUID, ids: Sequence[UUID]) -> list[OrderView]:
    return queries.list_orders_by_id(account_id=account_id, ids=ids)


# --- Accounts -------------------------------------------------------------------------------------


def open_account(
    *, owner_id: UUID, account_type: AccountType, opening_cash: Decimal, actor: str, now: datetime
) -> UUID:
    """
    Open a trader's one paper account with its opening cash in dollars; return its id.

    :raises CannotOpenAccount: saying why
    """
    return opening.open_account(
        owner_id=owner_id,
        account_type=account_type,
        opening_cash=opening_cash,
        actor=actor,
        now=now,
    )


def find_account_id(*, user_id: UUID) -> UUID | None:
    """Return the account of a user, or None for somebody who does not trade."""
    return queries.find_account_id_of_user(user_id=user_id)


def find_account_for_user(*, user_id: UUID) -> AccountView | None:
    """Return the account of a user with its numbers, or None for somebody who does not trade."""
    account_id = queries.find_account_id_of_user(user_id=user_id)
    return None if account_id is None else queries.get_account(account_id=account_id)


def get_account(*, account_id: UUID) -> AccountView:
    return queries.get_account(account_id=account_id)


def list_positions(*, account_id: UUID, now: datetime) -> list[PositionView]:
    return queries.list_positions(account_id=account_id, now=now)


def start_day(*, now: datetime) -> int:
    """
    Take what the day's result is measured from: each account at the closes before the day.

    Returns how many accounts had none yet, or an incomplete one. Safe to run every few seconds.
    """
    return day.start_day(now=now)


# --- Decisions of staff ---------------------------------------------------------------------------


def count_suspended() -> int:
    """Return how many reports wait in suspense for somebody's decision."""
    return queries.count_suspended()


def book_suspended(
    *, suspense_id: UUID, actor: str, reason: str, now: datetime, request_id: str = ""
) -> None:
    """
    Book a suspended report after all.

    :raises TradingError: by name, if the reason is blank, it is resolved already, or the books
        still cannot take it
    """
    resolve_suspense.book_suspended(
        suspense_id=suspense_id, actor=actor, reason=reason, now=now, request_id=request_id
    )


def dismiss_suspended(
    *, suspense_id: UUID, actor: str, reason: str, now: datetime, request_id: str = ""
) -> None:
    """
    Say that a suspended report is not booked.

    :raises TradingError: by name, if the reason is blank or it is resolved already
    """
    resolve_suspense.dismiss_suspended(
        suspense_id=suspense_id, actor=actor, reason=reason, now=now, request_id=request_id
    )


def write_down(
    *,
    account_id: UUID,
    instrument_id: UUID,
    actor: str,
    reason: str,
    now: datetime,
    request_id: str = "",
) -> None:
    """
    Let a holding count for nothing until that is lifted.

    :raises TradingError: by name, if the reason is blank, it is not held or written down already
    """
    writing.write_down(
        account_id=account_id,
        instrument_id=instrument_id,
        actor=actor,
        reason=reason,
        now=now,
        request_id=request_id,
    )


def lift_write_down(
    *,
    account_id: UUID,
    instrument_id: UUID,
    actor: str,
    reason: str,
    now: datetime,
    request_id: str = "",
) -> None:
    """
    Let a holding that was written down count for its price again.

    :raises TradingError: by name, if the reason is blank or it is not written down
    """
    writing.lift_write_down(
        account_id=account_id,
        instrument_id=instrument_id,
        actor=actor,
        reason=reason,
        now=now,
        request_id=request_id,
    )


# --- What staff look for --------------------------------------------------------------------------


def name_accounts(*, ids: Collection[UUID]) -> dict[UUID, str]:
    """Return number and owner of those of these accounts that there are."""
    return directory.name_accounts(ids)


def name_orders(*, ids: Collection[UUID]) -> dict[UUID, str]:
    """Return side, quantity, symbol and account of those of these orders that there are."""
    return directory.name_orders(ids)


def find_accounts(*, term: str) -> "QuerySet[Any, UUID]":
    """Return, as a subquery, the accounts whose number, or whose owner's name, holds the term."""
    return directory.find_accounts(term=term).values_list("id", flat=True)


def choose_accounts(*, term: str, limit: int) -> list[tuple[UUID, str]]:
    """Return id, number and owner of the first accounts that the term fits."""
    found = directory.find_accounts(term=term)[:limit]
    return [(row.id, directory.account_words(row)) for row in found]


def choose_owners(*, term: str, limit: int) -> list[tuple[UUID, str]]:
    """Return id and name of the first who may be given an account and whose name fits the term."""
    found = directory.find_owners(term=term)[:limit]
    return [(user.id, directory.person_words(user)) for user in found]


def may_own_account(*, user_id: UUID) -> bool:
    """Tell whether a user may be given an account now: an active trader who has none."""
    return directory.may_own().filter(id=user_id).exists()


def account_streams(
    *, account_ids: "Collection[UUID] | QuerySet[Any, UUID]"
) -> "QuerySet[Any, str]":
    """Return, as a subquery, the streams of these accounts, their owners and their orders."""
    return directory.streams_of(account_ids=account_ids)


def list_refused_orders(*, since: datetime, limit: int) -> list[RefusedOrder]:
    """Return the newest orders that risk refused or the market rejected since then."""
    return queries.list_refused_orders(since=since, limit=limit)


def count_refused_orders(*, since: datetime) -> int:
    """Return how many orders risk refused or the market rejected since then."""
    return queries.count_refused_orders(since=since)


def check_books() -> BooksReport:
    """Check every invariant of the books; needs no desk."""
    return books.check_books()
