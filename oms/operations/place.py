"""
Place orders: a batch by nature, one transaction, one answer for each.

Invariants: every order that is let through has its verdict, its reservation and its first event in
the same commit; a refused one has its verdict and its event; and one command's failure is its own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

import orjson

from marketdata import interface as marketdata
from marketdata.contracts import Instrument, Session
from oms import locks
from oms.contracts import POSITION_INTENTS, ExecutionReport, OrderView, PlaceOrder
from oms.domain import reserving
from oms.domain.state import OrderState, WorkingSet
from oms.domain.transitions import OPEN
from oms.events import OrderDenied as OrderDeniedFact, OrderPlaced, order_stream
from oms.hours import day_order_end
from oms.market import market_for
from oms.operations.apply_reports import (
    Refused,
    Reported,
    ask_reported,
    book,
    order_ids_of,
)
from oms.operations.judge import Judged, judge, require_instrument, require_orderly
from oms.repository import load, save
from risk import interface as risk
from risk.contracts import AccountState as RiskAccount, Market, RuleSet, Verdict
from trading.eventlog.record import NewEvent, ask_ledger, record_in
from trading.infra.database import Later, ask, pipeline
from trading.infra.transactions import transaction
from trading.kernel.clock import new_york_date, to_ns
from trading.kernel.errors import TradingError
from trading.kernel.fix import OrdStatus, Side, TimeInForce
from trading.kernel.quantities import ZERO_QTY

GTC_LIFE = timedelta(days=90)  # the wire contract: gtc orders end after 90 days

MarketOf = Callable[[str], Market]


class AccountNotFound(TradingError):
    """There is no such account, or it is not yours. Stop."""

    code = "ACCOUNT_NOT_FOUND"


class DuplicateClOrdId(TradingError):
    """The client's id names another order already. Ask for that order; never resend blind."""

    code = "DUPLICATE_CL_ORD_ID"


class OrderDenied(TradingError):
    """Risk refused the order. The verdict names every check that failed."""

    code = "ORDER_DENIED"

    def __init__(
        self, *, order_id: UUID, symbol: str, verdict: Verdict, account: RiskAccount
    ) -> None:
        super().__init__("; ".join(result.message for result in verdict.violations))
        self.order_id = order_id
        self.symbol = symbol
        self.verdict = verdict
        self.account = account


@dataclass(slots=True)
class _Batch:
    """What the commands of one batch share."""

    books: WorkingSet
    # As they were looked up before the positions were read: one that becomes known in between
    # would be traded upon a position that was not read.
    instruments: dict[str, Instrument | None]
    rules: dict[tuple[UUID, str], RuleSet]
    known: dict[tuple[UUID, str], tuple[UUID, OrdStatus]]
    market_of: MarketOf
    session: Session
    now: datetime
    changes: save.Changes
    events: list[NewEvent]


