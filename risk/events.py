"""DOOR. What happened to the rules. Stream ``config:kill_switch``, ``config:limits`` and so on."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from risk.contracts import Audience, LimitName, LimitScope, SwitchScope
from trading.kernel.events import Fact

KILL_SWITCH_STREAM = "config:kill_switch"
LIMITS_STREAM = "config:limits"
RESTRICTIONS_STREAM = "config:restrictions"


@dataclass(frozen=True, slots=True, kw_only=True)
class KillSwitchEngaged(Fact):
    """New orders in this scope stop here; working orders in it are to be cancelled."""

    type: ClassVar[str] = "KillSwitchEngaged"

    switch_id: int
    scope: SwitchScope
    account_id: UUID | None
    symbol: str | None
    engaged_by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KillSwitchLifted(Fact):
    type: ClassVar[str] = "KillSwitchLifted"

    switch_id: int
    scope: SwitchScope
    account_id: UUID | None
    symbol: str | None
    engaged_by: str
    lifted_by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolRestricted(Fact):
    type: ClassVar[str] = "SymbolRestricted"

    restriction_id: int
    symbol: str
    applies_to: Audience
    effective_from: datetime
    set_by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolReleased(Fact):
    type: ClassVar[str] = "SymbolReleased"

    restriction_id: int
    symbol: str
    applies_to: Audience
    effective_to: datetime
    released_by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitSet(Fact):
    type: ClassVar[str] = "LimitSet"

    limit_id: int
    scope: LimitScope
    account_id: UUID | None
    name: LimitName
    value: Decimal
    effective_from: datetime
    effective_to: datetime | None
    set_by: str
    reason: str
