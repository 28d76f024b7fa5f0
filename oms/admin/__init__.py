"""Order management on the admin site: evidence, and the few decisions that staff take."""

from oms.admin import evidence, positions, suspense
from oms.admin.suspense import suspense_badge

__all__ = ["evidence", "positions", "suspense", "suspense_badge"]
