"""The wire's objects: our views in the field names and types of the API's contract."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from oms.contracts import (
    AccountView,
    LikelyFill,
    OrderLife,
    OrderView,
    PositionView,
    Preview,
)
from trading.kernel.fix import OrdStatus
from trading.kernel.money import book_amount
from trading.kernel.quantities import plain

AVERAGE_PLACES = Decimal("0.00000001")
RATIO_PLACES = Decimal("0.0000000001")

STATUS = {
    OrdStatus.PENDING_NEW: "pending_new",
    OrdStatus.NEW: "new",
    OrdStatus.PARTIALLY_FILLED: "partially_filled",
    OrdStatus.FILLED: "filled",
    OrdStatus.PENDING_CANCEL: "pending_cancel",
    OrdStatus.CANCELED: "canceled",
    OrdStatus.REJECTED: "rejected",
    OrdStatus.DENIED: "rejected",  # the contract has no word for our own gate's no
    OrdStatus.EXPIRED: "expired",
}


def at(value: datetime | None) -> str | None:
    """Write a time as RFC 3339 in UTC with microseconds."""
    return None if value is None else f"{value.isoformat(timespec='microseconds')[:26]}Z"


def money(value: Decimal) -> str:
    """Write dollars, rounded to cents for show; the books hold the exact amount."""
    return plain(book_amount(value))


def _known(value: Decimal | None) -> str | None:
    return None if value is None else money(value)


def number(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)


def _rounded(value: Decimal | None, places: Decimal) -> str | None:
    return None if value is None else plain(value.quantize(places))


def order(view: OrderView) -> dict[str, object]:
    """
    Return the contract's Order; every key is present.

    ``text`` is ours: why it waits, was refused or canceled, in words; empty if there is nothing to
    say. Clients of the contract pass over keys that they do not know.
    """
    order_type = view.ord_type.lower()
    return {
        "id": str(view.id),
        "client_order_id": view.cl_ord_id,
        "created_at": at(view.created_at),
        "updated_at": at(view.updated_at),
        "submitted_at": at(view.created_at),
        "filled_at": at(view.filled_at),
        "expired_at": at(view.expired_at),
        "expires_at": at(view.expires_at),
        "canceled_at": at(view.canceled_at),
        "failed_at": at(view.failed_at),
        "replaced_at": None,
        "replaced_by": None,
        "replaces": None,
        "asset_id": str(view.instrument_id),
        "symbol": view.symbol,
        "asset_class": "us_equity",
        "notional": None,
        "qty": plain(view.qty),
        "filled_qty": plain(view.cum_qty),
        "filled_avg_price": _rounded(view.avg_px, AVERAGE_PLACES),
        "order_class": "",
        "order_type": order_type,
        "type": order_type,
        "side": view.side.lower(),
        "position_intent": view.position_intent,
        "time_in_force": view.time_in_force.lower(),
        "limit_price": number(view.limit_price),
        "stop_price": None,
        "trail_percent": None,
        "trail_price": None,
        "hwm": None,
        "status": STATUS[view.status],
        "extended_hours": view.extended_hours,
        "legs": None,
        "subtag": None,
        "source": None,
        "ratio_qty": None,
        "text": view.text,
    }


def account(view: AccountView) -> dict[str, object]:
    """
    Return the contract's Account; ``pending_*`` and fees are zero since there are none.

    What depends on an unknown price or close is null, never cost or zero.
    """
    equity = _known(view.equity)
    market_value = _known(view.long_market_value)
    buying_power = money(view.buying_power)
    return {
        "id": str(view.id),
        "account_number": view.account_number,
        "status": "ACTIVE",
        "crypto_status": "INACTIVE",
        "currency": "USD",
        "cash": money(view.cash),
        "equity": equity,
        "last_equity": _known(view.last_equity),
        "portfolio_value": equity,
        "long_market_value": market_value,
        "short_market_value": "0",
        "position_market_value": market_value,
        "buying_power": buying_power,
        "regt_buying_power": buying_power,
        "non_marginable_buying_power": money(max(view.cash - view.reserved, Decimal(0))),
        "options_buying_power": "0",
        "daytrading_buying_power": "0",
        "initial_margin": _known(view.initial_margin),
        "maintenance_margin": _known(view.maintenance_margin),
        "last_maintenance_margin": "0",
        "sma": "0",
        "accrued_fees": "0",
        "pending_transfer_in": "0",
        "pending_transfer_out": "0",
        "pending_reg_taf_fees": "0",
        "intraday_adjustments": "0",
        "multiplier": plain(view.multiplier),
        "options_approved_level": 0,
        "options_trading_level": 0,
        "daytrade_count": 0,
        "pattern_day_trader": False,
        "trading_blocked": False,
        "transfers_blocked": False,
        "account_blocked": False,
        "trade_suspended_by_user": False,
        "shorting_enabled": False,
        "created_at": at(view.created_at),
        "balance_asof": view.last_equity_date.isoformat(),
    }


def position(view: PositionView) -> dict[str, object]:
    """Return the contract's Position. What depends on an unknown price is null, never zero."""
    value = view.market_value
    gain = None if value is None else value - view.cost
    basis = view.day_basis
    intraday = None if value is None or basis is None else value - basis
    change = None
    if view.mark is not None and view.lastday_price:
        change = view.mark / view.lastday_price - 1
    return {
        "asset_id": str(view.instrument_id),
        "symbol": view.symbol,
        "exchange": view.exchange,
        "asset_class": "us_equity",
        "asset_marginable": view.marginable,
        "avg_entry_price": _rounded(view.avg_entry_price, AVERAGE_PLACES),
        "qty": plain(view.qty),
        "side": "long",
        "qty_available": plain(view.qty_available),
        "market_value": None if value is None else money(value),
        "cost_basis": money(view.cost),
        "unrealized_pl": None if gain is None else money(gain),
        "unrealized_plpc": None if gain is None else _ratio(gain, view.cost),
        "unrealized_intraday_pl": None if intraday is None else money(intraday),
        "unrealized_intraday_plpc": (
            None if intraday is None or basis is None else _ratio(intraday, basis)
        ),
        "current_price": number(view.mark),
        "lastday_price": number(view.lastday_price),
        "change_today": _rounded(change, RATIO_PLACES),
    }


