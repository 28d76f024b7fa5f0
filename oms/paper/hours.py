"""When the paper market trades: the phase of its day, and who may trade in it. Pure."""

from dataclasses import dataclass
from enum import StrEnum, unique

from marketdata.contracts import FeedKind


@unique
class Phase(StrEnum):
    """A part of the market's day."""

    CLOSED = "CLOSED"
    EXTENDED = "EXTENDED"  # before the open and after the close: only who asks for it
    REGULAR = "REGULAR"

    def trades(self, *, extended_hours: bool) -> bool:
        """Tell whether an order trades in this phase, by what it asked for."""
        return self is Phase.REGULAR or (self is Phase.EXTENDED and extended_hours)


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingHours:
    """
    The phase that holds from ``since_ns`` until ``until_ns`` (ns, exclusive), of which market.

    A quote of before ``since_ns`` is of another phase: nobody stands behind it in this one.
    """

    kind: FeedKind
    phase: Phase
    since_ns: int
    until_ns: int
