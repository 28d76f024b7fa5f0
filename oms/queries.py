"""Reads for screens and the API. Each takes the account, so that nobody sees what is not theirs."""

from collections.abc import Sequence
from datetime import datetime, time
from decimal import Decimal
from typing import Any, LiteralString
from uuid import UUID

from marketdata import interface as marketdata
from oms.contracts import (
    AccountType,
    AccountView,
    OrderView,
    PositionView,
    RefusedOrder,
)
from oms.domain.buying_power import Holding, value_account
from oms.market import marks_of_holding
from trading.eventlog.codec import member
from trading.infra.database import ask
from trading.kernel.clock import NEW_YORK, new_york_date
from trading.kernel.errors import TradingError
from trading.kernel.fix import OrdStatus, OrdType, Side, TimeInForce
from trading.kernel.quantities import Price, Qty

# --- Orders ---------------------------------------------------------------------------------------

_ORDER = """
SELECT id, account_id, cl_ord_id, instrument_id, symbol, side, ord_type, time_in_force, qty,
       limit_price, extended_hours, status, cum_qty, gross, text, position_intent, created_at,
       updated_at, expires_at, filled_at, canceled_at, expired_at, failed_at
FROM oms_order WHERE account_id = %s """

_OPEN = "AND status IN ('NEW', 'PARTIALLY_FILLED', 'PENDING_CANCEL', 'PENDING_NEW') "
_CLOSED = "AND status IN ('FILLED', 'CANCELED', 'EXPIRED', 'REJECTED') "
_ALL = "AND status <> 'DENIED' "
_REFUSED = "AND status IN ('DENIED', 'REJECTED') "
_CANCELABLE = "AND status IN ('NEW', 'PARTIALLY_FILLED', 'PENDING_NEW') "
_WHICH: dict[str, LiteralString] = {
    "open": _OPEN, "closed": _CLOSED, "all": _ALL, "refused": _REFUSED, "every": "",
}  # fmt: skip

_PAGE = """
AND (%s::timestamptz IS NULL OR created_at > %s) AND (%s::timestamptz IS NULL OR created_at < %s)
AND (%s::text[] IS NULL OR symbol = ANY(%s)) AND (%s::text IS NULL OR side = %s)
"""
# An order's place in the list is its time and, among those of one instant, its id.
_PLACE = "(SELECT created_at, id FROM oms_order WHERE account_id = %s AND id = %s)"
_BEFORE: LiteralString = f"AND (created_at, id) < {_PLACE} "
_AFTER: LiteralString = f"AND (created_at, id) > {_PLACE} "
_NEWEST = "ORDER BY created_at DESC, id DESC LIMIT %s"
_OLDEST = "ORDER BY created_at, id LIMIT %s"


def _order_view(row: Sequence[Any]) -> OrderView:
    gross, cum_qty = row[13], row[12]
    return OrderView(
        id=row[0],
        account_id=row[1],
        cl_ord_id=row[2],
        instrument_id=row[3],
        symbol=row[4],
        side=Side(row[5]),
        ord_type=OrdType(row[6]),
        time_in_force=TimeInForce(row[7]),
        qty=row[8],
        limit_price=row[9],
        extended_hours=row[10],
        status=OrdStatus(row[11]),
        cum_qty=cum_qty,
        avg_px=Price(gross / cum_qty) if cum_qty else None,
        text=row[14],
        position_intent=row[15],
        created_at=row[16],
        updated_at=row[17],
        expires_at=row[18],
        filled_at=row[19],
        canceled_at=row[20],
        expired_at=row[21],
        failed_at=row[22],
    )


def find_order(*, account_id: UUID, order_id: UUID) -> OrderView | None:
    """Return an order of the account, a denied one too."""
    row = ask(_ORDER + "AND id = %s", [account_id, order_id]).fetchone()
    return None if row is None else _order_view(row)


def find_order_by_client_id(*, account_id: UUID, cl_ord_id: str) -> OrderView | None:
    """Return the order that the client's id names; refused submissions do not count."""
    row = ask(_ORDER + _ALL + "AND cl_ord_id = %s", [account_id, cl_ord_id]).fetchone()
    return None if row is None else _order_view(row)


class UnknownAnchor(TradingError):
    """A page was to begin at an order that the account does not have."""

    code = "UNKNOWN_ANCHOR"


