"""The forms in which an administrator makes a user, changes one and sets a password."""

from typing import ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.views.decorators.debug import sensitive_variables
from unfold.forms import AdminPasswordChangeForm, UserCreationForm

from trading.identity.models import User
from trading.identity.roles import STAFF_ROLES, Role
from trading.identity.usernames import USERNAME_RULE, UsernameRefused, new_username
from trading.identity.users import SamePassword, lock_user, require_another_password
from trading.infra.admin import Directory


class _Named(forms.ModelForm):  # type: ignore[type-arg]  # no [] at run time
    """Holds a new name to the rule for names; a name that a user has had before it stays."""

    class Meta:
        model = User
        fields = ("username",)
        help_texts: ClassVar = {"username": USERNAME_RULE}

    def clean_username(self) -> str:
        typed = str(self.cleaned_data["username"])
        if typed == self.initial.get("username"):
            return typed
        try:
            username = new_username(typed)
        except UsernameRefused as error:
            raise ValidationError(error.message, code="username") from None
        if User.objects.filter(username__iexact=username).exclude(pk=self.instance.pk).exists():
            raise ValidationError(f"The name {username} is taken; choose another one.")
        return username


class AddUserForm(_Named, UserCreationForm):  # type: ignore[misc]  # unfold ships no types
    """A new user: a name by the rule, a role, a password twice."""

    class Meta(_Named.Meta):
        pass


class SetPasswordForm(AdminPasswordChangeForm):  # type: ignore[misc]  # unfold ships no types
    """Somebody's new password, which is not the present one."""

    @sensitive_variables("password")
    def clean_password1(self) -> str:
        password = str(self.cleaned_data["password1"])
        try:
            require_another_password(self.user, password)
        except SamePassword as error:
            raise ValidationError(f"{error.message[0].upper()}{error.message[1:]}.") from None
        return password


class ChangeUserForm(_Named):
    """Refuses a role of the staff for whoever owns a trading account: staff do not trade."""

    directory: ClassVar[Directory]

    class Meta(_Named.Meta):
        pass

    def clean_role(self) -> str:
        """
        Return the role, with the user's row locked until the form's transaction ends.

        Opening an account locks it too and then looks at the role, so whoever comes second refuses.
        """
        role = Role(self.cleaned_data["role"])
        if role in STAFF_ROLES:
            lock_user(user_id=self.instance.pk)
            if self.directory.account_of(self.instance.pk) is not None:
                raise ValidationError(
                    f"{self.instance.username} has a trading account, and staff have none. "
                    "Add a second user for this person's work on the staff.",
                    code="has_account",
                )
        return role.value