_KNOWN = """
SELECT o.account_id, o.cl_ord_id, o.id, o.status
FROM unnest(%s::uuid[], %s::text[]) AS wanted (account_id, cl_ord_id)
JOIN oms_order o USING (account_id, cl_ord_id) WHERE o.status <> 'DENIED'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """
    Each order's state (PENDING_NEW) or why it was refused; and the reports that were refused.

    ``rules`` are those that the orders were judged by, by account and symbol.
    """

    outcomes: list[OrderState | TradingError]
    refused: Refused
    rules: dict[tuple[UUID, str], RuleSet]


def place_orders(
    *,
    commands: Sequence[PlaceOrder],
    now: datetime,
    reports: Sequence[ExecutionReport] = (),
    actor: str = "",
) -> Placed:
    """
    Judge and record these orders, on top of what ``actor`` reports: one commit for both.

    Nothing is sent anywhere: the caller does that after this commit.
    """
    reported_ids = order_ids_of(reports)
    with transaction():
        ids = {command.account_id for command in commands}
        instruments = {
            symbol: marketdata.find_instrument(symbol=symbol)
            for symbol in {command.symbol for command in commands}
        }
        pairs = _pairs(commands, instruments)
        with pipeline():
            accounts = locks.ask_accounts(ids=ids, order_ids=reported_ids)
            reported = ask_reported(reports=reports) if reports else None
            positions = load.ask_positions(account_ids=ids, pairs=pairs, order_ids=reported_ids)
            rules = risk.ask_rules(
                pairs={(command.account_id, command.symbol) for command in commands}, at=now
            )
            known = _ask_known(commands)
            # Every new order begins a stream of its own, so that there is none to lock.
            ledger = ask_ledger(
                streams=map(order_stream, reported_ids), events=len(reports) + len(commands)
            )
        session = marketdata.get_session(now=now)
        batch = _Batch(
            books=WorkingSet(accounts=accounts(), positions=positions()),
            instruments=instruments,
            rules=rules(),
            known=known(),
            market_of=_latest_at(now, is_open=session.is_open),
            session=session,
            now=now,
            changes=save.Changes(),
            events=[],
        )
        refused = () if reported is None else _book(reports, reported(), batch, actor=actor)
        outcomes = [_place(command, batch) for command in commands]
        with pipeline(commits=True):
            save.save(changes=batch.changes, now=now)
            record_in(ledger(), batch.events)
    return Placed(outcomes=outcomes, refused=refused, rules=batch.rules)


def _pairs(
    commands: Sequence[PlaceOrder], instruments: dict[str, Instrument | None]
) -> set[tuple[UUID, UUID]]:
    """Return the (account, instrument) of each order: what it had traded before must be known."""
    found = ((one.account_id, instruments[one.symbol]) for one in commands)
    return {(account_id, named.id) for account_id, named in found if named is not None}


def _latest_at(now: datetime, *, is_open: bool) -> MarketOf:
    """Return the market as it is; what was asked once stays so for the batch."""
    now_ns = to_ns(now)
    return cache(lambda symbol: market_for(symbol=symbol, now_ns=now_ns, is_open=is_open))


def _book(
    reports: Sequence[ExecutionReport], reported: Reported, batch: _Batch, *, actor: str
) -> Refused:
    books = batch.books
    books.orders, books.lots = reported.orders, reported.lots
    events, refused = book(
        reports=reports,
        known=reported.known,
        books=books,
        changes=batch.changes,
        now=batch.now,
        actor=actor,
    )
    batch.events += events
    for key, (order_id, _) in batch.known.items():
        if order_id in books.orders:
            batch.known[key] = (order_id, books.orders[order_id].status)
    return refused


def view_of(*, order: OrderState, command: PlaceOrder) -> OrderView:
    """Return a newly placed order as its owner may see it."""
    return OrderView(
        id=order.id,
        account_id=order.account_id,
        cl_ord_id=order.cl_ord_id,
        instrument_id=order.instrument_id,
        symbol=order.symbol,
        side=order.side,
        ord_type=order.ord_type,
        time_in_force=order.time_in_force,
        qty=order.qty,
        limit_price=order.limit_price,
        extended_hours=command.extended_hours,
        status=order.status,
        cum_qty=order.fill.cum_qty,
        avg_px=order.fill.avg_px,
        text=order.text,
        position_intent=POSITION_INTENTS[order.side],
        created_at=order.created_at,
        updated_at=order.created_at,
        expires_at=order.expires_at,
        filled_at=None,
        canceled_at=None,
        expired_at=None,
        failed_at=None,
    )


def _ask_known(
    commands: Sequence[PlaceOrder],
) -> Later[dict[tuple[UUID, str], tuple[UUID, OrdStatus]]]:
    rows = ask(
        _KNOWN,
        [
            [command.account_id for command in commands],
            [command.cl_ord_id for command in commands],
        ],
    )
    return lambda: {(row[0], row[1]): (row[2], OrdStatus(row[3])) for row in rows}


def _place(command: PlaceOrder, batch: _Batch) -> OrderState | TradingError:
    try:
        judged = _judge(command, batch)
    except TradingError as refusal:
        return refusal
    return _accept(judged, batch) if judged.verdict.accepted else _deny(judged, batch)


def _judge(command: PlaceOrder, batch: _Batch) -> Judged:
    account = batch.books.accounts.get(command.account_id)
    if account is None:
        raise AccountNotFound("account not found", account_id=command.account_id)
    known = batch.known.get((command.account_id, command.cl_ord_id))
    if known is not None:
        raise DuplicateClOrdId(
            "client_order_id must be unique",
            existing_order_id=known[0],
            is_open=known[1] in OPEN,
        )
    instrument = require_instrument(
        symbol=command.symbol, instrument=batch.instruments[command.symbol]
    )
    require_orderly(command=command, instrument=instrument, books=batch.books)
    return judge(
        command=command,
        instrument=instrument,
        books=batch.books,
        rules=batch.rules[command.account_id, command.symbol],
        market=batch.market_of(command.symbol),
        today=new_york_date(batch.now),
    )


def _expires_at(command: PlaceOrder, batch: _Batch) -> datetime | None:
    if command.time_in_force is TimeInForce.DAY:
        return day_order_end(
            session=batch.session, now=batch.now, extended_hours=command.extended_hours
        )
    if command.time_in_force is TimeInForce.GTC:
        return batch.now + GTC_LIFE
    return None  # immediate: it never waits


def _new_state(judged: Judged, batch: _Batch, *, status: OrdStatus) -> OrderState:
    return judged.order(
        status=status,
        # A microsecond apart, so that a page that ends inside a batch goes on with its next order.
        created_at=batch.now + timedelta(microseconds=len(batch.changes.new_orders)),
        expires_at=_expires_at(judged.command, batch),
    )


def _write(judged: Judged, order: OrderState, batch: _Batch) -> dict[str, Any]:
    """Add the order's row to the batch; return what every first event of an order holds."""
    command = judged.command
    verdict = judged.verdict.to_json()
    batch.changes.new_orders.append(
        save.NewOrder(
            state=order,
            extended_hours=command.extended_hours,
            channel=command.channel,
            position_intent=POSITION_INTENTS[command.side],
            verdict=orjson.dumps(verdict).decode(),
            created_at=order.created_at,
        )
    )
    return {
        "order_id": order.id,
        "account_id": order.account_id,
        "cl_ord_id": order.cl_ord_id,
        "symbol": order.symbol,
        "instrument_id": order.instrument_id,
        "side": order.side,
        "ord_type": order.ord_type,
        "time_in_force": order.time_in_force,
        "qty": order.qty,
        "limit_price": order.limit_price,
        "extended_hours": command.extended_hours,
        "channel": command.channel,
        "received_at": command.received_at,
        "verdict": verdict,
        "created_at": order.created_at,
        "expires_at": order.expires_at,
    }


