"""
The rules on the admin site. Every change goes through the interface, so its fact is recorded.

Who may change them is said in ``trading.identity.roles``; everybody else on the staff reads.
"""

from risk.admin import limits, restrictions, switches

__all__ = ["limits", "restrictions", "switches"]
