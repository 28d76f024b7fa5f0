"""Order management on the admin site: evidence, and the few decisions that staff take."""

from oms.admin import accounts, evidence, orders, positions, suspense

__all__ = ["accounts", "evidence", "orders", "positions", "suspense"]
