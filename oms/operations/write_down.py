"""
Write a holding down to nothing, or take that back: for what has no price and gets none any more.

Its cost and its lots stay as they are, for taxes; what it counts for in the account's equity, its
buying power and its day's result is nothing, however it is quoted, until the write-down is lifted.
"""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from oms import locks
from oms.events import PositionWrittenDown, WriteDownLifted, account_stream
from oms.operations.staff import require_reason
from oms.operations.start_day import retake_base
from trading.eventlog.record import NewEvent, record
from trading.infra.database import ask
from trading.infra.transactions import transaction
from trading.kernel.clock import to_ns
from trading.kernel.errors import TradingError
from trading.kernel.events import Fact

_HELD = """
SELECT symbol, qty, written_down_at IS NOT NULL FROM oms_position
WHERE account_id = %s AND instrument_id = %s AND qty > 0
"""

_MARK = """
UPDATE oms_position SET written_down_at = %s WHERE account_id = %s AND instrument_id = %s
"""


class NotHeld(TradingError):
    """The account holds nothing of it. Stop."""

    code = "NOT_HELD"


class WriteDownUnchanged(TradingError):
    """The holding stands as asked for already. Stop."""

    code = "WRITE_DOWN_UNCHANGED"


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
    Let a holding count for nothing from now on, in the day's base too, so that it is no loss today.

    :raises ReasonRequired: if the reason is blank
    :raises NotHeld: if the account holds nothing of it
    :raises WriteDownUnchanged: if it is written down already
    """
    require_reason(reason, purpose="the holding is written down")
    with transaction():
        locks.lock_accounts(ids={account_id})
        symbol, qty, is_down = _held(account_id, instrument_id)
        if is_down:
            raise WriteDownUnchanged(f"{symbol} is written down already")
        ask(_MARK, [now, account_id, instrument_id])
        fact = PositionWrittenDown(
            account_id=account_id,
            instrument_id=instrument_id,
            symbol=symbol,
            qty=qty,
            reason=reason,
        )
        retake_base(account_id=account_id, now=now)
        _record(account_id, fact, actor=actor, now=now, request_id=request_id)


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
    Let a holding count for its price again, in the day's base too.

    :raises ReasonRequired: if the reason is blank
    :raises NotHeld: if the account holds nothing of it
    :raises WriteDownUnchanged: if it is not written down
    """
    require_reason(reason, purpose="the write-down is lifted")
    with transaction():
        locks.lock_accounts(ids={account_id})
        symbol, _, is_down = _held(account_id, instrument_id)
        if not is_down:
            raise WriteDownUnchanged(f"{symbol} is not written down")
        ask(_MARK, [None, account_id, instrument_id])
        fact = WriteDownLifted(
            account_id=account_id, instrument_id=instrument_id, symbol=symbol, reason=reason
        )
        retake_base(account_id=account_id, now=now)
        _record(account_id, fact, actor=actor, now=now, request_id=request_id)


def _held(account_id: UUID, instrument_id: UUID) -> tuple[str, Decimal, bool]:
    row = ask(_HELD, [account_id, instrument_id]).fetchone()
    if row is None:
        raise NotHeld("the account does not hold it", instrument_id=instrument_id)
    return row[0], row[1], row[2]


def _record(account_id: UUID, fact: Fact, *, actor: str, now: datetime, request_id: str) -> None:
    record(
        [
            NewEvent(
                stream=account_stream(account_id),
                fact=fact,
                ts_event=to_ns(now),
                actor=actor,
                request_id=request_id,
            )
        ]
    )
