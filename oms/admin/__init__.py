"""Order management on the admin site: evidence, and the few decisions that staff take."""

from oms.admin import evidence, positions, suspense

__all__ = ["evidence", "positions", "suspense"]
