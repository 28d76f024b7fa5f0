"""The roles of the house and what each may do on the admin site, on one screen."""

from enum import StrEnum, unique
from fnmatch import fnmatchcase


@unique
class Role(StrEnum):
    TRADER = "TRADER"
    COMPLIANCE_OFFICER = "COMPLIANCE_OFFICER"
    COMPLIANCE_PRINCIPAL = "COMPLIANCE_PRINCIPAL"
    ADMINISTRATOR = "ADMINISTRATOR"


STAFF_ROLES = frozenset(Role) - {Role.TRADER}

# Django permission names, ``<app>.<action>_<model>``, as shell patterns.
PERMISSIONS: dict[Role, tuple[str, ...]] = {
    Role.TRADER: (),
    # Whoever sees a runaway stops it at once; to lift a switch takes a second person.
    Role.COMPLIANCE_OFFICER: (
        "*.view_*",
        "compliance.add_verificationrun",
        "risk.add_killswitch",
        "risk.change_killswitch",
    ),
    Role.COMPLIANCE_PRINCIPAL: (
        "*.view_*",
        "compliance.add_verificationrun",
        "risk.add_*",
        "risk.change_*",
        "oms.change_suspendedreport",
        "oms.change_position",
    ),
    Role.ADMINISTRATOR: (
        "*.view_*",
        "compliance.add_verificationrun",
        "risk.add_*",
        "risk.change_*",
        "identity.add_*",
        "identity.change_*",
        "marketdata.add_*",
        "marketdata.change_*",
        "oms.add_account",
        "oms.change_suspendedreport",
        "oms.change_position",
    ),
}


def may(*, role: Role, permission: str) -> bool:
    """Tell whether ``role`` holds a Django permission such as ``oms.view_order``."""
    return any(fnmatchcase(permission, pattern) for pattern in PERMISSIONS[role])
