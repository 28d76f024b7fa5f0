"""An order's row, its reservation, its fills and what they booked, as ``order:<id>`` tells them."""

from decimal import Decimal
from typing import Final

from oms.contracts import POSITION_INTENTS
from oms.domain import posting
from oms.domain.transitions import TERMINAL
from oms.events import (
    ORDER_STREAMS,
    CancelRequested,
    OrderAccepted,
    OrderCanceled,
    OrderDenied,
    OrderExpired,
    OrderFilled,
    OrderPlaced,
    OrderRejected,
)
from oms.operations.ties.accounts import put_postings
from trading.eventlog.ties import Tie, TiedEvent, TiedTable, Told
from trading.kernel.clock import from_ns, new_york_date
from trading.kernel.fix import OrdStatus, Side
from trading.kernel.money import fill_amount
from trading.kernel.quantities import Price, Qty, exact_sum, notional

_ORDER: Final = "oms_order"
_RESERVATION: Final = "oms_reservation"
_EXECUTION: Final = "oms_execution"
_ENTRY: Final = "oms_journalentry"
_POSTING: Final = "oms_posting"
_LOT: Final = "oms_lot"

_ORDERS = """
SELECT 'order:' || id AS stream, id::text AS key, account_id, instrument_id, symbol, cl_ord_id,
       side, ord_type, time_in_force, qty, limit_price, extended_hours, channel, status, cum_qty,
       gross, text, position_intent, verdict, created_at, expires_at, worst_price
FROM oms_order
"""

_RESERVATIONS = """
SELECT 'order:' || order_id AS stream, order_id::text AS key, account_id, instrument_id,
       cash_initial, cash_remaining
FROM oms_reservation
"""

_EXECUTIONS = """
SELECT 'order:' || order_id AS stream, exec_id AS key, account_id, symbol, side, last_qty, last_px,
       amount, ts_event, executed_at, trade_date
FROM oms_execution
"""

# An entry without an execution belongs to no stream and is reported.
_ENTRIES = """
SELECT 'order:' || coalesce(x.order_id::text, '') AS stream, j.id::text AS key, j.account_id,
       j.kind, j.exec_id, j.description, j.business_date, j.created_at
FROM oms_journalentry j LEFT JOIN oms_execution x USING (exec_id)
WHERE j.kind <> 'DEPOSIT'
"""

_POSTINGS = """
SELECT 'order:' || coalesce(x.order_id::text, '') AS stream,
       p.entry_id || ' ' || p.ledger_account AS key, p.account_id, sum(p.amount) AS amount
FROM oms_posting p
LEFT JOIN oms_journalentry j ON j.id = p.entry_id
LEFT JOIN oms_execution x USING (exec_id)
WHERE j.kind IS DISTINCT FROM 'DEPOSIT'
GROUP BY x.order_id, p.entry_id, p.ledger_account, p.account_id
"""

# How much of a lot is open is an invariant of the books.
_LOTS = """
SELECT 'order:' || coalesce(x.order_id::text, '') AS stream, l.exec_id AS key, l.account_id,
       l.instrument_id, l.qty, l.opened_at
FROM oms_lot l LEFT JOIN oms_execution x USING (exec_id)
"""

_TERMS = (
    "account_id", "instrument_id", "symbol", "cl_ord_id", "side", "ord_type", "time_in_force",
    "qty", "limit_price", "extended_hours", "channel", "verdict",
)  # fmt: skip
# Told since version 2 of the facts; the worst price not of denied orders.
_LATER_TERMS = ("created_at", "expires_at", "worst_price")


def _put_terms(told: Told, event: TiedEvent, *, status: OrdStatus, text: str) -> None:
    fact = event.fact
    terms = {name: fact[name] for name in _TERMS}
    terms |= {name: fact[name] for name in _LATER_TERMS if name in fact}
    told.put(
        _ORDER,
        fact["order_id"],
        **terms,
        status=status.value,
        cum_qty=0,
        gross=0,
        text=text,
        position_intent=POSITION_INTENTS[Side(fact["side"])],
    )


def _placed(told: Told, event: TiedEvent) -> None:
    fact = event.fact
    _put_terms(told, event, status=OrdStatus.PENDING_NEW, text="")
    told.put(
        _RESERVATION,
        fact["order_id"],
        account_id=fact["account_id"],
        instrument_id=fact["instrument_id"],
        cash_initial=fact["reserved_cash"],
        cash_remaining=fact["reserved_cash"],
    )


def _denied(told: Told, event: TiedEvent) -> None:
    results = event.fact["verdict"]["results"]
    text = "; ".join(result["message"] for result in results if not result["passed"])
    _put_terms(told, event, status=OrdStatus.DENIED, text=text)


def _moved(told: Told, event: TiedEvent) -> None:
    """Follow a report that is no fill, or a request to cancel (from version 2 on with a rule)."""
    fact = event.fact
    text = fact["text"]
    if not text and "rule" not in fact:
        text = told.columns(_ORDER, fact["order_id"])["text"]
    told.put(_ORDER, fact["order_id"], status=fact["status"], cum_qty=fact["cum_qty"], text=text)
    if fact["status"] in TERMINAL:
        told.drop(_RESERVATION, fact["order_id"])


