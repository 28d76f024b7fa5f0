"""Setting a limit: one more row, never a change to an old one."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from risk.contracts import LimitName, LimitScope, LimitState
from risk.domain.changes import require_not_past, require_reason
from risk.events import LIMITS_STREAM, LimitSet
from risk.models import Limit
from trading.eventlog.record import NewEvent, record
from trading.infra.transactions import transaction
from trading.kernel.clock import to_ns
from trading.kernel.errors import TradingError

_PLACES = 4
# Beyond these a limit limits nothing, and amounts that are reckoned with it fit no column.
_DOLLARS_MAX = Decimal(1_000_000_000_000)
_LARGEST = {
    LimitName.PRICE_COLLAR_PCT: Decimal(100),
    LimitName.MARKET_RESERVE_PCT: Decimal(100),
    LimitName.QUOTE_AGE_MS: Decimal(24 * 3_600_000),
}


class InvalidLimit(TradingError):
    """The value or the period of a limit makes no sense. Ask for another."""

    code = "INVALID_LIMIT"


def set_limit(
    *,
    name: LimitName,
    value: Decimal,
    account_id: UUID | None,
    effective_from: datetime,
    effective_to: datetime | None,
    actor: str,
    reason: str,
    now: datetime,
    request_id: str,
) -> LimitState:
    require_reason(reason, purpose="the limit changes")
    require_not_past(effective_from, now=now)
    _require_sensible(name, value)
    if effective_to is not None and effective_to <= effective_from:
        raise InvalidLimit("a limit must end after it begins", effective_to=effective_to)
    scope = LimitScope.FIRM if account_id is None else LimitScope.ACCOUNT
    with transaction():
        row = Limit.objects.create(
            scope=scope,
            account_id=account_id,
            name=name,
            value=value,
            effective_from=effective_from,
            effective_to=effective_to,
            set_by=actor,
            reason=reason,
        )
        fact = LimitSet(
            limit_id=row.pk,
            scope=scope,
            account_id=account_id,
            name=name,
            value=value,
            effective_from=effective_from,
            effective_to=effective_to,
            set_by=actor,
            reason=reason,
        )
        record(
            [
                NewEvent(
                    stream=LIMITS_STREAM,
                    fact=fact,
                    ts_event=to_ns(now),
                    actor=actor,
                    request_id=request_id,
                )
            ]
        )
    return LimitState(
        id=row.pk,
        scope=scope,
        account_id=account_id,
        name=name,
        value=value,
        effective_from=effective_from,
        effective_to=effective_to,
        set_by=actor,
        reason=reason,
    )


def _require_sensible(name: LimitName, value: Decimal) -> None:
    """
    Refuse a value that the column does not hold exactly, or that limits nothing.

    :raises InvalidLimit: saying what it may be
    """
    if not value.is_finite() or value < 0:
        raise InvalidLimit("a limit is zero or more", value=value)
    largest = _LARGEST.get(name, _DOLLARS_MAX)
    if value > largest:
        raise InvalidLimit(f"{name} is {largest:,} at most", value=value)
    if value != round(value, _PLACES):
        raise InvalidLimit(f"a limit has at most {_PLACES} decimals", value=value)
