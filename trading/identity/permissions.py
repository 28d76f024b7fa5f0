"""Django's permission questions, answered from the role."""

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser
from django.db.models import Model

from trading.identity.models import User
from trading.identity.roles import PERMISSIONS, Role, may


class RoleBackend(ModelBackend):
    """Signs in by username and password; permissions come from ``roles.PERMISSIONS``."""

    def has_perm(
        self,
        user_obj: User | AnonymousUser,
        perm: str,
        obj: Model | None = None,  # noqa: ARG002 - Django's signature
    ) -> bool:
        if not user_obj.is_active or not isinstance(user_obj, User):
            return False
        return may(role=Role(user_obj.role), permission=perm)

    def has_module_perms(self, user_obj: User | AnonymousUser, app_label: str) -> bool:
        if not user_obj.is_active or not isinstance(user_obj, User):
            return False
        patterns = PERMISSIONS[Role(user_obj.role)]
        return any(pattern.startswith(("*.", f"{app_label}.")) for pattern in patterns)

    def get_all_permissions(
        self,
        user_obj: User | AnonymousUser,  # noqa: ARG002 - Django's signature
        obj: Model | None = None,  # noqa: ARG002
    ) -> set[str]:
        return set()
