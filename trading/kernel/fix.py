"""The FIX vocabulary. One spelling per concept; the tag is the citation."""

from enum import StrEnum, unique


@unique
class Side(StrEnum):  # tag 54
    BUY = "BUY"
    SELL = "SELL"


@unique
class OrdType(StrEnum):  # tag 40
    MARKET = "MARKET"
    LIMIT = "LIMIT"


@unique
class TimeInForce(StrEnum):  # tag 59
    DAY = "DAY"
    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"

    @property
    def is_immediate(self) -> bool:
        """Whether such an order never rests: what is not filled on arrival is canceled."""
        return self in {TimeInForce.IOC, TimeInForce.FOK}


@unique
class ExecType(StrEnum):  # tag 150: what this report says happened
    NEW = "NEW"
    TRADE = "TRADE"
    CANCELED = "CANCELED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    PENDING_CANCEL = "PENDING_CANCEL"


@unique
class OrdStatus(StrEnum):  # tag 39: where the order stands now
    PENDING_NEW = "PENDING_NEW"
    NEW = "NEW"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    PENDING_CANCEL = "PENDING_CANCEL"
    CANCELED = "CANCELED"
    REJECTED = "REJECTED"  # refused by the broker or the exchange
    DENIED = "DENIED"  # ours, not FIX: refused by our own risk gate, never left the building
    EXPIRED = "EXPIRED"
