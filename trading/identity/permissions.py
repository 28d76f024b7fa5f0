"""Django's permission questions, answered from the role."""

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser
from django.db.models import Model
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from trading.identity.models import User
from trading.identity.roles import PERMISSIONS, Role, may
from trading.identity.sign_in import try_password


class RoleBackend(ModelBackend):
    """Signs in by username and password; permissions come from ``roles.PERMISSIONS``."""

    @sensitive_variables()
    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **_: object,
    ) -> User | None:
        """
        Return whose name and password they are; every form that signs in comes through here.

        A name that nobody has takes as long as a wrong password: Django hashes then too.

        :raises AttemptPaused: if this may not be tried yet
        """

        def check() -> User | None:
            found = super(RoleBackend, self).authenticate(request, username, password)
            assert found is None or isinstance(found, User)
            return found

        if request is None or username is None:
            return check()  # not somebody at a form, but a program of ours
        return try_password(request, username=username, check=check)

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
