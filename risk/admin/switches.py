"""Kill switches: one person stops trading at once, a second one lets it go on."""

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminRadioSelectWidget

from risk import interface
from risk.admin.common import ThroughInterface
from risk.contracts import SwitchScope
from risk.models import KillSwitch
from trading.infra.admin import ReasonForm, actor_of, columns, decide
from trading.infra.admin.choosers import AccountField, SymbolField
from trading.infra.observability import current_request_id
from trading.kernel.clock import utc_now

_SCOPES = (
    (SwitchScope.SYMBOL.value, "One symbol"),
    (SwitchScope.ACCOUNT.value, "One account"),
    (SwitchScope.FIRM.value, "The whole firm"),
)


class KillSwitchForm(forms.ModelForm):  # type: ignore[type-arg]  # no [] at run time
    scope = forms.ChoiceField(
        label="What is stopped",
        choices=_SCOPES,
        widget=UnfoldAdminRadioSelectWidget,
        help_text="New orders are refused and working ones are canceled, at once.",
    )
    account_id = AccountField(help_text="For a switch on one account.")
    symbol = SymbolField(required=False, help_text="For a switch on one symbol.")

    class Meta:
        model = KillSwitch
        fields = ("scope", "account_id", "symbol", "reason")


@admin.register(KillSwitch)
class KillSwitchAdmin(ThroughInterface):
    form = KillSwitchForm
    change_form_before_template = "admin/risk/working_orders.html"
    list_display = (
        "target", "state", "by", "engaged_at", "reason", "second", "lifted_at",
    )  # fmt: skip
    list_filter = ("scope", ("lifted_at", admin.EmptyFieldListFilter))
    search_fields = ("symbol", "reason", "lift_reason")
    search_help_text = "A person, an account's number, a symbol, or the reason"
    actor_fields = ("engaged_by", "lifted_by")
    account_field = "account_id"
    ordering = ("-engaged_at", "-id")
    export_extra = ("id", "scope", "account_id", "engaged_by", "lifted_by", "lift_reason")
    fields = (
        ("target", "state"),
        ("by", "engaged_at"),
        "reason",
        "who_may_lift",
        ("second", "lifted_at"),
        "lift_reason",
    )
    add_fieldsets = ((None, {"fields": ("scope", "symbol", "account_id", "reason")}),)
    actions_row = ("lift",)
    actions_detail = ("lift",)

    by = columns.actor("engaged_by", "Engaged by")
    second = columns.actor("lifted_by", "Lifted by")

    class Media:
        js = ("js/admin/working_orders.js",)

    def offers(self, request: HttpRequest, row: KillSwitch, action: str) -> bool:  # noqa: ARG002 - there is one
        return row.lifted_at is None and row.engaged_by != actor_of(request)

    @admin.display(description="Who may lift it")
    def who_may_lift(self, row: KillSwitch) -> str:
        if row.lifted_at is not None:
            return "it is lifted"
        by = self.names_for(row).actors.get(row.engaged_by, row.engaged_by)
        return f"a second person: any compliance officer or principal but {by}, who engaged it"

    @admin.display(description="Stops", ordering="scope")
    def target(self, row: KillSwitch) -> str:
        if row.account_id is not None:
            return self.names_for(row).accounts.get(row.account_id, str(row.account_id))
        return row.symbol or "the firm"

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
            actor=actor_of(request),
            reason=obj.reason,
            now=utc_now(),
            request_id=current_request_id(),
        ).id
        canceled, still = self.directory.await_cancels(
            switch_id=obj.pk, account_id=obj.account_id, symbol=obj.symbol
        )
        self.message_user(request, f"{_orders(canceled)} canceled.", messages.WARNING)
        if still:
            told = f"{_orders(still)} not canceled yet: see how the desk is before you leave."
            self.message_user(request, told, messages.ERROR)

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
        return decide(
            self,
            request,
            decision=lambda actor, now: interface.lift_kill_switch(
                switch_id=object_id,
                actor=actor,
                reason=form.cleaned_data["reason"],
                now=now,
                request_id=current_request_id(),
            ),
            done="The kill switch is lifted.",
        )


def _orders(count: int) -> str:
    return "One working order was" if count == 1 else f"{count} working orders were"
