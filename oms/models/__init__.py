"""The tables of order management."""

from oms.models.account import Account, Lot, Position
from oms.models.journal import JournalEntry, Posting
from oms.models.order import Execution, Order, Reservation
from oms.models.suspense import SuspendedReport, SuspenseResolution

__all__ = [
    "Account",
    "Execution",
    "JournalEntry",
    "Lot",
    "Order",
    "Position",
    "Posting",
    "Reservation",
    "SuspendedReport",
    "SuspenseResolution",
]
