"""
The rules on the admin site. Every change goes through the interface, so its fact is recorded.

Who may change them is said in ``trading.identity.roles``; everybody else on the staff reads.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from unfold.admin import ModelAdmin
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextareaWidget

from risk import interface
from risk.contracts import Audience, LimitName, SwitchScope
from risk.models import KillSwitch, Limit, Restriction
from trading.identity.models import User
from trading.infra.admin import OwnTransaction
from trading.infra.observability import current_request_id
from trading.kernel.clock import utc_now
from trading.kernel.errors import TradingError


class ThroughInterface(OwnTransaction):
    """Adds a row by calling the interface; rows are never edited or deleted here."""

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


def _actor(request: HttpRequest) -> str:
    assert isinstance(request.user, User)
    return f"user:{request.user.pk}"


class ReasonForm(BaseDialogForm):  # unfold ships no types
    reason = forms.CharField(widget=UnfoldAdminTextareaWidget, max_length=1000)


def _end(
    model_admin: ThroughInterface,
    request: HttpRequest,
    *,
    end: Callable[[str, datetime], object],
    done: str,
) -> HttpResponse:
    """Run what a dialog asked for, then send the browser back to the list with the answer."""
    try:
        end(_actor(request), utc_now())
    except TradingError as error:
        model_admin.message_user(request, error.message, messages.ERROR)
    else:
        model_admin.message_user(request, done, messages.SUCCESS)
    back = reverse(f"admin:{model_admin.opts.app_label}_{model_admin.opts.model_name}_changelist")
    return HttpResponse(headers={"HX-Redirect": back})


@admin.register(Limit)
class LimitAdmin(ModelAdmin, ThroughInterface):
    list_display = ("name", "value", "for_whom", "effective_from", "effective_to", "set_by")
    list_filter = ("name", "scope")
    search_fields = ("account_id", "set_by", "reason")
    ordering = ("-effective_from", "-id")
    add_fieldsets = ((None, {"fields": ("name", "value", "account_id", "effective_to", "reason")}),)

    @admin.display(description="For")
    def for_whom(self, row: Limit) -> str:
        return str(row.account_id or "the firm")

    def save_model(
        self,
        request: HttpRequest,
        obj: Limit,
        form: forms.ModelForm,  # type: ignore[type-arg] # noqa: ARG002 - Django's signature
        change: bool,  # noqa: ARG002, FBT001
    ) -> None:
        obj.pk = interface.set_limit(
            name=LimitName(obj.name),
            value=obj.value,
            account_id=obj.account_id,
            effective_to=obj.effective_to,
            actor=_actor(request),
            reason=obj.reason,
            now=utc_now(),
            request_id=current_request_id(),
        ).id


@admin.register(KillSwitch)
class KillSwitchAdmin(ModelAdmin, ThroughInterface):
    list_display = ("target", "state", "engaged_by", "engaged_at", "lifted_by", "lifted_at")
    list_filter = ("scope", ("lifted_at", admin.EmptyFieldListFilter))
    search_fields = ("account_id", "symbol", "engaged_by", "lifted_by", "reason")
    ordering = ("-engaged_at", "-id")
    add_fieldsets = ((None, {"fields": ("scope", "account_id", "symbol", "reason")}),)
    actions_row = ("lift",)
    actions_detail = ("lift",)

    @admin.display(description="Stops")
    def target(self, row: KillSwitch) -> str:
        return str(row.symbol or row.account_id or "the firm")

    @display(description="State", label={"engaged": "danger", "lifted": "success"})
    def state(self, row: KillSwitch) -> str:
        return "engaged" if row.lifted_at is None else "lifted"

    def save_model(
        self,
        request: HttpRequest,
        obj: KillSwitch,
        form: forms.ModelForm,  # type: ignore[type-arg] # noqa: ARG002 - Django's signature
        change: bool,  # noqa: ARG002, FBT001
    ) -> None:
        obj.pk = interface.engage_kill_switch(
            scope=SwitchScope(obj.scope),
            account_id=obj.account_id,
            symbol=obj.symbol,
            actor=_actor(request),
            reason=obj.reason,
            now=utc_now(),
            request_id=current_request_id(),
        ).id

    @action(
        description="Lift",
        icon="lock_open",
        permissions=["end"],
        variant=ActionVariant.WARNING,
        dialog={
            "title": "Lift this kill switch",
            "description": "New orders go through again at once. It takes a second person: "
            "whoever engaged the switch cannot lift it.",
            "form_class": ReasonForm,
            "form_submit_text": "Lift",
        },
    )
    def lift(self, request: HttpRequest, form: ReasonForm, object_id: int) -> HttpResponse:
        return _end(
            self,
            request,
            end=lambda actor, now: interface.lift_kill_switch(
                switch_id=object_id,
                actor=actor,
                reason=form.cleaned_data["reason"],
                now=now,
                request_id=current_request_id(),
            ),
            done="The kill switch is lifted.",
        )


@admin.register(Restriction)
class RestrictionAdmin(ModelAdmin, ThroughInterface):
    list_display = ("symbol", "applies_to", "effective_from", "effective_to", "set_by")
    list_filter = ("applies_to", ("effective_to", admin.EmptyFieldListFilter))
    search_fields = ("symbol", "set_by", "released_by", "reason")
    ordering = ("-effective_from", "-id")
    add_fieldsets = ((None, {"fields": ("symbol", "applies_to", "reason")}),)
    actions_row = ("release",)
    actions_detail = ("release",)

    def save_model(
        self,
        request: HttpRequest,
        obj: Restriction,
        form: forms.ModelForm,  # type: ignore[type-arg] # noqa: ARG002 - Django's signature
        change: bool,  # noqa: ARG002, FBT001
    ) -> None:
        obj.pk = interface.restrict_symbol(
            symbol=obj.symbol,
            applies_to=Audience(obj.applies_to),
            actor=_actor(request),
            reason=obj.reason,
            now=utc_now(),
            request_id=current_request_id(),
        ).id

    @action(
        description="Release",
        icon="lock_open",
        permissions=["end"],
        dialog={
            "title": "Release this symbol",
            "description": "New orders in it go through again at once.",
            "form_class": ReasonForm,
            "form_submit_text": "Release",
        },
    )
    def release(self, request: HttpRequest, form: ReasonForm, object_id: int) -> HttpResponse:
        return _end(
            self,
            request,
            end=lambda actor, now: interface.release_symbol(
                restriction_id=object_id,
                actor=actor,
                reason=form.cleaned_data["reason"],
                now=now,
                request_id=current_request_id(),
            ),
            done="The symbol is released.",
        )
