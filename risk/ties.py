"""What the facts of risk tell of its tables, for `verify_records`."""

from datetime import UTC, datetime
from typing import Final

from risk.events import (
    KILL_SWITCH_STREAM,
    LIMITS_STREAM,
    RESTRICTIONS_STREAM,
    KillSwitchEngaged,
    KillSwitchLifted,
    LimitSet,
    SymbolReleased,
    SymbolRestricted,
)
from trading.eventlog.ties import Tie, TiedEvent, TiedTable, Told
from trading.kernel.clock import from_ns

_LIMIT: Final = "risk_limit"
_SWITCH: Final = "risk_killswitch"
_RESTRICTION: Final = "risk_restriction"

# What the migrations set, without an event: the name, the value and, where it is the same in every
# installation, since when.
_SINCE = datetime(2000, 1, 1, tzinfo=UTC)
_INSTALLED_BY = "system:install"
_INSTALLED: tuple[tuple[str, str, datetime | None], ...] = (
    ("ORDER_VALUE", "250000", _SINCE),
    ("POSITION_VALUE", "500000", _SINCE),
    ("DAILY_LOSS", "25000", _SINCE),
    ("PRICE_COLLAR_PCT", "10", _SINCE),
    ("QUOTE_AGE_MS", "5000", _SINCE),
    ("MARKET_RESERVE_PCT", "3", _SINCE),
    ("LEAST_ORDER_VALUE", "0", _SINCE),
    ("LEAST_ORDER_VALUE", "1", None),
)

# A limit of the installation goes by what it says, since nothing told its number.
_LIMITS = """
SELECT 'config:limits' AS stream,
       CASE set_by WHEN 'system:install' THEN 'installed ' || name || ' ' || trim_scale(value)
                   ELSE id::text END AS key,
       scope, account_id, name, value, effective_from, effective_to, set_by, reason
FROM risk_limit
"""

_SWITCHES = """
SELECT 'config:kill_switch' AS stream, id::text AS key, scope, account_id, symbol, engaged_by,
       engaged_at, reason, lifted_by, lifted_at, lift_reason
FROM risk_killswitch
"""

_RESTRICTIONS = """
SELECT 'config:restrictions' AS stream, id::text AS key, symbol, applies_to, effective_from,
       effective_to, reason, set_by, released_by, release_reason
FROM risk_restriction
"""


def _installed(_: str, told: Told) -> None:
    for name, value, since in _INSTALLED:
        key = f"installed {name} {value}"
        told.put(
            _LIMIT,
            key,
            scope="FIRM",
            account_id=None,
            name=name,
            value=value,
            effective_to=None,
            set_by=_INSTALLED_BY,
        )
        if since is not None:
            told.put(_LIMIT, key, effective_from=since)


def _limit_set(told: Told, event: TiedEvent) -> None:
    fact = dict(event.fact)
    told.put(_LIMIT, fact.pop("limit_id"), **fact)


def _engaged(told: Told, event: TiedEvent) -> None:
    fact = dict(event.fact)
    told.put(
        _SWITCH,
        fact.pop("switch_id"),
        **fact,
        engaged_at=from_ns(event.ts_event),
        lifted_by=None,
        lifted_at=None,
        lift_reason=None,
    )


def _lifted(told: Told, event: TiedEvent) -> None:
    fact = event.fact
    told.put(
        _SWITCH,
        fact["switch_id"],
        lifted_by=fact["lifted_by"],
        lifted_at=from_ns(event.ts_event),
        lift_reason=fact["reason"],
    )


def _restricted(told: Told, event: TiedEvent) -> None:
    fact = dict(event.fact)
    told.put(
        _RESTRICTION,
        fact.pop("restriction_id"),
        **fact,
        effective_to=None,
        released_by=None,
        release_reason=None,
    )


def _released(told: Told, event: TiedEvent) -> None:
    fact = event.fact
    told.put(
        _RESTRICTION,
        fact["restriction_id"],
        effective_to=fact["effective_to"],
        released_by=fact["released_by"],
        release_reason=fact["reason"],
    )


TIES = (
    Tie(
        prefix=LIMITS_STREAM,
        tables=(TiedTable(name=_LIMIT, query=_LIMITS),),
        facts={LimitSet.type: _limit_set},
        installed=_installed,
        always=(LIMITS_STREAM,),
    ),
    Tie(
        prefix=KILL_SWITCH_STREAM,
        tables=(TiedTable(name=_SWITCH, query=_SWITCHES),),
        facts={KillSwitchEngaged.type: _engaged, KillSwitchLifted.type: _lifted},
    ),
    Tie(
        prefix=RESTRICTIONS_STREAM,
        tables=(TiedTable(name=_RESTRICTION, query=_RESTRICTIONS),),
        facts={SymbolRestricted.type: _restricted, SymbolReleased.type: _released},
    ),
)
