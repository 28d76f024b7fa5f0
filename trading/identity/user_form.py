"""The form in which an administrator changes a user."""

from typing import ClassVar

from django.core.exceptions import ValidationError
from unfold.forms import UserChangeForm

from trading.identity.roles import STAFF_ROLES, Role
from trading.identity.users import lock_user
from trading.infra.admin import Directory


class ChangeUserForm(UserChangeForm):  # type: ignore[misc]  # unfold ships no types
    """Refuses a role of the staff for whoever owns a trading account: staff do not trade."""

    directory: ClassVar[Directory]

    def clean_role(self) -> str:
        """
        Return the role, with the user's row locked until the form's transaction ends.

        Opening an account locks it too and then looks at the role, so whoever comes second refuses.
        """
        role = Role(self.cleaned_data["role"])
        if role in STAFF_ROLES:
            lock_user(user_id=self.instance.pk)
            if self.directory.has_account(self.instance.pk):
                raise ValidationError(
                    f"{self.instance.username} has a trading account, and staff have none. "
                    "Add a second user for this person's work on the staff.",
                    code="has_account",
                )
        return role.value
