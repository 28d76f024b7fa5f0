"""Restricting a symbol, and releasing it."""

from datetime import datetime

from django.db.models import Q

from risk.contracts import Audience, RestrictionState
from risk.domain.changes import require_not_past, require_reason
from risk.domain.symbols import canonical_symbol
from risk.events import RESTRICTIONS_STREAM, SymbolReleased, SymbolRestricted
from risk.models import Restriction
from trading.eventlog.record import NewEvent, record
from trading.infra.transactions import transaction
from trading.kernel.clock import to_ns
from trading.kernel.errors import TradingError


class SymbolRequired(TradingError):
    """A restriction names its symbol. Ask for one."""

    code = "SYMBOL_REQUIRED"


class RestrictionNotInForce(TradingError):
    """There is no such restriction, or it has ended. Stop."""

    code = "RESTRICTION_NOT_IN_FORCE"


def restrict(
    *,
    symbol: str,
    applies_to: Audience,
    effective_from: datetime,
    actor: str,
    reason: str,
    now: datetime,
    request_id: str,
) -> RestrictionState:
    require_reason(reason, purpose="the symbol is restricted")
    symbol = canonical_symbol(symbol)
    if not symbol:
        raise SymbolRequired("say which symbol is restricted")
    require_not_past(effective_from, now=now)
    with transaction():
        row = Restriction.objects.create(
            symbol=symbol,
            applies_to=applies_to,
            effective_from=effective_from,
            reason=reason,
            set_by=actor,
        )
        fact = SymbolRestricted(
            restriction_id=row.pk,
            symbol=symbol,
            applies_to=applies_to,
            effective_from=effective_from,
            set_by=actor,
            reason=reason,
        )
        record([_event(fact=fact, actor=actor, now=now, request_id=request_id)])
    return _state(row)


def release(
    *, restriction_id: int, actor: str, reason: str, now: datetime, request_id: str
) -> RestrictionState:
    require_reason(reason, purpose="the symbol is released")
    with transaction():
        row = (
            Restriction.objects.select_for_update()
            .filter(pk=restriction_id, effective_to__isnull=True)
            .first()
        )
        if row is None:
            raise RestrictionNotInForce(
                "this restriction is not in force", restriction_id=restriction_id
            )
        row.effective_to, row.released_by, row.release_reason = now, actor, reason
        row.save(update_fields=["effective_to", "released_by", "release_reason"])
        fact = SymbolReleased(
            restriction_id=row.pk,
            symbol=row.symbol,
            applies_to=Audience(row.applies_to),
            effective_to=now,
            released_by=actor,
            reason=reason,
        )
        record([_event(fact=fact, actor=actor, now=now, request_id=request_id)])
    return _state(row)


def count_in_force(*, at: datetime) -> int:
    ended = Q(effective_to__isnull=False, effective_to__lte=at)
    return Restriction.objects.filter(effective_from__lte=at).exclude(ended).count()


def _event(
    *, fact: SymbolRestricted | SymbolReleased, actor: str, now: datetime, request_id: str
) -> NewEvent:
    return NewEvent(
        stream=RESTRICTIONS_STREAM,
        fact=fact,
        ts_event=to_ns(now),
        actor=actor,
        request_id=request_id,
    )


def _state(row: Restriction) -> RestrictionState:
    return RestrictionState(
        id=row.pk,
        symbol=row.symbol,
        applies_to=Audience(row.applies_to),
        effective_from=row.effective_from,
        effective_to=row.effective_to,
        reason=row.reason,
        set_by=row.set_by,
    )
