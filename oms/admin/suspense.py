"""Reports that could not be booked: what the market said, why not, and what became of it."""

from uuid import UUID

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from oms import interface
from oms.admin.decisions import DecidedByStaff, ReasonForm
from oms.models import SuspendedReport
from trading.infra.observability import current_request_id


@admin.register(SuspendedReport)
class SuspendedReportAdmin(DecidedByStaff):
    """Kept as it came. To book it tries again; to dismiss it says that it is not true."""

    list_display = (
        "suspended_at", "state", "code", "exec_type", "account", "order_id", "last_qty", "last_px",
        "reason",
    )  # fmt: skip
    list_filter = (("resolution", admin.EmptyFieldListFilter), "code", "exec_type")
    search_fields = ("exec_id", "order_id", "account__account_number", "reason")
    list_select_related = ("account", "resolution")
    ordering = ("-suspended_at", "-id")
    actions_row = ("book", "dismiss")
    actions_detail = ("book", "dismiss")
    readonly_fields = ("state", "decision")

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
        return f"{found.outcome} by {found.resolved_by}: {found.reason}"

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
        return self.decide(
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
        return self.decide(
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
