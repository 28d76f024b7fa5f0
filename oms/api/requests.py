"""Requests as the wire brings them, turned into commands. Every refusal is named."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from django.http import HttpRequest

from oms.api.wire import uuid_or_none
from oms.contracts import (
    CL_ORD_ID_LENGTH_MAX,
    POSITION_INTENTS,
    PRICE_MAX,
    PRICE_PLACES,
    QTY_MAX,
    QTY_PLACES,
    Channel,
    PlaceOrder,
)
from trading.identity.interface import Principal
from trading.infra.observability import current_request_id
from trading.infra.parameters import refuse_unsupported
from trading.infra.wire import WireError, malformed_body, malformed_parameter, rule_broken
from trading.kernel.clock import utc_now
from trading.kernel.fix import OrdType, Side, TimeInForce
from trading.kernel.identifiers import new_id
from trading.kernel.quantities import Price, Qty, plain

JSON_TYPES = frozenset({"application/json", ""})

# What the contract knows of an order (C1) and we do not do yet: whoever asks for it must hear so.
UNSUPPORTED_FIELDS = (
    "notional",
    "take_profit",
    "stop_loss",
    "trail_price",
    "trail_percent",
    "legs",
    "ratio_qty",
    "advanced_instructions",
)
ORDER_FIELDS = frozenset(
    {
        *("symbol", "side", "type", "time_in_force", "qty", "limit_price", "stop_price"),
        *("extended_hours", "client_order_id", "order_class", "position_intent"),
        *UNSUPPORTED_FIELDS,
    }
)

_decoder = msgspec.json.Decoder(float_hook=Decimal)
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,9})?")
# What a symbol can look like at all: letters, digits, and the marks of classes and units.
_SYMBOL = re.compile(r"[A-Za-z0-9./-]{1,16}")


def read_json(request: HttpRequest, *, principal: Principal) -> dict[str, Any]:
    """
    Return the JSON object of a request's body; its numbers are Decimals, exactly as written.

    With an API key any content type is accepted: curl and fetch send form or text. With a browser
    session only JSON is, since a foreign page can send the other types.

    :raises WireError: 415 for another content type, 400 if it is not a JSON object
    """
    content_type = request.META.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if principal.key_id is None and content_type not in JSON_TYPES:
        raise WireError(
            f"content type {content_type} is not supported; send application/json",
            status=415,
            number=41510000,
        )
    try:
        body = _decoder.decode(request.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ArithmeticError):
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
    rounded = round(amount, places)
    if amount != rounded:
        raise malformed_parameter(f"{name} has more than {places} decimals")
    # Trailing zeros and exponents are the writer's style; the books keep the plain number.
    return Decimal(plain(rounded))


def _word(
    body: Mapping[str, Any],
    name: str,
    words: Mapping[str, Any],
    *,
    later: frozenset[str] = frozenset(),
    wrong: str,
) -> Any:  # noqa: ANN401 - the enum that ``words`` maps to
    value = _text(body, name)
    if value in later:
        raise malformed_parameter(f"{name} {value} is not supported yet")
    if value is None or value not in words:
        raise malformed_parameter(wrong)
    return words[value]


SIDES = {side.lower(): side for side in Side}
TYPES = {ord_type.lower(): ord_type for ord_type in OrdType}
TIMES_IN_FORCE = {tif.lower(): tif for tif in TimeInForce}
CLASSES = {"simple": "simple"}
# The contract's other words (B5), for which "invalid" would be another answer.
TYPES_LATER = frozenset({"stop", "stop_limit", "trailing_stop"})
TIMES_IN_FORCE_LATER = frozenset({"opg", "cls"})
CLASSES_LATER = frozenset({"bracket", "oco", "oto", "mleg"})
INTENTS = frozenset({"buy_to_open", "buy_to_close", "sell_to_open", "sell_to_close"})


def order_symbol(body: Mapping[str, Any]) -> str | UUID:
    """
    Return what is to be traded, by its symbol in capitals or by its asset's id.

    :raises WireError: 422 if it is neither
    """
    text = _text(body, "symbol")
    if text is None:
        raise malformed_parameter("symbol is required")
    if _SYMBOL.fullmatch(text):
        return text.upper()
    asset_id = uuid_or_none(text)
    if asset_id is None:
        raise malformed_parameter("invalid symbol")
    return asset_id


def place_order(
    *, body: Mapping[str, Any], symbol: str, account_id: UUID, principal: Principal
) -> PlaceOrder:
    """
    Turn the body of ``POST /v2/orders`` into a command; ``symbol`` is what its symbol stands for.

    :raises WireError: 422 naming the first parameter that is missing, malformed or not supported
    """
    side: Side = _word(body, "side", SIDES, wrong="invalid side")
    ord_type: OrdType = _word(body, "type", TYPES, later=TYPES_LATER, wrong="invalid order type")
    time_in_force: TimeInForce = _word(
        body,
        "time_in_force",
        TIMES_IN_FORCE,
        later=TIMES_IN_FORCE_LATER,
        wrong="invalid time_in_force",
    )
    if _text(body, "order_class") is not None:
        _word(body, "order_class", CLASSES, later=CLASSES_LATER, wrong="invalid order_class")
    refuse_unsupported(body, names=UNSUPPORTED_FIELDS, wrong=malformed_parameter)
    _require_intent(body, side)
    qty = _amount(body, "qty", places=QTY_PLACES, maximum=QTY_MAX)
    if qty is None:
        raise malformed_parameter("qty or notional is required")
    extended_hours = body.get("extended_hours")
    if not isinstance(extended_hours, bool | None):
        raise malformed_parameter("invalid extended_hours")
    return PlaceOrder(
        account_id=account_id,
        cl_ord_id=_client_order_id(body),
        symbol=symbol,
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


def _require_intent(body: Mapping[str, Any], side: Side) -> None:
    """Nobody is short here, so the side alone says what an order does to a position."""
    intent = _text(body, "position_intent")
    if intent is None or intent == POSITION_INTENTS[side]:
        return
    if intent not in INTENTS:
        raise malformed_parameter("invalid position_intent")
    raise rule_broken(
        f"position intent mismatch, inferred: {POSITION_INTENTS[side]}, specified: {intent}"
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
