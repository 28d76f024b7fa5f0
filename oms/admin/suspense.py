"""Reports that could not be booked: what the market said, why not, and what became of it."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import CharField, F, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from oms import interface
from oms.admin.decisions import DecidedByStaff
from oms.admin.words import OWNER_SEARCH
from oms.events import ORDER_STREAMS
from oms.models import SuspendedReport
from trading.infra.admin import ReasonForm, columns, decide, times
from trading.infra.observability import current_request_id


@admin.register(SuspendedReport)
class SuspendedReportAdmin(DecidedByStaff):
    """Kept as it came. To book it tries again; to dismiss it says that it is not true."""

    list_display = (
        "suspended_at", "state", "code", "exec_type", "account_shown", "order_shown", "filled",
        "price", "reason",
    )  # fmt: skip
    list_filter = (("resolution", admin.EmptyFieldListFilter), "code", "exec_type")
    search_fields = ("exec_id", "order_id", "reason", *OWNER_SEARCH)
    search_help_text = "A person, an account's number, an order's or a report's id, or the reason"
    list_select_related = ("account__owner", "resolution")
    stream_field = "order_stream"
    export_extra = ("id", "order_id", "exec_id", "text", "decision")
    ordering = ("-suspended_at", "-id")
    actions_row = ("book", "dismiss")
    actions_detail = ("book", "dismiss")
    fields = (
        ("suspended_at", "state"),
        ("account_shown", "order_shown"),
        ("exec_type", "exec_id"),
        ("filled", "price"),
        ("code", "reason"),
        ("text", "ts_event"),
        "decision",
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[SuspendedReport]":
        found: QuerySet[SuspendedReport] = super().get_queryset(request)
        stream = Concat(Value(ORDER_STREAMS), Cast(F("order_id"), CharField()))
        return found.annotate(order_stream=stream)

    def offers(self, request: HttpRequest, row: SuspendedReport, action: str) -> bool:  # noqa: ARG002 - both alike
        return getattr(row, "resolution", None) is None

    @admin.display(description="Order", ordering="order_id")
    def order_shown(self, row: Any) -> SafeString | str:  # noqa: ANN401 - with its annotation
        words = self.names_for(row).streams.get(row.order_stream)
        if words is None:
            return f"{row.order_id}, which we do not have"
        page = reverse("admin:oms_order_change", args=[row.order_id])
        return format_html('<a class="desk-link" href="{}">{}</a>', page, words)

    @admin.display(description="Filled, shares (as reported)")
    def filled(self, row: SuspendedReport) -> str:
        return row.last_qty or columns.NOTHING

    @admin.display(description="Price, $ (as reported)")
    def price(self, row: SuspendedReport) -> str:
        return row.last_px or columns.NOTHING

    @display(
        description="State",
        label={"waits": "danger", "BOOKED": "success", "DISMISSED": "info"},
    )
    def state(self, row: SuspendedReport) -> str:
        found = getattr(row, "resolution", None)
        return "waits" if found is None else str(found.outcome)

    @display(description="Decision")
    def decision(self, row: SuspendedReport) -> str:
        found = getattr(row, "resolution", None)
        if found is None:
            return "none yet"
        by = self.directory.name_actors([found.resolved_by])
        who = by.get(found.resolved_by, found.resolved_by)
        return f"{found.outcome} by {who}, {times.shown(found.resolved_at)}: {found.reason}"

    @action(
        description="Book",
        icon="check",
        permissions=["decide"],
        dialog={
            "title": "Book this report",
            "description": "It is tried again as it came. If the books still cannot take it, "
            "nothing changes and the reason is told.",
            "form_class": ReasonForm,
            "form_submit_text": "Book",
        },
    )
    def book(self, request: HttpRequest, form: ReasonForm, object_id: UUID) -> HttpResponse:
        return decide(
            self,
            request,
            decision=lambda actor, now: interface.book_suspended(
                suspense_id=object_id,
                actor=actor,
                reason=form.cleaned_data["reason"],
                now=now,
                request_id=current_request_id(),
            ),
            done="The report is booked.",
        )

    @action(
        description="Dismiss",
        icon="block",
        permissions=["decide"],
        variant=ActionVariant.WARNING,
        dialog={
            "title": "Dismiss this report",
            "description": "It is not booked. The report, the reason and who said so stay on "
            "record.",
            "form_class": ReasonForm,
            "form_submit_text": "Dismiss",
        },
    )
    def dismiss(self, request: HttpRequest, form: ReasonForm, object_id: UUID) -> HttpResponse:
        return decide(
            self,
            request,
            decision=lambda actor, now: interface.dismiss_suspended(
                suspense_id=object_id,
                actor=actor,
                reason=form.cleaned_data["reason"],
                now=now,
                request_id=current_request_id(),
            ),
            done="The report is dismissed.",
        )
