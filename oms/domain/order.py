"""What makes an order well formed, before risk is asked. Every rule names itself."""

from decimal import Decimal

from oms.contracts import PlaceOrder
from trading.kernel.errors import TradingError
from trading.kernel.fix import OrdType, TimeInForce
from trading.kernel.quantities import plain, price_places


class InvalidOrder(TradingError):
    """The order breaks a rule of form. Correct it and send it again."""

    code = "INVALID_ORDER"


class UnknownSymbol(InvalidOrder):
    code = "UNKNOWN_SYMBOL"


class NotTradable(InvalidOrder):
    code = "NOT_TRADABLE"


class NotFractionable(InvalidOrder):
    code = "NOT_FRACTIONABLE"


class FractionalNotDay(InvalidOrder):
    code = "FRACTIONAL_NOT_DAY"


class SubPennyPrice(InvalidOrder):
    code = "SUB_PENNY_PRICE"


class ExtendedHoursNotLimit(InvalidOrder):
    code = "EXTENDED_HOURS_NOT_LIMIT"


def _places(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    assert isinstance(exponent, int)
    return max(0, -exponent)


def require_well_formed(*, command: PlaceOrder, fractionable: bool) -> None:
    """
    Check what can be checked without prices or balances.

    :raises InvalidOrder: a subclass that names the broken rule
    """
    if command.limit_price is not None and (
        _places(command.limit_price) > price_places(command.limit_price)
    ):
        raise SubPennyPrice(
            f"invalid limit_price {plain(command.limit_price)}. sub-penny increment does not "
            "fulfill minimum pricing criteria"
        )
    if command.qty != command.qty.to_integral_value():
        if not fractionable:
            raise NotFractionable(f'asset "{command.symbol}" is not fractionable')
        if command.time_in_force is not TimeInForce.DAY:
            raise FractionalNotDay("fractional orders must be DAY orders")
    if command.extended_hours and (
        command.ord_type is not OrdType.LIMIT
        or command.time_in_force not in {TimeInForce.DAY, TimeInForce.GTC}
    ):
        raise ExtendedHoursNotLimit("extended hours order must be DAY or GTC limit orders")
