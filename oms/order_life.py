"""An order with everything that happened to it, in words for its owner."""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from oms.contracts import ExecutionView, LifeEvent, OrderLife
from oms.events import order_stream
from oms.queries import find_order
from trading.eventlog.codec import facts_of
from trading.eventlog.readers import ReadEvent, list_stream
from trading.infra.database import ask
from trading.kernel.fix import Side
from trading.kernel.quantities import price_words, shares

_EXECUTIONS = """
SELECT exec_id, order_id, symbol, side, last_qty, last_px, executed_at FROM oms_execution
WHERE account_id = %s AND order_id = %s ORDER BY ts_event, exec_id
"""

_VERDICT = "SELECT (verdict -> 'results')::text FROM oms_order WHERE id = %s"

_UNKNOWN = "unknown"
_NUMBER = re.compile(r"\d{1,18}(?:\.\d{1,18})?")
_UNREADABLE = "This record cannot be read"


def find_order_life(*, account_id: UUID, order_id: UUID) -> OrderLife | None:
    """Return an order with everything that happened to it."""
    order = find_order(account_id=account_id, order_id=order_id)
    if order is None:
        return None
    verdict = ask(_VERDICT, [order_id]).fetchone()
    executions = ask(_EXECUTIONS, [account_id, order_id]).fetchall()
    return OrderLife(
        order=order,
        checks=_checks(None if verdict is None else verdict[0]),
        events=tuple(_life_event(event) for event in list_stream(stream=order_stream(order_id))),
        executions=tuple(
            ExecutionView(
                exec_id=row[0],
                order_id=row[1],
                symbol=row[2],
                side=Side(row[3]),
                last_qty=row[4],
                last_px=row[5],
                executed_at=row[6],
            )
            for row in executions
        ),
    )


def _checks(results: str | None) -> tuple[dict[str, Any], ...]:
    """Return the checks of a verdict; none, if it does not hold what a verdict always holds."""
    found = [] if results is None else orjson.loads(results)
    return tuple(found) if isinstance(found, list) else ()


_SUMMARIES = {
    "OrderPlaced": "Received, passed every risk check and recorded",
    "OrderDenied": "Refused by risk",
    "OrderAccepted": "Taken in by the market",
    "OrderFilled": "Filled {last_qty} at {last_px}",
    "CancelRequested": "Cancel requested",
    "OrderCanceled": "Canceled with {leaves_qty} unfilled",
    "OrderExpired": "Expired with {leaves_qty} unfilled",
    "OrderRejected": "Refused by the market",
}


def _life_event(event: ReadEvent) -> LifeEvent:
    facts = facts_of(event.payload)
    summary = _UNREADABLE if facts is None else _summary(event.type, facts)
    return LifeEvent(at=event.recorded_at, type=event.type, summary=summary)


def _summary(type_: str, facts: Mapping[str, Any]) -> str:
    """Say what happened; what a record should hold and does not is unknown."""
    text = str(facts.get("text") or "")
    if "rule" in facts:
        return _who_cancels(str(facts["rule"]), text)
    said = event_words(type_, facts)
    return f"{said}: {text}" if text else said


def event_words(type_: str, facts: Mapping[str, Any]) -> str:
    """Say what happened to an order, in words and units; without the text that came with it."""
    told = {name: _WRITTEN[name](str(value)) for name, value in facts.items() if name in _WRITTEN}
    return _SUMMARIES.get(type_, type_).format_map(defaultdict(lambda: _UNKNOWN, told))


def _number_as(write: Callable[[Any], str]) -> Callable[[str], str]:
    """Write a number of a fact; what is none stands as it was recorded."""

    def written(value: str) -> str:
        return write(Decimal(value)) if _NUMBER.fullmatch(value) else value

    return written


_WRITTEN: Mapping[str, Callable[[str], str]] = {
    "last_qty": _number_as(shares),
    "leaves_qty": _number_as(shares),
    "last_px": _number_as(price_words),
}


def _who_cancels(rule: str, text: str) -> str:
    """Say it to the account's owner: without a rule it was they who asked."""
    if not rule:
        return "You asked to cancel it"
    return f"{text[:1].upper()}{text[1:]}"
