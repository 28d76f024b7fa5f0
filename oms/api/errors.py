"""Which of our errors becomes which answer on the wire, on one screen."""

from collections.abc import Callable

from oms.interface import (
    AccountNotFound,
    DeskClosed,
    DuplicateClOrdId,
    InvalidOrder,
    NotCancelable,
    OrderDenied,
    OrderNotFound,
    OutcomeUnknown,
    UnknownAnchor,
)
from risk.contracts import CheckResult, DenialCode
from trading.infra.wire import (
    MALFORMED_PARAMETER,
    RULE,
    SERVER,
    UNAVAILABLE,
    WireError,
    forbidden,
    malformed_parameter,
    not_found,
    rule_broken,
)
from trading.kernel.errors import TradingError
from trading.kernel.quantities import plain


def wire_error(error: TradingError) -> WireError:
    """Return the answer to an anticipated error; one without a row is a server error."""
    for kind, answer in _ANSWERS:
        if isinstance(error, kind):
            return answer(error)
    return WireError("internal server error occurred", status=500, number=SERVER)


def _duplicate(error: TradingError) -> WireError:
    number = RULE if error.context["is_open"] else MALFORMED_PARAMETER
    existing = str(error.context["existing_order_id"])
    return WireError(error.message, status=422, number=number, existing_order_id=existing)


def _rule(error: TradingError) -> WireError:
    return rule_broken(error.message, reason=error.code)


def _malformed(error: TradingError) -> WireError:
    return malformed_parameter(error.message, reason=error.code)


def _not_found(error: TradingError) -> WireError:
    return not_found(error.message)


def _unavailable(error: TradingError) -> WireError:
    return WireError(error.message, status=503, number=UNAVAILABLE, reason=error.code)


def _unknown(error: TradingError) -> WireError:
    return WireError(error.message, status=504, number=50410000, reason=error.code)


def _words_of_contract(result: CheckResult) -> str:
    """Return a violation in the contract's words, which clients know, or else in our own."""
    words = {
        DenialCode.BUYING_POWER: "insufficient buying power",
        DenialCode.SHARES_NOT_AVAILABLE: (
            "insufficient qty available for order "
            f"(requested: {result.measured}, available: {result.limit})"
        ),
        DenialCode.LEAST_ORDER_VALUE: (
            f"cost basis must be >= minimal amount of order {result.limit}"
        ),
    }
    return result.message if result.code is None else words.get(result.code, result.message)


def _denied(error: TradingError) -> WireError:
    """Name every violation, in the contract's words where it has some."""
    assert isinstance(error, OrderDenied)
    violations = error.verdict.violations
    message = "; ".join(_words_of_contract(result) for result in violations)
    codes = {result.code for result in violations}
    extra: dict[str, object] = {
        "order_id": str(error.order_id),
        "violations": [result.to_json() for result in violations],
    }
    if DenialCode.BUYING_POWER in codes and error.account.buying_power is not None:
        extra["buying_power"] = plain(error.account.buying_power)
        extra["cost_basis"] = next(
            result.measured for result in violations if result.code is DenialCode.BUYING_POWER
        )
    if DenialCode.SHARES_NOT_AVAILABLE in codes:
        held = error.account.position_qty
        extra["symbol"] = error.symbol
        extra["available"] = plain(error.account.position_available)
        extra["existing_qty"] = plain(held)
        extra["held_for_orders"] = plain(held - error.account.position_available)
    return forbidden(message, **extra)


_ANSWERS: tuple[tuple[type[TradingError], Callable[[TradingError], WireError]], ...] = (
    (OrderDenied, _denied),
    (DuplicateClOrdId, _duplicate),
    (InvalidOrder, _rule),
    (NotCancelable, _rule),
    (UnknownAnchor, _malformed),
    (OrderNotFound, _not_found),
    (AccountNotFound, _not_found),
    (DeskClosed, _unavailable),
    (OutcomeUnknown, _unknown),
)
