"""What the decisions of staff have in common: a reason, who may, and how the answer is told."""

from collections.abc import Callable
from datetime import datetime

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextareaWidget

from oms.admin.words import OfAccount
from trading.identity.models import User
from trading.kernel.clock import utc_now
from trading.kernel.errors import TradingError


class ReasonForm(BaseDialogForm):  # unfold ships no types
    reason = forms.CharField(widget=UnfoldAdminTextareaWidget, max_length=1000)


class DecidedByStaff(OfAccount):
    """Facts of accounts with actions on them; each goes through the interface and is recorded."""

    def has_decide_permission(self, request: HttpRequest, _: object = None) -> bool:
        """Tell whether this person may decide: the role's change permission of the model."""
        return request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}")

    def decide(
        self, request: HttpRequest, *, decision: Callable[[str, datetime], None], done: str
    ) -> HttpResponse:
        """Take a decision, given actor and time, and send the browser back with the answer."""
        assert isinstance(request.user, User)
        try:
            decision(f"user:{request.user.pk}", utc_now())
        except TradingError as error:
            self.message_user(request, error.message, messages.ERROR)
        else:
            self.message_user(request, done, messages.SUCCESS)
        back = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        return HttpResponse(headers={"HX-Redirect": back})
