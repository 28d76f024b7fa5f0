"""Orders on the admin site: a whole life on one page, and why it was let through or not."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import TabularInline
from unfold.decorators import display

from oms.admin.words import OWNER_SEARCH, OfAccount, quoted, rule_link, table
from oms.domain.order_words import STATUS
from oms.events import OrderDenied
from oms.models import Execution, Order
from oms.order_life import event_words
from risk.interface import check_words
from trading.eventlog.codec import facts_of
from trading.eventlog.models import Event
from trading.infra.admin import columns, times
from trading.kernel.fix import OrdStatus

UNREADABLE = "this record cannot be read: it is not what was recorded"
AVERAGE_PLACES = Decimal("0.0001")
_COLOURS = {
    OrdStatus.FILLED: "success",
    OrdStatus.PARTIALLY_FILLED: "info",
    OrdStatus.NEW: "info",
    OrdStatus.PENDING_NEW: "info",
    OrdStatus.PENDING_CANCEL: "warning",
    OrdStatus.CANCELED: "warning",
    OrdStatus.EXPIRED: "warning",
    OrdStatus.REJECTED: "danger",
    OrdStatus.DENIED: "danger",
}
STATUS_COLOURS = {STATUS[status]: colour for status, colour in _COLOURS.items()}


class Evidence(TabularInline):
    extra = 0
    can_delete = False

    def has_add_permission(self, *_: Any) -> bool:
        return False

    def has_change_permission(self, *_: Any) -> bool:
        return False


class ExecutionInline(Evidence):
    model = Execution
    fields = readonly_fields = ("exec_id", "filled", "price", "moved", "executed_at")

    filled = columns.shares("last_qty", "Filled")
    price = columns.dollars("last_px", "Price")
    moved = columns.dollars("amount", "Cash moved")


@admin.register(Order)
class OrderAdmin(OfAccount):
    list_display = (
        "created_at", "account_shown", "symbol", "side_shown", "quantity", "ord_type", "limit",
        "status_shown", "filled", "average", "reason",
    )  # fmt: skip
    list_filter = (
        "status",
        "side",
        "ord_type",
        "symbol",
        "channel",
        ("created_at", admin.DateFieldListFilter),
    )
    search_fields = ("id", "cl_ord_id", "symbol", *OWNER_SEARCH)
    search_help_text = "A person, an account's number, a symbol or an order's id"
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-id")
    export_extra = ("id", "cl_ord_id", "time_in_force", "channel", "updated_at")
    inlines = (ExecutionInline,)
    fieldsets = (
        ("Order", {"fields": (
            ("account_shown", "symbol"),
            ("side_shown", "quantity"),
            ("ord_type", "limit"),
            ("time_in_force", "extended_hours"),
            ("status_shown", "reason"),
            ("filled", "average"),
            ("id", "cl_ord_id"),
            ("channel", "intent"),
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

    quantity = columns.shares("qty", "Quantity")
    limit = columns.dollars("limit_price", "Limit", nothing="market")
    filled = columns.shares("cum_qty", "Filled")

    @display(description="Status", ordering="status", label=STATUS_COLOURS)
    def status_shown(self, order: Order) -> str:
        return STATUS[OrdStatus(order.status)]

    status_shown.raw = lambda order: order.status

    @display(description="Why")
    def reason(self, order: Order) -> str:
        return quoted(order.text)

    reason.raw = lambda order: order.text

    @display(description="Position intent")
    def intent(self, order: Order) -> str:
        return order.position_intent.replace("_", " ").capitalize()

    @display(description="Average price, $")
    def average(self, order: Order) -> str:
        if not order.cum_qty:
            return columns.NOTHING
        average = (order.gross / order.cum_qty).quantize(AVERAGE_PLACES)
        return columns.grouped(average, places_min=2)

    average.raw = lambda order: order.gross / order.cum_qty if order.cum_qty else None

    @display(description="Events, in order")
    def life(self, order: Order) -> SafeString:
        events = list(Event.objects.filter(stream=f"order:{order.id}").order_by("seq"))
        names = self.directory.name_actors({event.actor for event in events})
        return table(
            ("#", "Recorded", "Event", "By", "What", "Rule"),
            (
                (
                    event.seq,
                    times.shown(event.recorded_at),
                    _event_link(event),
                    names.get(event.actor, event.actor),
                    *_told(event, order),
                )
                for event in events
            ),
        )

    @display(description="Every check, its numbers, its limit")
    def checks(self, order: Order) -> SafeString | str:
        try:
            checks = [_check(check) for check in order.verdict["results"]]
        except (KeyError, TypeError, AttributeError):
            return UNREADABLE
        return table(("Check", "Answer", "Measured", "Limit", "Why", "Rule"), checks)


def _event_link(event: Event) -> SafeString:
    page = reverse("admin:eventlog_event_change", args=[event.id])
    return format_html('<a href="{}">{}</a>', page, event.type)


def _told(event: Event, order: Order) -> tuple[str, SafeString | str]:
    """Return what an event tells, and links to the rows that it names as the rule."""
    facts = facts_of(bytes(event.payload))
    if facts is None:
        return UNREADABLE, ""
    said = event_words(event.type, facts)
    text = str(facts.get("text") or "")
    if event.type == OrderDenied.type:  # its reasons are in the verdict; the order holds the first
        text = order.text
    return f"{said}: {quoted(text)}" if text else said, rule_link(str(facts.get("rule") or ""))


def _check(check: Mapping[str, Any]) -> tuple[object, ...]:
    """Return the cells of one check of a verdict, as the trader reads them; codes beside."""
    title, measured, limit = check_words(
        name=check["name"], measured=check["measured"] or "", limit=check["limit"] or ""
    )
    answer = "passed"
    if not check["passed"]:
        answer = format_html('<b class="evidence-failed">failed</b> ({})', check["code"])
    return (
        format_html('<span title="{}">{}</span>', check["name"], title),
        answer,
        measured,
        limit,
        quoted(check["message"] or ""),
        rule_link(str(check.get("rule") or "")),
    )
