"""
Start a business day: its result is measured from the account at the closes before it.

The closes come from the stored daily bars. Where they are not known yet the day begins without them
by name, and is completed when they arrive; what was traded meanwhile does not change its base.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import structlog

from marketdata import interface as marketdata
from oms import locks
from oms.domain.day_base import HeldOver, base_of
from oms.events import DayStarted, account_stream
from trading.eventlog.record import NewEvent, record
from trading.infra.database import ask
from trading.infra.transactions import transaction
from trading.kernel.clock import NEW_YORK, new_york_date, to_ns
from trading.kernel.errors import TradingError
from trading.kernel.quantities import Price, price_from_float

log = structlog.get_logger(__name__)

_ACTOR = "system:start-day"

_DUE = """
SELECT id FROM oms_account WHERE day_start_date < %s OR NOT day_start_is_final ORDER BY id
"""

_HELD_SYMBOLS = """
SELECT DISTINCT p.symbol FROM oms_position p
WHERE p.account_id = ANY(%s) AND (p.qty > 0 OR EXISTS (
    SELECT FROM oms_execution e
    WHERE e.account_id = p.account_id AND e.executed_at >= %s AND e.symbol = p.symbol
))
"""

# What an account held when the day began, and what that had cost: as it is now, less what the day's
# own fills changed. An entry is found by the time of its fill, which is indexed.
_HELD_OVER = """
SELECT p.instrument_id, p.symbol, p.qty - coalesce(t.qty, 0), p.cost - coalesce(t.cost, 0),
       p.last_close, p.written_down_at IS NOT NULL
FROM oms_position p LEFT JOIN (
    SELECT o.instrument_id,
           sum(CASE e.side WHEN 'BUY' THEN e.last_qty ELSE -e.last_qty END) AS qty,
           sum((
               SELECT sum(s.amount) FROM oms_journalentry j JOIN oms_posting s ON s.entry_id = j.id
               WHERE j.account_id = e.account_id AND j.created_at = e.executed_at
                   AND j.exec_id = e.exec_id AND s.ledger_account = 'SECURITIES'
           )) AS cost
    FROM oms_execution e JOIN oms_order o ON o.id = e.order_id
    WHERE e.account_id = %s AND e.executed_at >= %s GROUP BY 1
) t ON t.instrument_id = p.instrument_id
WHERE p.account_id = %s AND p.qty - coalesce(t.qty, 0) > 0
"""

# Money that was paid in today counts as if it had been there: it is no result.
_TRADED = """
SELECT coalesce(sum(CASE side WHEN 'BUY' THEN -amount ELSE amount END), 0) FROM oms_execution
WHERE account_id = %s AND executed_at >= %s
"""

_STORED = """
SELECT cash, day_start_equity, day_start_date, day_start_missing, day_start_is_final
FROM oms_account WHERE id = %s
"""

_START = """
UPDATE oms_account SET day_start_equity = %s, day_start_date = %s, day_start_missing = %s,
    day_start_is_final = %s
WHERE id = %s
"""

_KEEP_CLOSES = """
UPDATE oms_position p SET last_close = n.px, last_close_before = %s
FROM unnest(%s::uuid[], %s::numeric[]) AS n (instrument_id, px)
WHERE p.account_id = %s AND p.instrument_id = n.instrument_id
"""


class _Day(NamedTuple):
    """A business day in New York and the instant at which it begins."""

    date: date
    midnight: datetime


def start_day(*, now: datetime) -> int:
    """
    Take the base of today of every account that has none or an incomplete one; return how many.

    Safe to run twice, late, and every few seconds: what is complete is left alone.
    """
    day = _day(now)
    due: list[UUID] = [row[0] for row in ask(_DUE, [day.date]).fetchall()]
    if not due:
        return 0
    closes = _closes(due, day)
    for account_id in due:
        with transaction():
            locks.lock_accounts(ids={account_id})
            _take_base(account_id, closes, day, now=now)
    return len(due)


def retake_base(*, account_id: UUID, now: datetime) -> None:
    """Take today's base again, in the open transaction that holds the account's lock."""
    day = _day(now)
    _take_base(account_id, _closes([account_id], day), day, now=now)


def _take_base(account_id: UUID, closes: Mapping[str, Price], day: _Day, *, now: datetime) -> None:
    held = _held_over(account_id, day)
    before, cash = _as_it_is(account_id, day)
    base = base_of(cash=cash, held=held, closes=closes)
    known = [one for one in held if one.symbol in closes]
    if known:
        ask(
            _KEEP_CLOSES,
            [
                day.date,
                [one.instrument_id for one in known],
                [closes[one.symbol] for one in known],
                account_id,
            ],
        )
    if before == (base.equity, day.date, list(base.missing), not base.missing):
        return
    ask(_START, [base.equity, day.date, list(base.missing), not base.missing, account_id])
    fact = DayStarted(
        account_id=account_id, business_date=day.date, equity=base.equity, missing=base.missing
    )
    record(
        [NewEvent(stream=account_stream(account_id), fact=fact, ts_event=to_ns(now), actor=_ACTOR)]
    )
    if base.missing:
        log.info("a day begins without closes", account_id=str(account_id), symbols=base.missing)


def _held_over(account_id: UUID, day: _Day) -> list[HeldOver]:
    return [
        HeldOver(
            instrument_id=row[0],
            symbol=row[1],
            qty=row[2],
            cost=row[3],
            last_close=row[4],
            is_written_down=row[5],
        )
        for row in ask(_HELD_OVER, [account_id, day.midnight, account_id]).fetchall()
    ]


def _day(now: datetime) -> _Day:
    today = new_york_date(now)
    return _Day(today, datetime.combine(today, time(), tzinfo=NEW_YORK))


def _as_it_is(account_id: UUID, day: _Day) -> tuple[tuple[Any, ...], Decimal]:
    """Return the base that is stored, and the account's cash without what was traded today."""
    row = ask(_STORED, [account_id]).fetchone()
    traded = ask(_TRADED, [account_id, day.midnight]).fetchone()
    assert row is not None
    assert traded is not None
    return row[1:], row[0] - traded[0]


def _closes(account_ids: Sequence[UUID], day: _Day) -> dict[str, Price]:
    """Return the closes before the day of what these accounts hold, and have the others fetched."""
    rows = ask(_HELD_SYMBOLS, [list(account_ids), day.midnight]).fetchall()
    symbols = [row[0] for row in rows]
    found = marketdata.previous_closes(symbols=symbols, now=day.midnight)
    missing = [symbol for symbol in symbols if not found.get(symbol)]
    if missing:
        try:
            marketdata.request_previous_closes(symbols=missing, now=day.midnight)
        except TradingError as error:
            log.warning("closes cannot be asked for", error=error.message, symbols=len(missing))
    return {symbol: price_from_float(close) for symbol, close in found.items() if close > 0}
