"""Positions: what accounts hold, and the write-down of what has no price any more."""

from collections.abc import Callable
from datetime import datetime

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from oms import interface
from oms.admin.decisions import DecidedByStaff
from oms.admin.words import OWNER_SEARCH
from oms.models import Position
from trading.infra.admin import ReasonForm, columns, decide
from trading.infra.observability import current_request_id


@admin.register(Position)
class PositionAdmin(DecidedByStaff):
    list_display = (
        "account_shown", "symbol", "held", "cost_shown", "offered", "wanted", "realized", "close",
        "last_close_before", "value_shown",
    )  # fmt: skip
    list_filter = ("symbol", ("written_down_at", admin.EmptyFieldListFilter))
    search_fields = ("symbol", *OWNER_SEARCH)
    search_help_text = "A person, an account's number or a symbol"
    ordering = ("account__account_number", "symbol")
    list_display_links = ("symbol",)
    fields = (
        ("account_shown", "symbol"),
        ("held", "cost_shown"),
        ("offered", "wanted"),
        ("realized", "value_shown"),
        ("close", "last_close_before"),
        "written_down_at",
    )
    actions_row = ("write_down", "lift_write_down")
    actions_detail = ("write_down", "lift_write_down")

    held = columns.shares("qty", "Held")
    cost_shown = columns.dollars("cost", "Cost")
    offered = columns.shares("reserved_qty", "On offer")
    wanted = columns.shares("open_buy_qty", "Wanted by open orders")
    realized = columns.dollars("realized_pl", "Realized")
    close = columns.dollars("last_close", "Last close known")

    def offers(self, request: HttpRequest, row: Position, action: str) -> bool:  # noqa: ARG002 - whoever may
        is_written_down = row.written_down_at is not None
        if action == "lift_write_down":
            return is_written_down
        return row.qty > 0 and not is_written_down

    @display(description="Counts", label={"written down": "danger", "at its price": "info"})
    def value_shown(self, row: Position) -> str:
        return "at its price" if row.written_down_at is None else "written down"

    @action(
        description="Write down",
        icon="money_off",
        permissions=["decide"],
        variant=ActionVariant.WARNING,
        dialog={
            "title": "Write this holding down to nothing",
            "description": "It counts for nothing in equity, buying power and the day's result "
            "until that is lifted. Its cost and its lots stay.",
            "form_class": ReasonForm,
            "form_submit_text": "Write down",
        },
    )
    def write_down(self, request: HttpRequest, form: ReasonForm, object_id: int) -> HttpResponse:
        return self._decide_on(
            request, form, object_id, record=interface.write_down, done="It is written down."
        )

    @action(
        description="Lift write-down",
        icon="undo",
        permissions=["decide"],
        dialog={
            "title": "Lift this holding's write-down",
            "description": "It counts for its price again.",
            "form_class": ReasonForm,
            "form_submit_text": "Lift",
        },
    )
    def lift_write_down(
        self, request: HttpRequest, form: ReasonForm, object_id: int
    ) -> HttpResponse:
        return self._decide_on(
            request,
            form,
            object_id,
            record=interface.lift_write_down,
            done="The write-down is lifted.",
        )

    def _decide_on(
        self,
        request: HttpRequest,
        form: ReasonForm,
        object_id: int,
        *,
        record: Callable[..., None],
        done: str,
    ) -> HttpResponse:
        row = get_object_or_404(Position, pk=object_id)

        def decision(actor: str, now: datetime) -> None:
            record(
                account_id=row.account_id,
                instrument_id=row.instrument_id,
                actor=actor,
                reason=form.cleaned_data["reason"],
                now=now,
                request_id=current_request_id(),
            )

        return decide(self, request, decision=decision, done=done)
