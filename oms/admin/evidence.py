"""Orders, executions, positions and the journal on the admin site: evidence, read-only."""

import json
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.admin import TabularInline
from unfold.decorators import display

from oms.admin.opening import OpensAccounts
from oms.models import Account, Execution, JournalEntry, Order, Posting
from trading.eventlog.models import Event
from trading.infra.admin import ReadOnlyAdmin
from trading.kernel.clock import NEW_YORK
from trading.kernel.quantities import plain

AVERAGE_PLACES = Decimal("0.0001")
STATUS_COLOURS = {
    "FILLED": "success",
    "PARTIALLY_FILLED": "info",
    "NEW": "info",
    "PENDING_NEW": "info",
    "PENDING_CANCEL": "warning",
    "CANCELED": "warning",
    "EXPIRED": "warning",
    "REJECTED": "danger",
    "DENIED": "danger",
}


class _Evidence(TabularInline):
    extra = 0
    can_delete = False

    def has_add_permission(self, *_: Any) -> bool:
        return False

    def has_change_permission(self, *_: Any) -> bool:
        return False


class ExecutionInline(_Evidence):
    model = Execution
    fields = ("exec_id", "last_qty", "last_px", "amount", "executed_at")


class PostingInline(_Evidence):
    model = Posting
    fields = ("ledger_account", "amount")


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    """An order's whole life on one page: terms, verdict, events, executions."""

    list_display = (
        "created_at", "account", "symbol", "side_shown", "quantity", "ord_type", "limit",
        "status_shown", "filled", "average",
    )  # fmt: skip
    list_filter = (
        "status",
        "side",
        "ord_type",
        "symbol",
        "channel",
        ("created_at", admin.DateFieldListFilter),
    )
    search_fields = (
        "id",
        "cl_ord_id",
        "symbol",
        "account__account_number",
        "account__owner__username",
    )
    list_select_related = ("account",)
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-id")
    inlines = (ExecutionInline,)
    fieldsets = (
        ("Order", {"fields": (
            ("account", "symbol"),
            ("side_shown", "quantity"),
            ("ord_type", "limit"),
            ("time_in_force", "extended_hours"),
            ("status_shown", "text"),
            ("filled", "average"),
            ("id", "cl_ord_id"),
            ("channel", "position_intent"),
        )}),
        ("Life", {"fields": ("life",)}),
        ("Risk verdict", {"fields": ("checks",)}),
        ("Times", {"fields": (
            ("created_at", "updated_at"),
            ("expires_at", "filled_at"),
            ("canceled_at", "expired_at"),
            "failed_at",
        )}),
    )  # fmt: skip

    @display(description="Status", label=STATUS_COLOURS)
    def status_shown(self, order: Order) -> str:
        return order.status

    @display(description="Side", label={"BUY": "success", "SELL": "danger"})
    def side_shown(self, order: Order) -> str:
        return order.side

    @display(description="Qty")
    def quantity(self, order: Order) -> str:
        return plain(order.qty)

    @display(description="Limit")
    def limit(self, order: Order) -> str:
        return "market" if order.limit_price is None else plain(order.limit_price)

    @display(description="Filled")
    def filled(self, order: Order) -> str:
        return plain(order.cum_qty)

    @display(description="Average price")
    def average(self, order: Order) -> str:
        if not order.cum_qty:
            return "none"
        return plain((order.gross / order.cum_qty).quantize(AVERAGE_PLACES))

    @display(description="Events, in order")
    def life(self, order: Order) -> SafeString:
        rows = Event.objects.filter(stream=f"order:{order.id}").order_by("seq")
        return format_html(
            '<table class="evidence"><tr><th>#</th><th>Recorded</th><th>Event</th><th>By</th>'
            "<th>What</th></tr>{}</table>",
            format_html_join(
                "",
                '<tr><td data-label="#">{}</td><td data-label="Recorded">{}</td>'
                '<td data-label="Event"><a href="{}">{}</a></td><td data-label="By">{}</td>'
                '<td data-label="What"><code>{}</code></td></tr>',
                (
                    (
                        event.seq,
                        event.recorded_at.astimezone(NEW_YORK).strftime("%H:%M:%S.%f"),
                        reverse("admin:eventlog_event_change", args=[event.id]),
                        event.type,
                        event.actor,
                        _facts(event),
                    )
                    for event in rows
                ),
            ),
        )

    @display(description="Every check, its numbers, its limit")
    def checks(self, order: Order) -> SafeString:
        return format_html(
            '<table class="evidence"><tr><th>Check</th><th>Answer</th><th>Measured</th>'
            "<th>Limit</th><th>Why</th></tr>{}</table>",
            format_html_join(
                "",
                '<tr><td data-label="Check">{}</td><td data-label="Answer">{}</td>'
                '<td data-label="Measured">{}</td><td data-label="Limit">{}</td>'
                '<td data-label="Why">{}</td></tr>',
                (
                    (
                        check["name"],
                        "passed" if check["passed"] else check["code"],
                        check["measured"],
                        check["limit"],
                        check["message"],
                    )
                    for check in order.verdict["results"]
                ),
            ),
        )


def _facts(event: Event) -> str:
    facts = json.loads(bytes(event.payload))
    shown = ("status", "last_qty", "last_px", "cum_qty", "leaves_qty", "reserved_cash", "text")
    return ", ".join(f"{name} {facts[name]}" for name in shown if facts.get(name))


@admin.register(Execution)
class ExecutionAdmin(ReadOnlyAdmin):
    list_display = (
        "executed_at",
        "account",
        "symbol",
        "side",
        "last_qty",
        "last_px",
        "amount",
        "exec_id",
    )
    list_filter = ("side", "symbol", ("executed_at", admin.DateFieldListFilter))
    search_fields = ("exec_id", "order__id", "order__cl_ord_id", "account__account_number")
    list_select_related = ("account",)
    date_hierarchy = "executed_at"
    ordering = ("-executed_at",)


@admin.register(Account)
class AccountAdmin(OpensAccounts):
    list_display = (
        "account_number",
        "owner",
        "account_type",
        "cash",
        "reserved",
        "day_start_equity",
        "day_start_missing",
        "created_at",
    )
    list_filter = ("account_type",)
    search_fields = ("account_number", "owner__username", "id")
    list_select_related = ("owner",)


@admin.register(JournalEntry)
class JournalEntryAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "account", "kind", "description", "business_date", "exec_id")
    list_filter = ("kind", ("business_date", admin.DateFieldListFilter))
    search_fields = ("description", "exec_id", "account__account_number", "id")
    list_select_related = ("account",)
    date_hierarchy = "created_at"
    ordering = ("-created_at",)
    inlines = (PostingInline,)
