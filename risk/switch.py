"""The kill switch: on at once and by one person, off by another."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError

from risk.contracts import KillSwitchState, SwitchScope
from risk.domain.changes import require_reason
from risk.domain.symbols import canonical_symbol
from risk.events import KILL_SWITCH_STREAM, KillSwitchEngaged, KillSwitchLifted
from risk.models import KillSwitch
from trading.eventlog.record import NewEvent, record
from trading.infra.database import ask, sql
from trading.infra.transactions import savepoint, transaction
from trading.kernel.clock import to_ns
from trading.kernel.errors import TradingError


class ScopeMismatch(TradingError):
    """A switch names the account for ACCOUNT, the symbol for SYMBOL, neither for FIRM."""

    code = "SCOPE_MISMATCH"


class SwitchAlreadyEngaged(TradingError):
    """The switch is on: what was asked for holds already. Stop."""

    code = "SWITCH_ALREADY_ENGAGED"


class SwitchNotEngaged(TradingError):
    """There is no such switch, or somebody has lifted it. Stop."""

    code = "SWITCH_NOT_ENGAGED"


class SamePersonLift(TradingError):
    """Whoever engaged a switch cannot lift it. Ask a second person."""

    code = "SAME_PERSON_LIFT"


def engage(
    *,
    scope: SwitchScope,
    account_id: UUID | None,
    symbol: str | None,
    actor: str,
    reason: str,
    now: datetime,
    request_id: str,
) -> KillSwitchState:
    require_reason(reason, purpose="the switch is engaged")
    symbol = canonical_symbol(symbol or "") or None
    named = (account_id is not None, symbol is not None)
    if named != (scope is SwitchScope.ACCOUNT, scope is SwitchScope.SYMBOL):
        raise ScopeMismatch(
            "name the account for ACCOUNT, the symbol for SYMBOL, neither for FIRM",
            scope=scope,
            account_id=account_id,
            symbol=symbol,
        )
    with transaction():
        # Orders read this table inside their transactions. So this waits for those that read it
        # before, and those that come after wait for this: once it is engaged, every order that got
        # through is committed, and whoever takes back working orders sees them all.
        sql("LOCK TABLE risk_killswitch IN ACCESS EXCLUSIVE MODE")
        row = _insert_engaged(
            KillSwitch(
                scope=scope,
                account_id=account_id,
                symbol=symbol,
                engaged_by=actor,
                engaged_at=now,
                reason=reason,
            )
        )
        fact = KillSwitchEngaged(
            switch_id=row.pk,
            scope=scope,
            account_id=row.account_id,
            symbol=row.symbol,
            engaged_by=actor,
            reason=reason,
        )
        record([_event(fact=fact, actor=actor, now=now, request_id=request_id)])
    return _state(row)


def _insert_engaged(row: KillSwitch) -> KillSwitch:
    """Insert, and let the database decide which of two simultaneous people was first."""
    try:
        with savepoint():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise SwitchAlreadyEngaged(f"{row} is engaged already") from error
    return row


def lift(
    *, switch_id: int, actor: str, reason: str, now: datetime, request_id: str
) -> KillSwitchState:
    require_reason(reason, purpose="the switch is lifted")
    with transaction():
        row = KillSwitch.objects.select_for_update().filter(pk=switch_id).first()
        if row is None or row.lifted_at is not None:
            raise SwitchNotEngaged("this kill switch is not engaged", switch_id=switch_id)
        if row.engaged_by == actor:
            raise SamePersonLift(
                "whoever engaged a kill switch cannot lift it", switch_id=switch_id, actor=actor
            )
        if _was_changed_by(row.engaged_by, user=actor, since=row.engaged_at):
            raise SamePersonLift(
                "whoever engaged this switch has made you a user, or set your password, since: "
                "ask another person",
                switch_id=switch_id,
                actor=actor,
            )
        row.lifted_by, row.lifted_at, row.lift_reason = actor, now, reason
        row.save(update_fields=["lifted_by", "lifted_at", "lift_reason"])
        fact = KillSwitchLifted(
            switch_id=row.pk,
            scope=SwitchScope(row.scope),
            account_id=row.account_id,
            symbol=row.symbol,
            engaged_by=row.engaged_by,
            lifted_by=actor,
            reason=reason,
        )
        record([_event(fact=fact, actor=actor, now=now, request_id=request_id)])
    return _state(row)


_CHANGED = """
SELECT 1 FROM eventlog_event
WHERE stream = %s AND actor = %s AND recorded_at >= %s
  AND type IN ('UserCreated', 'UserChanged', 'PasswordChanged') LIMIT 1
"""


def _was_changed_by(actor: str, *, user: str, since: datetime) -> bool:
    """
    Tell whether ``actor`` has made or changed ``user``, or set their password, since a moment.

    Both are actors, ``user:<id>``, which is also the name of the stream that records it.
    """
    return ask(_CHANGED, [user, actor, since]).fetchone() is not None


_ACTIVE = """
SELECT id, scope, account_id, symbol, engaged_by, engaged_at, reason
FROM risk_killswitch WHERE lifted_at IS NULL ORDER BY engaged_at, id
"""


def list_active() -> list[KillSwitchState]:
    return [
        KillSwitchState(
            id=row[0],
            scope=SwitchScope(row[1]),
            account_id=row[2],
            symbol=row[3],
            engaged_by=row[4],
            engaged_at=row[5],
            reason=row[6],
            lifted_by=None,
            lifted_at=None,
        )
        for row in ask(_ACTIVE)  # plain SQL: asked many times a second
    ]


def _event(
    *, fact: KillSwitchEngaged | KillSwitchLifted, actor: str, now: datetime, request_id: str
) -> NewEvent:
    return NewEvent(
        stream=KILL_SWITCH_STREAM,
        fact=fact,
        ts_event=to_ns(now),
        actor=actor,
        request_id=request_id,
    )


def _state(row: KillSwitch) -> KillSwitchState:
    return KillSwitchState(
        id=row.pk,
        scope=SwitchScope(row.scope),
        account_id=row.account_id,
        symbol=row.symbol,
        engaged_by=row.engaged_by,
        engaged_at=row.engaged_at,
        reason=row.reason,
        lifted_by=row.lifted_by,
        lifted_at=row.lifted_at,
    )