def list_orders(
    *,
    account_id: UUID,
    status: str = "open",
    limit: int = 50,
    after: datetime | None = None,
    until: datetime | None = None,
    before_order_id: UUID | None = None,
    after_order_id: UUID | None = None,
    symbols: Sequence[str] | None = None,
    side: Side | None = None,
    oldest_first: bool = False,
) -> list[OrderView]:
    """
    Return orders by ``status`` open, closed or all; denied ones by refused and every.

    ``after`` and ``until``, ``before_order_id`` and ``after_order_id`` are exclusive; the order
    that the id names need not have that status.

    :raises UnknownAnchor: if the account has no such order
    """
    names = None if symbols is None else list(symbols)
    parameters: list[Any] = [account_id, after, after, until, until, names, names, side, side]
    query = _ORDER + _WHICH[status] + _PAGE
    for part, anchor in ((_BEFORE, before_order_id), (_AFTER, after_order_id)):
        if anchor is not None:
            if find_order(account_id=account_id, order_id=anchor) is None:
                raise UnknownAnchor(f"order not found for {anchor}", order_id=str(anchor))
            query += part
            parameters += [account_id, anchor]
    query += _OLDEST if oldest_first else _NEWEST
    return [_order_view(row) for row in ask(query, [*parameters, limit]).fetchall()]


def list_orders_by_id(*, account_id: UUID, ids: Sequence[UUID]) -> list[OrderView]:
    rows = ask(_ORDER + "AND id = ANY(%s) ORDER BY id", [account_id, list(ids)]).fetchall()
    return [_order_view(row) for row in rows]


_REFUSED_SINCE: LiteralString = f"FROM oms_order WHERE created_at >= %s {_REFUSED}"
_REFUSED_ROWS: LiteralString = (
    f"SELECT id, account_id, symbol, side, qty, status, text, created_at {_REFUSED_SINCE}{_NEWEST}"
)


def list_refused_orders(*, since: datetime, limit: int) -> list[RefusedOrder]:
    """Return the newest orders of all accounts that were refused since then, with the reasons."""
    return [
        RefusedOrder(
            id=row[0],
            account_id=row[1],
            symbol=row[2],
            side=Side(row[3]),
            qty=row[4],
            status=OrdStatus(row[5]),
            reason=row[6],
            created_at=row[7],
        )
        for row in ask(_REFUSED_ROWS, [since, limit]).fetchall()
    ]


def count_refused_orders(*, since: datetime) -> int:
    row = ask(f"SELECT count(*) {_REFUSED_SINCE}", [since]).fetchone()
    assert row is not None
    return int(row[0])


_CANCELABLE_OF: LiteralString = f"""
FROM oms_order WHERE (%s::uuid IS NULL OR account_id = %s) AND (%s::text IS NULL OR symbol = %s)
{_CANCELABLE}"""


def list_open_order_ids(
    *, account_id: UUID | None = None, symbol: str | None = None
) -> list[tuple[UUID, UUID]]:
    """Return (account id, order id) of the orders that can be canceled; None means any."""
    query: LiteralString = f"SELECT account_id, id {_CANCELABLE_OF} ORDER BY id"
    rows = ask(query, [account_id, account_id, symbol, symbol]).fetchall()
    return [(row[0], row[1]) for row in rows]


def count_open_orders(*, account_id: UUID | None = None, symbol: str | None = None) -> int:
    """Return how many orders can be canceled; None means any."""
    query: LiteralString = f"SELECT count(*) {_CANCELABLE_OF}"
    row = ask(query, [account_id, account_id, symbol, symbol]).fetchone()
    assert row is not None
    return int(row[0])


# The stream may hold other switches' events after this one's, and records that cannot be decoded.
_CANCELED_BY_SWITCH = """
SELECT count(*) FROM eventlog_event
WHERE id > (SELECT coalesce(max(id), 0) FROM eventlog_event
            WHERE stream = 'config:kill_switch' AND type = 'KillSwitchEngaged'
              AND position(%s in payload) > 0)
  AND type = 'CancelRequested' AND position(%s in payload) > 0
"""


def count_canceled_by_switch(*, switch_id: int) -> int:
    """Return how many orders a kill switch canceled since it was engaged."""
    engaged = member("switch_id", switch_id) + b","  # the symbol stands behind it
    row = ask(_CANCELED_BY_SWITCH, [engaged, member("rule", f"switch:{switch_id}")]).fetchone()
    assert row is not None
    return int(row[0])


