"""Which of our errors becomes which answer of the data API, on one screen."""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

from marketdata.api.parameters import invalid
from trading.infra.wire import TooManyRequests, WireError
from trading.kernel.errors import TradingError


def wire_error(error: TradingError) -> WireError:
    """Return the answer to an anticipated error; one without a row is a wrong parameter."""
    return _ANSWERS.get(error.code, _invalid)(error)


def _invalid(error: TradingError) -> WireError:
    # Those anticipated are a timeframe, an adjustment, an indicator or a token that is none.
    return invalid(error.message)


def _too_many(error: TradingError) -> WireError:
    wait_s = float(str(error.context["retry_after_s"]))
    return TooManyRequests("too many requests.", retry_after_s=math.ceil(wait_s))


def _forbidden(error: TradingError) -> WireError:
    return WireError(_told(error), status=403, number=None)


def _unavailable(error: TradingError) -> WireError:
    return WireError(_told(error), status=503, number=None)


def _not_yet(error: TradingError) -> WireError:
    # Of the statuses that mean "later", the one that clients of this API try again by themselves.
    return WireError(_told(error), status=504, number=None)


def _told(error: TradingError) -> str:
    return f"{error.code}: {error.message}"


# Whoever refuses the platform's key or its request is out of order as far as a client can tell.
_ANSWERS: Mapping[str, Callable[[TradingError], WireError]] = MappingProxyType(
    {
        "HISTORY_ON_ITS_WAY": _not_yet,
        "RATE_LIMITED": _too_many,
        "NOT_ENTITLED": _forbidden,
        "PROVIDER_UNREACHABLE": _unavailable,
        "AUTHENTICATION_FAILED": _unavailable,
        "INVALID_REQUEST": _unavailable,
        "BAD_PAYLOAD": _unavailable,
        "PROVIDER_ERROR": _unavailable,
        "TICK_ARCHIVE_UNREADABLE": _unavailable,
    }
)