def _filled(told: Told, event: TiedEvent) -> None:
    fact = event.fact
    order = told.columns(_ORDER, fact["order_id"])
    qty, px = Qty(Decimal(fact["last_qty"])), Price(Decimal(fact["last_px"]))
    gross = exact_sum(Decimal(str(order["gross"])), notional(qty=qty, px=px))
    told.put(_ORDER, fact["order_id"], status=fact["status"], cum_qty=fact["cum_qty"], gross=gross)
    _put_execution(told, event)
    _put_entry(told, event)
    if fact["side"] == Side.BUY:
        told.put(
            _LOT,
            fact["exec_id"],
            account_id=fact["account_id"],
            instrument_id=order["instrument_id"],
            qty=fact["last_qty"],
            opened_at=from_ns(event.ts_event),
        )
    if fact["status"] in TERMINAL:
        told.drop(_RESERVATION, fact["order_id"])
    elif fact["side"] == Side.BUY:
        _shrink_reservation(told, event, gross=gross)


def _shrink_reservation(told: Told, event: TiedEvent, *, gross: Decimal) -> None:
    """Tell what the shares still to come cost at the most, by the rule of the fact's version."""
    order_id = event.fact["order_id"]
    order = told.columns(_ORDER, order_id)
    most = order["limit_price"] or order.get("worst_price")
    if most is None or "cost_closed" not in event.fact:
        # Version 1 rounded otherwise: that it is enough is an invariant of the books.
        told.columns(_RESERVATION, order_id).pop("cash_remaining", None)
        return
    leaves = Qty(Decimal(event.fact["leaves_qty"]))
    still = notional(qty=leaves, px=Price(Decimal(str(most))))
    kept = fill_amount(side=Side.BUY, gross_before=gross, gross_after=exact_sum(gross, still))
    told.put(_RESERVATION, order_id, cash_remaining=kept)


def _put_execution(told: Told, event: TiedEvent) -> None:
    fact = event.fact
    at = from_ns(event.ts_event)
    told.put(
        _EXECUTION,
        fact["exec_id"],
        account_id=fact["account_id"],
        symbol=fact["symbol"],
        side=fact["side"],
        last_qty=fact["last_qty"],
        last_px=fact["last_px"],
        amount=fact["amount"],
        ts_event=event.ts_event,
        executed_at=at,
        trade_date=new_york_date(at),
    )


def _put_entry(told: Told, event: TiedEvent) -> None:
    fact = event.fact
    at = from_ns(event.ts_event)
    told.put(
        _ENTRY,
        fact["entry_id"],
        account_id=fact["account_id"],
        kind="TRADE",
        exec_id=fact["exec_id"],
        description=posting.describe_trade(
            side=Side(fact["side"]),
            qty=Decimal(fact["last_qty"]),
            symbol=fact["symbol"],
            px=Decimal(fact["last_px"]),
        ),
        business_date=new_york_date(at),
        created_at=at,
    )
    side, amount = Side(fact["side"]), Decimal(fact["amount"])
    told_cost = fact.get("cost_closed")
    if told_cost is None and side is Side.SELL:
        _put_sale_of_unknown_cost(told, event, amount=amount)
        return
    put_postings(
        told,
        entry_id=fact["entry_id"],
        account_id=fact["account_id"],
        lines=posting.trade(side=side, amount=amount, cost_closed=Decimal(told_cost or 0)),
    )


def _put_sale_of_unknown_cost(told: Told, event: TiedEvent, *, amount: Decimal) -> None:
    """Version 1 of the fact tells what a sale brought, not what it took out of the holding."""
    fact = event.fact
    for account in posting.LedgerAccount:
        if account is posting.LedgerAccount.CAPITAL:
            continue
        is_cash = account is posting.LedgerAccount.CASH
        told.put(
            _POSTING,
            f"{fact['entry_id']} {account}",
            may_be_absent=not (is_cash and amount),
            account_id=fact["account_id"],
            **({"amount": amount} if is_cash else {}),
        )


ORDERS = Tie(
    prefix=ORDER_STREAMS,
    tables=(
        TiedTable(name=_ORDER, query=_ORDERS),
        TiedTable(name=_EXECUTION, query=_EXECUTIONS),
        TiedTable(name=_ENTRY, query=_ENTRIES),
        TiedTable(name=_POSTING, query=_POSTINGS),
        TiedTable(name=_LOT, query=_LOTS),
        TiedTable(name=_RESERVATION, query=_RESERVATIONS),
    ),
    facts={
        OrderPlaced.type: _placed,
        OrderDenied.type: _denied,
        OrderFilled.type: _filled,
        **{
            fact.type: _moved
            for fact in (
                CancelRequested,
                OrderAccepted,
                OrderCanceled,
                OrderExpired,
                OrderRejected,
            )
        },
    },
)
