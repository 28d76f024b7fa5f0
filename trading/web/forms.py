"""What people type into the pages' forms."""

from django import forms
from django.contrib.auth.forms import AuthenticationForm


class SignInForm(AuthenticationForm):
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
