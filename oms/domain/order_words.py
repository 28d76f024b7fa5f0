"""What an order's states and terms are called on screen, as ``static/js/words.js`` calls them."""

from typing import Final

from trading.kernel.fix import OrdStatus, OrdType, TimeInForce

STATUS: Final = {
    OrdStatus.PENDING_NEW: "Sent",
    OrdStatus.NEW: "Working",
    OrdStatus.PARTIALLY_FILLED: "Part filled",
    OrdStatus.FILLED: "Filled",
    OrdStatus.PENDING_CANCEL: "Canceling",
    OrdStatus.CANCELED: "Canceled",
    OrdStatus.REJECTED: "Refused by the market",
    OrdStatus.DENIED: "Refused",
    OrdStatus.EXPIRED: "Expired",
}

ORD_TYPE: Final = {OrdType.MARKET: "Market", OrdType.LIMIT: "Limit"}

TIME_IN_FORCE: Final = {
    TimeInForce.DAY: "Day",
    TimeInForce.GTC: "Until canceled",
    TimeInForce.IOC: "Now or cancel",
    TimeInForce.FOK: "All or nothing",
}
