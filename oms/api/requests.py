"""Requests as the wire brings them, turned into commands. Every refusal is named."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from django.http import HttpRequest

from oms.contracts import (
    CL_ORD_ID_LENGTH_MAX,
    PRICE_MAX,
    PRICE_PLACES,
    QTY_MAX,
    QTY_PLACES,
    Channel,
    PlaceOrder,
)
from trading.identity.interface import Principal
from trading.infra.observability import current_request_id
from trading.infra.wire import WireError, malformed_body, malformed_parameter
from trading.kernel.clock import NEW_YORK, utc_now
from trading.kernel.fix import OrdType, Side, TimeInForce
from trading.kernel.identifiers import new_id
from trading.kernel.quantities import Price, Qty

JSON_TYPES = frozenset({"application/json", ""})
LIMIT_MAX = 500


_decoder = msgspec.json.Decoder(float_hook=Decimal)
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,9})?")
# What a symbol can look like at all: letters, digits, and the marks of classes and units.
_SYMBOL = re.compile(r"[A-Za-z0-9./-]{1,16}")


def read_json(request: HttpRequest) -> dict[str, Any]:
    """
    Return the JSON object of a request's body; its numbers are Decimals, exactly as written.

    :raises WireError: 415 for another content type, 400 if it is not a JSON object
    """
    content_type = request.META.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if content_type not in JSON_TYPES:
        raise WireError(
            f"content type {content_type} is not supported; send application/json",
            status=415,
            number=41510000,
        )
    try:
        body = _decoder.decode(request.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise malformed_body() from None
    if not isinstance(body, dict):
        raise malformed_body()
    return body


def _text(body: Mapping[str, Any], name: str) -> str | None:
    value = body.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise malformed_parameter(f"invalid {name}")
    return value


def _amount(body: Mapping[str, Any], name: str, *, places: int, maximum: Decimal) -> Decimal | None:
    """
    Return a positive amount given as a string or a number.

    :raises WireError: 422 if it is no number, not positive, too large or too fine
    """
    value = body.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise malformed_parameter(f"invalid {name}")
    # Decimal itself reads more than the wire allows: other scripts' digits, underscores, NaN.
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        raise malformed_parameter(f"invalid {name}")
    amount = Decimal(value)
    if amount <= 0:
        raise malformed_parameter(f"{name} must be > 0")
    if amount > maximum:
        raise malformed_parameter(f"{name} is too large")
    # Trailing zeros and exponents are the writer's style; the books keep the plain number.
    if amount != round(amount, places):
        raise malformed_parameter(f"{name} has more than {places} decimals")
    return Decimal(format(amount, "f"))


def _word(body: Mapping[str, Any], name: str, words: Mapping[str, Any], *, wrong: str) -> Any:  # noqa: ANN401 - the enum that ``words`` maps to
    value = _text(body, name)
    if value is None or value not in words:
        raise malformed_parameter(wrong)
    return words[value]


SIDES = {side.lower(): side for side in Side}
TYPES = {ord_type.lower(): ord_type for ord_type in OrdType}
TIMES_IN_FORCE = {tif.lower(): tif for tif in TimeInForce}


def place_order(*, body: Mapping[str, Any], account_id: UUID, principal: Principal) -> PlaceOrder:
    """
    Turn the body of ``POST /v2/orders`` into a command.

    :raises WireError: 422 naming the first parameter that is missing or malformed
    """
    symbol = _text(body, "symbol")
    if symbol is None:
        raise malformed_parameter("symbol is required")
    if not _SYMBOL.fullmatch(symbol):
        raise malformed_parameter("invalid symbol")
    side: Side = _word(body, "side", SIDES, wrong="invalid side")
    ord_type: OrdType = _word(body, "type", TYPES, wrong="invalid order type")
    time_in_force: TimeInForce = _word(
        body, "time_in_force", TIMES_IN_FORCE, wrong="invalid time_in_force"
    )
    if body.get("notional") not in (None, ""):  # any JSON value may stand here
        raise malformed_parameter("notional orders are not supported; send qty")
    if _text(body, "order_class") not in {None, "simple"}:
        raise malformed_parameter("order_class must be simple")
    qty = _amount(body, "qty", places=QTY_PLACES, maximum=QTY_MAX)
    if qty is None:
        raise malformed_parameter("qty or notional is required")
    extended_hours = body.get("extended_hours")
    if not isinstance(extended_hours, bool | None):
        raise malformed_parameter("invalid extended_hours")
    return PlaceOrder(
        account_id=account_id,
        cl_ord_id=_client_order_id(body),
        symbol=symbol.upper(),
        side=side,
        ord_type=ord_type,
        time_in_force=time_in_force,
        qty=Qty(qty),
        limit_price=_limit_price(body, ord_type),
        extended_hours=bool(extended_hours),
        channel=Channel.WEB if principal.key_id is None else Channel.API,
        actor=principal.actor,
        request_id=current_request_id(),
        received_at=utc_now(),
    )


def _limit_price(body: Mapping[str, Any], ord_type: OrdType) -> Price | None:
    limit = _amount(body, "limit_price", places=PRICE_PLACES, maximum=PRICE_MAX)
    stop = _amount(body, "stop_price", places=PRICE_PLACES, maximum=PRICE_MAX)
    if ord_type is OrdType.MARKET:
        if limit is not None or stop is not None:
            raise malformed_parameter("market orders require no stop or limit price")
        return None
    if limit is None:
        raise malformed_parameter("limit orders require a limit price")
    if stop is not None:
        raise malformed_parameter("limit orders require no stop price")
    return Price(limit)


def _client_order_id(body: Mapping[str, Any]) -> str:
    given = _text(body, "client_order_id")
    if given is None:
        return str(new_id())
    if len(given) > CL_ORD_ID_LENGTH_MAX:
        raise malformed_parameter("client_order_id must be no more than 128 characters")
    if not given.isprintable():
        raise malformed_parameter("client_order_id must be printable")
    return given


def order_list(query: Mapping[str, str]) -> dict[str, Any]:
    """
    Turn the query of ``GET /v2/orders`` into the keywords of ``list_orders``.

    :raises WireError: 422 naming the parameter
    """
    status = query.get("status") or "open"
    if status not in {"open", "closed", "all"}:
        raise malformed_parameter("invalid status")
    direction = query.get("direction") or "desc"
    if direction not in {"asc", "desc"}:
        raise malformed_parameter("invalid direction")
    side = query.get("side")
    if side and side not in SIDES:
        raise malformed_parameter("invalid side")
    limit = query.get("limit") or "50"
    if not limit.isdecimal() or not 1 <= int(limit) <= LIMIT_MAX:
        raise malformed_parameter(f"limit must be between 1 and {LIMIT_MAX}")
    symbols = [name.strip().upper() for name in query.get("symbols", "").split(",") if name.strip()]
    if not all(_SYMBOL.fullmatch(symbol) for symbol in symbols):
        raise malformed_parameter("invalid symbols")
    return {
        "status": status,
        "limit": int(limit),
        "after": _time(query, "after"),
        "until": _time(query, "until"),
        "symbols": symbols or None,
        "side": SIDES[side] if side else None,
        "oldest_first": direction == "asc",
    }


def _time(query: Mapping[str, str], name: str) -> datetime | None:
    text = query.get(name)
    if not text:
        return None
    try:
        if len(text) == len("YYYY-MM-DD"):
            return datetime.combine(date.fromisoformat(text), time(), tzinfo=NEW_YORK)
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise malformed_parameter(f"invalid {name}") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
