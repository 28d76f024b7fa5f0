"""Reading what holds, for a whole batch of orders in one round trip."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from risk.contracts import (
    Audience,
    EngagedSwitch,
    LimitName,
    RuleSet,
    SwitchScope,
    SymbolRestriction,
    Threshold,
)
from trading.infra.database import Later, ask
from trading.kernel.errors import TradingError

# Three kinds of rows in one answer. Switches are read as they are, not as of a time: a switch that
# was acknowledged stops every order read after it.
_IN_FORCE = """
WITH asked AS (SELECT %s::uuid[] AS accounts, %s::text[] AS symbols, %s::timestamptz AS at)
(
    SELECT DISTINCT ON (account_id, name)
        'limit' AS kind, id, account_id, NULL AS symbol, name AS word, value
    FROM risk_limit, asked
    WHERE (account_id IS NULL OR account_id = ANY(accounts))
      AND effective_from <= at AND (effective_to IS NULL OR effective_to > at)
    ORDER BY account_id, name, effective_from DESC, id DESC
)
UNION ALL
SELECT 'switch', id, account_id, symbol, scope, NULL
FROM risk_killswitch, asked
WHERE lifted_at IS NULL
  AND (scope = 'FIRM' OR account_id = ANY(accounts) OR symbol = ANY(symbols))
UNION ALL
SELECT 'restriction', id, NULL, symbol, applies_to, NULL
FROM risk_restriction, asked
WHERE symbol = ANY(symbols)
  AND effective_from <= at AND (effective_to IS NULL OR effective_to > at)
ORDER BY kind, id
"""

_Row = tuple[str, int, UUID | None, str | None, str, Decimal | None]


class LimitNotSet(TradingError):
    """A limit has no row in force. Stop: the firm must set it before anything trades."""

    code = "LIMIT_NOT_SET"


def load_rules(
    *, pairs: Collection[tuple[UUID, str]], at: datetime
) -> dict[tuple[UUID, str], RuleSet]:
    return ask_rules(pairs=pairs, at=at)()


def ask_rules(
    *, pairs: Collection[tuple[UUID, str]], at: datetime
) -> Later[dict[tuple[UUID, str], RuleSet]]:
    """Do the same in a pipeline."""
    accounts = list({account_id for account_id, _ in pairs})
    symbols = list({symbol for _, symbol in pairs})
    found = ask(_IN_FORCE, [accounts, symbols, at])
    return lambda: _rule_sets(pairs, found.fetchall())


def _rule_sets(
    pairs: Collection[tuple[UUID, str]], rows: Sequence[_Row]
) -> dict[tuple[UUID, str], RuleSet]:
    thresholds = _thresholds(row for row in rows if row[0] == "limit")
    switches = [row for row in rows if row[0] == "switch"]
    restrictions = [row for row in rows if row[0] == "restriction"]
    found: dict[tuple[UUID, str], RuleSet] = {}
    for account_id, symbol in set(pairs):
        # An account's own limit stands above the firm's.
        in_force = thresholds[None] | thresholds[account_id]
        _require_all(in_force)
        found[account_id, symbol] = _rule_set(
            thresholds=in_force,
            switches=[row for row in switches if _binds(row, account_id, symbol)],
            restrictions=[row for row in restrictions if row[3] == symbol],
        )
    return found


def _thresholds(limits: Iterable[_Row]) -> defaultdict[UUID | None, dict[LimitName, Threshold]]:
    """Return the limits by whom they are for; None is the whole firm."""
    found: defaultdict[UUID | None, dict[LimitName, Threshold]] = defaultdict(dict)
    for _, row_id, account_id, _, word, value in limits:
        assert value is not None
        found[account_id][LimitName(word)] = Threshold(value=value, row_id=row_id)
    return found


def _require_all(thresholds: dict[LimitName, Threshold]) -> None:
    missing = [name.value for name in LimitName if name not in thresholds]
    if missing:
        raise LimitNotSet(f"no limit is in force for {', '.join(missing)}", missing=missing)


def _binds(switch: _Row, account_id: UUID, symbol: str) -> bool:
    _, _, switched_account, switched_symbol, scope, _ = switch
    return scope == SwitchScope.FIRM or switched_account == account_id or switched_symbol == symbol


def _rule_set(
    *, thresholds: dict[LimitName, Threshold], switches: list[_Row], restrictions: list[_Row]
) -> RuleSet:
    row_ids = [
        *(f"limit:{thresholds[name].row_id}" for name in LimitName),
        *(f"{row[0]}:{row[1]}" for row in (*switches, *restrictions)),
    ]
    return RuleSet(
        order_value=thresholds[LimitName.ORDER_VALUE],
        position_value=thresholds[LimitName.POSITION_VALUE],
        daily_loss=thresholds[LimitName.DAILY_LOSS],
        price_collar_pct=thresholds[LimitName.PRICE_COLLAR_PCT],
        quote_age_ms=thresholds[LimitName.QUOTE_AGE_MS],
        market_reserve_pct=thresholds[LimitName.MARKET_RESERVE_PCT],
        least_order_value=thresholds[LimitName.LEAST_ORDER_VALUE],
        switches=tuple(EngagedSwitch(row_id=row[1], scope=SwitchScope(row[4])) for row in switches),
        restrictions=tuple(
            SymbolRestriction(row_id=row[1], applies_to=Audience(row[4])) for row in restrictions
        ),
        version=hashlib.sha256(" ".join(row_ids).encode()).hexdigest()[:16],
    )
