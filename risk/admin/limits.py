"""Limits: a new row for each change, with its unit and for whom it holds."""

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from risk import interface
from risk.admin.common import ThroughInterface
from risk.contracts import LimitName
from risk.models import Limit
from trading.infra.admin import actor_of, columns
from trading.infra.admin.choosers import AccountField
from trading.infra.observability import current_request_id
from trading.kernel.clock import utc_now

_UNITS = {LimitName.PRICE_COLLAR_PCT: "%", LimitName.MARKET_RESERVE_PCT: "%"}
_MILLISECONDS = frozenset({LimitName.QUOTE_AGE_MS})


class LimitForm(forms.ModelForm):  # type: ignore[type-arg]  # no [] at run time
    account_id = AccountField(help_text="Empty for the whole firm.")

    class Meta:
        model = Limit
        fields = ("name", "value", "account_id", "effective_to", "reason")


@admin.register(Limit)
class LimitAdmin(ThroughInterface):
    form = LimitForm
    list_display = (
        "name", "value_shown", "for_whom", "effective_from", "effective_to", "by", "reason",
    )  # fmt: skip
    list_filter = ("name", "scope")
    search_fields = ("name", "reason")
    search_help_text = "A person, an account's number, or the reason"
    actor_fields = ("set_by",)
    account_field = "account_id"
    ordering = ("-effective_from", "-id")
    export_extra = ("id", "account_id", "set_by")
    fields = (
        ("name", "value_shown"), "for_whom", ("effective_from", "effective_to"), ("by", "reason"),
    )  # fmt: skip
    add_fieldsets = ((None, {"fields": ("name", "value", "account_id", "effective_to", "reason")}),)

    by = columns.actor("set_by", "Set by")
    for_whom = columns.account("account_id", "For", nothing="the firm")

    @admin.display(description="Value", ordering="value")
    def value_shown(self, row: Limit) -> str:
        name = LimitName(row.name)
        if name in _MILLISECONDS:
            return f"{columns.grouped(row.value)} ms"
        if unit := _UNITS.get(name):
            return f"{columns.grouped(row.value)} {unit}"
        return f"${columns.grouped(row.value, places_min=2)}"

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
            actor=actor_of(request),
            reason=obj.reason,
            now=utc_now(),
            request_id=current_request_id(),
        ).id
