"""Which of our errors becomes which answer on the wire, on one screen."""

from oms.interface import (
    AccountNotFound,
    DeskClosed,
    DuplicateClOrdId,
    InvalidOrder,
    NotCancelable,
    OrderDenied,
    OrderNotFound,
    OutcomeUnknown,
)
from risk.contracts import DenialCode
from trading.infra.wire import (
    MALFORMED_PARAMETER,
    RULE,
    SERVER,
    WireError,
    forbidden,
    not_found,
    rule_broken,
)
from trading.kernel.errors import TradingError
from trading.kernel.quantities import plain


def wire_error(error: TradingError) -> WireError:
    """Return the answer to an anticipated error; one without its own line is a server error."""
    if isinstance(error, OrderDenied):
        return _denied(error)
    if isinstance(error, DuplicateClOrdId):
        number = RULE if error.context["is_open"] else MALFORMED_PARAMETER
        existing = str(error.context["existing_order_id"])
        return WireError(error.message, status=422, number=number, existing_order_id=existing)
    if isinstance(error, InvalidOrder | NotCancelable):
        return rule_broken(error.message, reason=error.code)
    if isinstance(error, OrderNotFound | AccountNotFound):
        return not_found(error.message)
    if isinstance(error, DeskClosed):
        return WireError(error.message, status=503, number=50310000, reason=error.code)
    if isinstance(error, OutcomeUnknown):
        return WireError(error.message, status=504, number=50410000, reason=error.code)
    return WireError("internal server error occurred", status=500, number=SERVER)


def _denied(error: OrderDenied) -> WireError:
    """Name every violation, in the contract's words where it has some."""
    violations = error.verdict.violations
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
    return forbidden(error.message, **extra)