def _log(order: OrderState, fact: OrderPlaced | OrderDeniedFact, command: PlaceOrder) -> NewEvent:
    return NewEvent(
        stream=order_stream(order.id),
        fact=fact,
        ts_event=to_ns(command.received_at),
        actor=command.actor,
        request_id=command.request_id,
        correlation_id=str(order.id),
    )


def _accept(judged: Judged, batch: _Batch) -> OrderState:
    command = judged.command
    order = _new_state(judged, batch, status=OrdStatus.PENDING_NEW)
    position = batch.books.position(
        account_id=order.account_id, instrument_id=order.instrument_id, symbol=order.symbol
    )
    account = batch.books.accounts[order.account_id]
    reserving.reserve(order=order, account=account, position=position, cash=judged.reservation)
    terms = _write(judged, order, batch)
    batch.known[order.account_id, order.cl_ord_id] = (order.id, order.status)
    batch.changes.touch(books=batch.books, order=order)
    fact = OrderPlaced(
        **terms,
        worst_price=order.worst_price,
        reserved_cash=order.cash_remaining,
        reserved_qty=order.qty_remaining if order.side is Side.SELL else ZERO_QTY,
    )
    batch.events.append(_log(order, fact, command))
    return order


def _deny(judged: Judged, batch: _Batch) -> OrderDenied:
    order = _new_state(judged, batch, status=OrdStatus.DENIED)
    denial = OrderDenied(
        order_id=order.id,
        symbol=order.symbol,
        verdict=judged.verdict,
        account=judged.account,
    )
    order.text = denial.message
    fact = OrderDeniedFact(**_write(judged, order, batch))
    batch.events.append(_log(order, fact, judged.command))
    return denial
