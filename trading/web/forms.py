"""What people type into the pages' forms."""

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.views.decorators.debug import sensitive_variables

from trading.identity import interface as identity
from trading.identity.forms import TellsPause

_NOT_THE_SAME = "The two passwords are not the same."


class SignInForm(TellsPause):
    """Says the same whether the name or the password is wrong: neither is anybody's business."""

    error_messages = {
        "invalid_login": "That name and password do not match. Capital letters count in both.",
        "inactive": "This user has been deactivated. Ask an administrator.",
    }


class NewKeyForm(forms.Form):
    label = forms.CharField(
        max_length=64,
        error_messages={"required": "Say what the key is for, so that you know it later."},
    )

    def clean_label(self) -> str:
        """Refuse what is not seen and turns the words of a page round, on staff pages too."""
        label: str = self.cleaned_data["label"]
        if not label.isprintable():
            raise forms.ValidationError("Use letters that can be printed.", code="unprintable")
        return label


class PasswordField(forms.CharField):
    """A password as it was typed, spaces too; it is never shown again."""

    widget = forms.PasswordInput

    def __init__(self, *, required: str) -> None:
        super().__init__(strip=False, max_length=256, error_messages={"required": required})


class NewPasswordForm(forms.Form):
    """A new password, twice, by the firm's rules."""

    password1 = PasswordField(required="Choose a password.")
    password2 = PasswordField(required="Type the same password again.")

    @sensitive_variables()
    def require_good_password(self, *, username: str, user_id: UUID | None = None) -> None:
        """Add what is wrong with the new password to the form's errors."""
        first, second = (self.cleaned_data.get(name) for name in ("password1", "password2"))
        if not first or not second:
            return
        if first != second:
            self.add_error("password2", _NOT_THE_SAME)
        for problem in identity.password_problems(
            username=username, password=first, user_id=user_id
        ):
            self.add_error("password1", problem)


class RegistrationForm(NewPasswordForm):
    """A visitor's own account: a name to sign in with, a password, and which kind of account."""

    username = forms.CharField(
        max_length=identity.USERNAME_LENGTH_MAX, error_messages={"required": "Choose a username."}
    )

    def __init__(self, *args: Any, account_types: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["account_type"] = forms.ChoiceField(
            choices=[(kind, kind) for kind in account_types],
            error_messages={"required": "Choose an account.", "invalid_choice": "Choose one."},
        )

    def clean_username(self) -> str:
        try:
            return identity.new_username(str(self.cleaned_data["username"]))
        except identity.UsernameRefused as error:
            raise ValidationError(error.message) from None

    def clean(self) -> dict[str, Any]:
        self.require_good_password(username=self.cleaned_data.get("username", ""))
        return self.cleaned_data


class ChangePasswordForm(NewPasswordForm):
    """The current password, so that a page left open is not enough, and the new one twice."""

    password = PasswordField(required="Type your current password.")

    def __init__(self, *args: Any, user_id: UUID, username: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._user_id, self._username = user_id, username

    def clean(self) -> dict[str, Any]:
        self.require_good_password(username=self._username, user_id=self._user_id)
        return self.cleaned_data
