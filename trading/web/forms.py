"""What people type into the pages' forms."""

from django import forms


class NewKeyForm(forms.Form):
    label = forms.CharField(
        max_length=64,
        error_messages={"required": "Say what the key is for, so that you know it later."},
    )
