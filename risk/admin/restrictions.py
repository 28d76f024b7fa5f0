"""Restrictions: symbols in which nobody, or no employee, may place new orders."""

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from unfold.decorators import action, display

from risk import interface
from risk.admin.common import ThroughInterface
from risk.contracts import Audience
from risk.models import Restriction
from trading.infra.admin import ReasonForm, actor_of, columns, decide
from trading.infra.admin.choosers import SymbolField
from trading.infra.observability import current_request_id
from trading.kernel.clock import utc_now


class RestrictionForm(forms.ModelForm):  # type: ignore[type-arg]  # no [] at run time
    symbol = SymbolField(help_text="New orders in it are refused; working ones stay.")

    class Meta:
        model = Restriction
        fields = ("symbol", "applies_to", "reason")


@admin.register(Restriction)
class RestrictionAdmin(ThroughInterface):
    form = RestrictionForm
    list_display = (
        "symbol", "state", "applies_to", "effective_from", "by", "reason", "effective_to", "ended",
    )  # fmt: skip
    list_filter = ("applies_to", ("effective_to", admin.EmptyFieldListFilter))
    search_fields = ("symbol", "reason", "release_reason")
    search_help_text = "A person, a symbol, or the reason"
    actor_fields = ("set_by", "released_by")
    ordering = ("-effective_from", "-id")
    export_extra = ("id", "set_by", "released_by", "release_reason")
    fields = (
        ("symbol", "state"),
        ("applies_to", "effective_from"),
        ("by", "reason"),
        ("ended", "effective_to"),
        "release_reason",
    )
    add_fieldsets = ((None, {"fields": ("symbol", "applies_to", "reason")}),)
    actions_row = ("release",)
    actions_detail = ("release",)

    by = columns.actor("set_by", "Set by")
    ended = columns.actor("released_by", "Released by")

    def offers(self, request: HttpRequest, row: Restriction, action: str) -> bool:  # noqa: ARG002 - there is one
        return row.effective_to is None

    @display(description="State", label={"in force": "danger", "released": "success"})
    def state(self, row: Restriction) -> str:
        return "in force" if row.effective_to is None else "released"

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
            actor=actor_of(request),
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
        return decide(
            self,
            request,
            decision=lambda actor, now: interface.release_symbol(
                restriction_id=object_id,
                actor=actor,
                reason=form.cleaned_data["reason"],
                now=now,
                request_id=current_request_id(),
            ),
            done="The symbol is released.",
        )