# --- Positions and accounts -----------------------------------------------------------------------

_POSITIONS = """
SELECT p.instrument_id, p.symbol, p.qty, p.cost, p.reserved_qty, coalesce(l.qty, 0),
       coalesce(l.cost, 0), p.last_close, p.written_down_at IS NOT NULL
FROM oms_position p LEFT JOIN LATERAL
  (SELECT sum(qty_open) AS qty, sum(cost) AS cost FROM oms_lot
   WHERE account_id = p.account_id AND instrument_id = p.instrument_id AND qty_open > 0
     AND opened_at >= %s) l ON true
WHERE p.account_id = %s AND p.qty <> 0 ORDER BY p.symbol
"""


def list_positions(*, account_id: UUID, now: datetime) -> list[PositionView]:
    """Return what the account holds, at the current marks; ``now`` says which day is today."""
    midnight = datetime.combine(new_york_date(now), time(), tzinfo=NEW_YORK)
    return [_position_view(row) for row in ask(_POSITIONS, [midnight, account_id]).fetchall()]


def _position_view(row: Sequence[Any]) -> PositionView:
    marks = marks_of_holding(symbol=row[1], last_close=row[7], is_written_down=row[8])
    instrument = marketdata.find_instrument(symbol=row[1])
    return PositionView(
        instrument_id=row[0],
        symbol=row[1],
        exchange="" if instrument is None else instrument.exchange,
        marginable=instrument is not None and instrument.marginable,
        qty=row[2],
        qty_available=Qty(row[2] - row[4]),
        cost=row[3],
        mark=marks.mark,
        lastday_price=marks.lastday,
        qty_bought_today=row[5],
        cost_bought_today=row[6],
    )


_ACCOUNT = """
SELECT a.id, a.account_number, a.account_type, a.multiplier, a.cash, a.reserved,
       a.day_start_equity, a.day_start_date, a.created_at, a.day_start_missing,
       (SELECT count(*) FROM oms_order o WHERE o.account_id = a.id
        AND o.status IN ('NEW', 'PARTIALLY_FILLED', 'PENDING_CANCEL', 'PENDING_NEW'))
FROM oms_account a WHERE a.id = %s
"""

_HOLDINGS = """
SELECT symbol, qty, last_close, written_down_at IS NOT NULL FROM oms_position
WHERE account_id = %s AND qty <> 0
"""


def get_account(*, account_id: UUID) -> AccountView:
    """Return the account's numbers at the current marks."""
    row = ask(_ACCOUNT, [account_id]).fetchone()
    assert row is not None
    multiplier: Decimal = row[3]
    value = value_account(
        cash=row[4],
        reserved=row[5],
        multiplier=multiplier,
        holdings=[
            Holding(
                symbol=symbol,
                qty=qty,
                mark=marks_of_holding(
                    symbol=symbol, last_close=last_close, is_written_down=is_written_down
                ).mark,
            )
            for symbol, qty, last_close, is_written_down in ask(_HOLDINGS, [account_id]).fetchall()
        ],
    )
    is_known = not value.unpriced
    return AccountView(
        id=row[0],
        account_number=row[1],
        account_type=AccountType(row[2]),
        multiplier=multiplier,
        cash=row[4],
        reserved=row[5],
        long_market_value=value.long_market_value if is_known else None,
        equity=value.equity if is_known else None,
        last_equity=None if row[9] else row[6],
        last_equity_date=row[7],
        initial_margin=value.initial_margin if is_known else None,
        maintenance_margin=value.maintenance_margin if is_known else None,
        buying_power=value.buying_power,
        open_orders=row[10],
        created_at=row[8],
    )


_ACCOUNT_OF_USER = "SELECT id FROM oms_account WHERE owner_id = %s ORDER BY id LIMIT 1"


def find_account_id_of_user(*, user_id: UUID) -> UUID | None:
    """Return the user's account, or None for somebody who does not trade."""
    row = ask(_ACCOUNT_OF_USER, [user_id]).fetchone()
    return None if row is None else row[0]


_SUSPENDED = """
SELECT count(*) FROM oms_suspendedreport s
WHERE NOT EXISTS (SELECT FROM oms_suspenseresolution r WHERE r.suspended_id = s.id)
"""


def count_suspended() -> int:
    """Return how many suspended reports nobody has resolved yet."""
    row = ask(_SUSPENDED).fetchone()
    assert row is not None
    return int(row[0])
