"""
The order state machine, whole, on one screen.

Anything not in the table is a programming error or a market's surprise, and raises.
"""

from collections.abc import Mapping
from types import MappingProxyType

from trading.kernel.errors import TradingError
from trading.kernel.fix import ExecType as E, OrdStatus as S

TERMINAL = frozenset({S.FILLED, S.CANCELED, S.REJECTED, S.DENIED, S.EXPIRED})
OPEN = frozenset(S) - TERMINAL

NEXT: Mapping[tuple[S, E], S] = MappingProxyType(
    {
        (S.PENDING_NEW, E.NEW): S.NEW,
        (S.PENDING_NEW, E.REJECTED): S.REJECTED,
        (S.PENDING_NEW, E.TRADE): S.PARTIALLY_FILLED,  # the fill may beat the ack
        (S.PENDING_NEW, E.PENDING_CANCEL): S.PENDING_CANCEL,
        (S.PENDING_NEW, E.CANCELED): S.CANCELED,
        (S.PENDING_NEW, E.EXPIRED): S.EXPIRED,
        (S.NEW, E.TRADE): S.PARTIALLY_FILLED,
        (S.NEW, E.PENDING_CANCEL): S.PENDING_CANCEL,
        (S.NEW, E.CANCELED): S.CANCELED,
        (S.NEW, E.EXPIRED): S.EXPIRED,
        (S.NEW, E.REJECTED): S.REJECTED,
        (S.PARTIALLY_FILLED, E.NEW): S.PARTIALLY_FILLED,  # the late ack changes nothing
        (S.PARTIALLY_FILLED, E.TRADE): S.PARTIALLY_FILLED,
        (S.PARTIALLY_FILLED, E.PENDING_CANCEL): S.PENDING_CANCEL,
        (S.PARTIALLY_FILLED, E.CANCELED): S.CANCELED,
        (S.PARTIALLY_FILLED, E.EXPIRED): S.EXPIRED,
        (S.PENDING_CANCEL, E.NEW): S.PENDING_CANCEL,  # the late ack again
        (S.PENDING_CANCEL, E.TRADE): S.PENDING_CANCEL,  # fills race cancels
        (S.PENDING_CANCEL, E.CANCELED): S.CANCELED,
        (S.PENDING_CANCEL, E.EXPIRED): S.EXPIRED,
        (S.FILLED, E.NEW): S.FILLED,  # the late ack again
        (S.CANCELED, E.TRADE): S.CANCELED,  # a late fill: real, booked, and worth an alert
        (S.EXPIRED, E.TRADE): S.EXPIRED,  # likewise
    }
)


class IllegalTransition(TradingError):
    """The report cannot follow this status. Stop and look: the market and we disagree."""

    code = "ILLEGAL_TRANSITION"

    def __init__(self, status: S, exec_type: E) -> None:
        super().__init__(f"{exec_type} cannot follow {status}", status=status, exec_type=exec_type)


def next_status(status: S, exec_type: E, *, is_complete: bool) -> S:
    """
    Return where the order stands after the report; ``is_complete``: nothing is left to fill.

    :raises IllegalTransition: if the table has no such row
    """
    try:
        following = NEXT[status, exec_type]
    except KeyError:
        raise IllegalTransition(status, exec_type) from None
    if exec_type is E.TRADE and is_complete and following not in TERMINAL:
        return S.FILLED
    return following
