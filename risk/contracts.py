"""DOOR. What risk is told, and what it answers."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum, unique
from uuid import UUID

from trading.kernel.fix import OrdType, Side, TimeInForce
from trading.kernel.quantities import Price, Qty


@unique
class DenialCode(StrEnum):
    KILL_SWITCH = "KILL_SWITCH"
    RESTRICTED_SYMBOL = "RESTRICTED_SYMBOL"
    ORDER_VALUE = "ORDER_VALUE"
    LEAST_ORDER_VALUE = "LEAST_ORDER_VALUE"
    POSITION_LIMIT = "POSITION_LIMIT"
    BUYING_POWER = "BUYING_POWER"
    SHARES_NOT_AVAILABLE = "SHARES_NOT_AVAILABLE"
    DAILY_LOSS = "DAILY_LOSS"
    PRICE_COLLAR = "PRICE_COLLAR"
    STALE_QUOTE = "STALE_QUOTE"
    DELAYED_SOURCE = "DELAYED_SOURCE"
    TRADING_HALTED = "TRADING_HALTED"
    NO_REFERENCE_PRICE = "NO_REFERENCE_PRICE"  # a price is missing, so the check cannot be answered


@unique
class LimitScope(StrEnum):
    FIRM = "FIRM"
    ACCOUNT = "ACCOUNT"


@unique
class LimitName(StrEnum):
    """Every threshold there is. The unit is in the name or dollars."""

    ORDER_VALUE = "ORDER_VALUE"
    POSITION_VALUE = "POSITION_VALUE"
    DAILY_LOSS = "DAILY_LOSS"
    PRICE_COLLAR_PCT = "PRICE_COLLAR_PCT"
    QUOTE_AGE_MS = "QUOTE_AGE_MS"
    MARKET_RESERVE_PCT = "MARKET_RESERVE_PCT"
    LEAST_ORDER_VALUE = "LEAST_ORDER_VALUE"


@unique
class SwitchScope(StrEnum):
    FIRM = "FIRM"
    ACCOUNT = "ACCOUNT"
    SYMBOL = "SYMBOL"


@unique
class Audience(StrEnum):
    """Whom a restriction binds."""

    EVERYONE = "EVERYONE"
    EMPLOYEES = "EMPLOYEES"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderIntent:
    """The order somebody wants to place. ``limit_price`` is None for a market order."""

    account_id: UUID
    symbol: str
    side: Side
    ord_type: OrdType
    time_in_force: TimeInForce
    qty: Qty
    limit_price: Price | None

    def __post_init__(self) -> None:
        assert self.qty > 0
        assert (self.limit_price is None) is (self.ord_type is OrdType.MARKET)


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """
    The last known prices of the symbol. None means unknown, which is never read as small.

    ``is_delayed``: its source tells what was, not what is. ``halt`` says why the symbol does not
    trade; it is empty while it does. ``is_open``: the regular session runs.
    """

    bid: Price | None
    ask: Price | None
    last: Price | None
    quote_age_ms: int | None  # how long ago the quote was made
    is_delayed: bool = False
    halt: str = ""
    is_open: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountState:
    """
    The account as it stands before the order, for the order's own symbol.

    ``equity`` is None when the day's result cannot be told, nor how bad it is at worst. Otherwise
    it is what the account is worth at least. ``unknown`` says what is missing in either case,
    ``stale`` which prices are old ones. ``buying_power`` is in dollars of shares, after all open
    reservations; None if it is unknown. Quantities are signed: short is negative.
    """

    account_id: UUID
    is_employee: bool
    equity: Decimal | None
    day_start_equity: Decimal
    buying_power: Decimal | None
    position_qty: Qty
    position_available: Qty  # held and not on offer in an open sell
    open_buy_qty: Qty  # bought by open orders and not filled yet
    unknown: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """One limit in force, and the row it came from."""

    value: Decimal
    row_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EngagedSwitch:
    """A kill switch that binds the order. Its reason stays inside: verdicts reach customers."""

    row_id: int
    scope: SwitchScope


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolRestriction:
    """A restriction on the order's symbol, whoever it binds. Its reason stays inside."""

    row_id: int
    applies_to: Audience


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """
    What holds for one account and symbol at one instant.

    Each value names its row, so a verdict can be replayed. ``version`` is a digest of those rows:
    two verdicts with the same version were judged by the same rules.
    """

    order_value: Threshold  # dollars
    position_value: Threshold  # dollars
    daily_loss: Threshold  # dollars, positive
    price_collar_pct: Threshold
    quote_age_ms: Threshold
    market_reserve_pct: Threshold
    least_order_value: Threshold  # dollars, of orders for a fraction of a share
    switches: tuple[EngagedSwitch, ...]
    restrictions: tuple[SymbolRestriction, ...]
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """
    One check's answer, with the numbers it compared.

    ``rule`` names the rows that set the limit (``limit:17``). ``code`` is None when the check
    passed. ``warning`` marks a pass that a person should look at; ``message`` says why.
    """

    name: str
    passed: bool
    code: DenialCode | None
    measured: str
    limit: str
    rule: str
    message: str
    warning: bool = False

    def __post_init__(self) -> None:
        assert self.passed is (self.code is None)

    def to_json(self) -> dict[str, str | bool | None]:
        return {
            "name": self.name,
            "passed": self.passed,
            "code": None if self.code is None else self.code.value,
            "measured": self.measured,
            "limit": self.limit,
            "rule": self.rule,
            "message": self.message,
            "warning": self.warning,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Every check's answer, in the order of the rulebook. None is left out when another fails."""

    results: tuple[CheckResult, ...]
    rules_version: str

    @property
    def accepted(self) -> bool:
        return all(result.passed for result in self.results)

    @property
    def violations(self) -> tuple[CheckResult, ...]:
        return tuple(result for result in self.results if not result.passed)

    def to_json(self) -> dict[str, object]:
        """Return the verdict as plain JSON values, numbers as strings."""
        return {
            "accepted": self.accepted,
            "rules_version": self.rules_version,
            "results": [result.to_json() for result in self.results],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class KillSwitchState:
    """A kill switch as it stands: engaged until ``lifted_at`` is set."""

    id: int
    scope: SwitchScope
    account_id: UUID | None
    symbol: str | None
    engaged_by: str
    engaged_at: datetime
    reason: str
    lifted_by: str | None
    lifted_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RestrictionState:
    """A restriction as it stands: it binds from ``effective_from`` until ``effective_to``."""

    id: int
    symbol: str
    applies_to: Audience
    effective_from: datetime
    effective_to: datetime | None
    reason: str
    set_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitState:
    """One row of a limit's history. ``account_id`` is None for the whole firm."""

    id: int
    scope: LimitScope
    account_id: UUID | None
    name: LimitName
    value: Decimal
    effective_from: datetime
    effective_to: datetime | None
    set_by: str
    reason: str