def _ratio(part: Decimal, whole: Decimal) -> str | None:
    return _rounded(part / whole, RATIO_PLACES) if whole else None


def preview(view: Preview) -> dict[str, object]:
    """Return a preview: dollars as strings; ``likely_fill`` is null of an order that is refused."""
    likely = view.likely
    return {
        "estimated_cost": _known(view.estimated_cost),
        "fees": money(view.fees),
        "reserve": money(view.reserve),
        "buying_power_after": _known(view.buying_power_after),
        "likely_fill": None if likely is None else _likely_fill(likely),
        "accepted": view.accepted,
        "checks": list(view.checks),
        "limits": view.limits.to_json(),
    }


def _likely_fill(likely: LikelyFill) -> dict[str, object]:
    return {
        "qty": plain(likely.qty),
        "price": _rounded(likely.px, AVERAGE_PLACES),
        "rest_qty": plain(likely.rest_qty),
        "rest": likely.rest.lower(),
        "reason": likely.text,
    }


def life(view: OrderLife) -> dict[str, object]:
    return {
        "order": order(view.order),
        "checks": list(view.checks),
        "events": [
            {"at": at(event.at), "type": event.type, "summary": event.summary}
            for event in view.events
        ],
        "executions": [
            {
                "at": at(execution.executed_at),
                "qty": plain(execution.last_qty),
                "price": plain(execution.last_px),
                "exec_id": execution.exec_id,
            }
            for execution in view.executions
        ],
    }


def uuid_or_none(text: str) -> UUID | None:
    """Return the UUID that ``text`` is, or None if it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None
