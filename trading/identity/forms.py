"""What the two sign-in forms have in common: they say in words when they may be tried again."""

from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.views.decorators.debug import sensitive_variables
from unfold.forms import AuthenticationForm as UnfoldAuthenticationForm

from trading.identity.attempts import AttemptPaused

PAUSED = "paused"


class TellsPause(AuthenticationForm):
    """Turns a refused attempt into an error of the form; ``paused_seconds`` is how long."""

    paused_seconds = 0

    @sensitive_variables()
    def clean(self) -> dict[str, Any]:
        try:
            return super().clean()
        except AttemptPaused as error:
            self.paused_seconds = error.seconds
            raise ValidationError(error.message, code=PAUSED) from None


class AdminSignInForm(TellsPause, UnfoldAuthenticationForm):  # type: ignore[misc]  # unfold ships no types
    """The admin site's."""
