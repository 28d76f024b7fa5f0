"""What the facts of order management tell of its tables, for `verify_records`."""

from oms.operations.ties.accounts import ACCOUNTS
from oms.operations.ties.orders import ORDERS
from oms.operations.ties.suspense import SUSPENSE

TIES = (ACCOUNTS, ORDERS, SUSPENSE)

__all__ = ["TIES"]
