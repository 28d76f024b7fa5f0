"""Decisions of staff: each has a reason, goes through an interface, and is answered on its list."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.options import ModelAdmin as DjangoModelAdmin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextareaWidget

from trading.kernel.clock import utc_now
from trading.kernel.errors import TradingError


class ReasonForm(BaseDialogForm):  # unfold ships no types
    reason = forms.CharField(widget=UnfoldAdminTextareaWidget, max_length=1000)


def actor_of(request: HttpRequest) -> str:
    """Return who asks, as facts name their actors."""
    return f"user:{request.user.pk}"


def decide(
    model_admin: "DjangoModelAdmin[Any]",
    request: HttpRequest,
    *,
    decision: Callable[[str, datetime], object],
    done: str,
) -> HttpResponse:
    """
    Take a decision that a dialog asked for; send the browser back to the list with the answer.

    ``decision`` is given the actor and the time; a ``TradingError`` of it is told in its words.
    """
    try:
        decision(actor_of(request), utc_now())
    except TradingError as error:
        model_admin.message_user(request, error.message, messages.ERROR)
    else:
        model_admin.message_user(request, done, messages.SUCCESS)
    opts = model_admin.opts
    back = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
    return HttpResponse(headers={"HX-Redirect": back})
