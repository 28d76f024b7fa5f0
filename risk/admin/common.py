"""What the pages of the rules have in common: added through the interface, ended with a reason."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextareaWidget

from trading.identity.models import User
from trading.infra.admin import OwnTransaction, StaffList
from trading.infra.admin.choosers import hand_over
from trading.kernel.clock import utc_now
from trading.kernel.errors import TradingError


class ThroughInterface(StaffList, OwnTransaction):
    """Adds a row by calling the interface; rows are never edited or deleted here."""

    actions = None

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except TradingError as error:
            self.message_user(request, error.message, messages.ERROR)
            entered = QueryDict(mutable=True)
            entered.update({name: request.POST[name] for name in request.POST if name[0] != "_"})
            entered.pop("csrfmiddlewaretoken", None)
            return HttpResponseRedirect(f"{request.path}?{entered.urlencode()}")

    def get_form(
        self,
        request: HttpRequest,
        obj: models.Model | None = None,
        change: bool = False,  # noqa: FBT001, FBT002 - Django's signature
        **kwargs: Any,
    ) -> Any:  # noqa: ANN401 - Django's
        directory = self.directory

        class Handed(super().get_form(request, obj, change=change, **kwargs)):  # type: ignore[misc]
            def __init__(self, *args: Any, **options: Any) -> None:
                super().__init__(*args, **options)
                hand_over(directory, form=self)

        return Handed

    def has_change_permission(
        self,
        request: HttpRequest,  # noqa: ARG002 - Django's signature
        obj: models.Model | None = None,  # noqa: ARG002
    ) -> bool:
        return False

    def has_delete_permission(
        self,
        request: HttpRequest,  # noqa: ARG002 - Django's signature
        obj: models.Model | None = None,  # noqa: ARG002
    ) -> bool:
        return False

    def has_end_permission(self, request: HttpRequest, _: object = None) -> bool:
        """Tell whether this person may lift or release: the role's change permission."""
        return super().has_change_permission(request)


def actor_of(request: HttpRequest) -> str:
    assert isinstance(request.user, User)
    return f"user:{request.user.pk}"


class ReasonForm(BaseDialogForm):  # unfold ships no types
    reason = forms.CharField(widget=UnfoldAdminTextareaWidget, max_length=1000)


def end_rule(
    model_admin: ThroughInterface,
    request: HttpRequest,
    *,
    end: Callable[[str, datetime], object],
    done: str,
) -> HttpResponse:
    """Run what a dialog asked for, then send the browser back to the list with the answer."""
    try:
        end(actor_of(request), utc_now())
    except TradingError as error:
        model_admin.message_user(request, error.message, messages.ERROR)
    else:
        model_admin.message_user(request, done, messages.SUCCESS)
    back = reverse(f"admin:{model_admin.opts.app_label}_{model_admin.opts.model_name}_changelist")
    return HttpResponse(headers={"HX-Redirect": back})
