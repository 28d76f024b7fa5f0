"""The query of ``GET /v2/orders``, turned into what ``list_orders`` takes."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from oms.api.requests import SIDES
from oms.api.wire import uuid_or_none
from trading.infra.parameters import parameters
from trading.infra.wire import malformed_parameter
from trading.kernel.clock import NEW_YORK

LIMIT_DEFAULT, LIMIT_MAX = 50, 500
STATUSES = ("open", "closed", "all")
HISTORY_STATUSES = ("every", "open", "closed", "refused")
ASSET_CLASSES = frozenset({"us_equity", "us_option", "crypto", "crypto_perp"})
BOOLEANS = frozenset({"true", "false"})
SYMBOL_LENGTH_MAX = 16

PARAMETERS = parameters(
    *("status", "limit", "after", "until", "direction", "nested", "side"),
    *("before_order_id", "after_order_id"),
    lists=("symbols", "asset_class"),
    unsupported=("qty_above", "qty_below"),
)
NESTED = parameters("nested")


def read(
    query: Mapping[str, str], *, statuses: tuple[str, ...] = STATUSES
) -> dict[str, Any] | None:
    """
    Return the keywords of ``list_orders``; None if no order of ours can be meant.

    The first of ``statuses`` is meant where none is named.

    :raises WireError: 422 naming the parameter
    """
    check_nested(query)
    side = query.get("side")
    if side is not None and side not in SIDES:
        raise malformed_parameter("invalid side")
    symbols = [name.strip().upper() for name in query.get("symbols", "").split(",") if name.strip()]
    if any(len(symbol) > SYMBOL_LENGTH_MAX for symbol in symbols):
        raise malformed_parameter("invalid symbols")
    wanted = {
        "status": _choice(query, "status", statuses),
        "limit": _limit(query),
        "after": _time(query, "after"),
        "until": _time(query, "until"),
        "before_order_id": _order_id(query, "before_order_id"),
        "after_order_id": _order_id(query, "after_order_id"),
        "symbols": symbols or None,
        "side": SIDES[side] if side else None,
        "oldest_first": _choice(query, "direction", ("desc", "asc")) == "asc",
    }
    _require_one_anchor(wanted)
    classes = {word.strip() for word in query.get("asset_class", "").split(",") if word.strip()}
    if not classes <= ASSET_CLASSES:
        raise malformed_parameter("invalid asset_class")
    return wanted if not classes or "us_equity" in classes else None


def read_history(query: Mapping[str, str]) -> dict[str, Any] | None:
    """
    Return the keywords of ``list_orders`` for what was asked for, refused orders too.

    The contract's ``after`` is exclusive; a day that is named here is meant from its first instant.

    :raises WireError: 422 naming the parameter
    """
    wanted = read(query, statuses=HISTORY_STATUSES)
    if wanted is not None and wanted["after"] and _is_day(query["after"]):
        wanted["after"] -= timedelta(microseconds=1)
    return wanted


def check_nested(query: Mapping[str, str]) -> None:
    """
    Check ``nested``, which changes nothing: no order of ours has legs.

    :raises WireError: 422 if it is no boolean
    """
    if query.get("nested", "false").lower() not in BOOLEANS:
        raise malformed_parameter("invalid nested")


def _require_one_anchor(wanted: Mapping[str, Any]) -> None:
    """An order's id says where a page begins: beside another such word, two would be meant."""
    by_id = [name for name in ("before_order_id", "after_order_id") if wanted[name]]
    others = [name for name in ("after", "until") if wanted[name]]
    if by_id and len(by_id) + len(others) > 1:
        raise malformed_parameter(f"only one of {by_id[0]} and {[*by_id, *others][1]} is accepted")


def _choice(query: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    """Return one of the choices; the first is meant when nothing is said."""
    word = query.get(name, choices[0])
    if word not in choices:
        raise malformed_parameter(f"invalid {name}")
    return word


def _limit(query: Mapping[str, str]) -> int:
    text = query.get("limit", str(LIMIT_DEFAULT))
    digits = text.lstrip("0")
    if not (text.isascii() and text.isdigit() and 1 <= len(digits) <= len(str(LIMIT_MAX))) or (
        int(digits) > LIMIT_MAX
    ):
        raise malformed_parameter(f"limit must be between 1 and {LIMIT_MAX}")
    return int(digits)


def _order_id(query: Mapping[str, str], name: str) -> UUID | None:
    text = query.get(name)
    order_id = None if text is None else uuid_or_none(text)
    if text is not None and order_id is None:
        raise malformed_parameter(f"invalid {name}")
    return order_id


def _is_day(text: str) -> bool:
    return len(text) == len("YYYY-MM-DD")


def _time(query: Mapping[str, str], name: str) -> datetime | None:
    text = query.get(name)
    if not text:
        return None
    try:
        if _is_day(text):
            moment = datetime.combine(date.fromisoformat(text), time(), tzinfo=NEW_YORK)
        else:
            moment = datetime.fromisoformat(text)
        # Converting a moment near year 1 or 9999 to UTC overflows; it is refused.
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        raise malformed_parameter(f"invalid {name}") from None
