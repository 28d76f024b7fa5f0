"""Accounts on the admin site: what each has, and the newest of all that happened in it."""

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from oms.admin.opening import OpensAccounts
from oms.admin.words import link, order_link, quoted, table
from oms.directory import account_words
from oms.models import Account, Execution, JournalEntry, Order, Position
from trading.eventlog.models import Event
from trading.infra.admin import columns, times
from trading.kernel.quantities import plain

SHOWN = 10


@admin.register(Account)
class AccountAdmin(OpensAccounts):
    list_display = (
        "account_number", "owner_shown", "account_type", "cash_shown", "reserved_shown",
        "day_start", "day_start_missing", "created_at",
    )  # fmt: skip
    list_filter = ("account_type",)
    search_fields = (
        "account_number", "id", "owner__username", "owner__first_name", "owner__last_name",
    )  # fmt: skip
    search_help_text = "A person or an account's number"
    list_select_related = ("owner",)
    ordering = ("account_number",)
    export_extra = ("id",)
    fieldsets = (
        ("Account", {"fields": (
            ("account_number", "owner_shown"),
            ("account_type", "multiplier"),
            ("is_employee", "created_at"),
            ("cash_shown", "reserved_shown"),
            ("day_start", "day_start_date"),
            ("day_start_missing", "id"),
        )}),
        ("Orders", {"fields": ("orders",)}),
        ("Positions", {"fields": ("positions",)}),
        ("Executions", {"fields": ("executions",)}),
        ("Journal", {"fields": ("journal",)}),
        ("Events", {"fields": ("events",)}),
    )  # fmt: skip

    cash_shown = columns.dollars("cash", "Cash")
    reserved_shown = columns.dollars("reserved", "Reserved")
    day_start = columns.dollars("day_start_equity", "Worth at the closes before the day")

    @admin.display(description="Owner", ordering="owner__username")
    def owner_shown(self, account: Account) -> SafeString:
        return link(account.owner, account_words(account).partition(" · ")[2])

    @display(description="Newest orders")
    def orders(self, account: Account) -> SafeString:
        rows = Order.objects.filter(account=account).order_by("-created_at", "-id")[:SHOWN]
        return _newest(
            ("Order", "Status", "Filled", "Why", "Time"),
            (
                (
                    order_link(row),
                    row.get_status_display(),
                    plain(row.cum_qty),
                    quoted(row.text),
                    shown(row.created_at),
                )
                for row in rows
            ),
            every=_of(account, "admin:oms_order_changelist"),
        )

    @display(description="Held now")
    def positions(self, account: Account) -> SafeString:
        rows = Position.objects.filter(account=account).exclude(qty=0).order_by("symbol")[:SHOWN]
        return _newest(
            ("Symbol", "Held, shares", "On offer, shares", "Cost, $", "Realized, $"),
            (
                (
                    link(row, row.symbol),
                    plain(row.qty),
                    plain(row.reserved_qty),
                    columns.grouped(row.cost, places_min=2),
                    columns.grouped(row.realized_pl, places_min=2),
                )
                for row in rows
            ),
            every=_of(account, "admin:oms_position_changelist"),
        )

    @display(description="Newest executions")
    def executions(self, account: Account) -> SafeString:
        rows = (
            Execution.objects.filter(account=account)
            .select_related("order")
            .order_by("-executed_at")[:SHOWN]
        )
        return _newest(
            ("Order", "Filled, shares", "Price, $", "Cash moved, $", "Time"),
            (
                (
                    order_link(row.order),
                    plain(row.last_qty),
                    plain(row.last_px),
                    columns.grouped(row.amount, places_min=2),
                    shown(row.executed_at),
                )
                for row in rows
            ),
            every=_of(account, "admin:oms_execution_changelist"),
        )

    @display(description="Newest entries")
    def journal(self, account: Account) -> SafeString:
        rows = JournalEntry.objects.filter(account=account).order_by("-created_at", "-id")[:SHOWN]
        return _newest(
            ("What", "Kind", "Business date", "Time"),
            (
                (
                    link(row, row.description),
                    row.kind,
                    row.business_date.isoformat(),
                    shown(row.created_at),
                )
                for row in rows
            ),
            every=_of(account, "admin:oms_journalentry_changelist"),
        )

    @display(description="Newest events of the account, its owner and its orders")
    def events(self, account: Account) -> SafeString:
        streams = self.directory.streams_of([account.id])
        rows = list(Event.objects.filter(stream__in=streams).order_by("-id")[:SHOWN])
        actors = self.directory.name_actors({row.actor for row in rows})
        names = self.directory.name_streams({row.stream for row in rows})
        query = urlencode({"q": account.account_number})
        return _newest(
            ("Event", "Of", "By", "Time"),
            (
                (
                    link(row, row.type),
                    names.get(row.stream, row.stream),
                    actors.get(row.actor, row.actor),
                    shown(row.recorded_at),
                )
                for row in rows
            ),
            every=f"{reverse('admin:eventlog_event_changelist')}?{query}",
        )


shown = times.listed


def _of(account: Account, page: str) -> str:
    return f"{reverse(page)}?{urlencode({'account__id__exact': account.id})}"


def _newest(headings: Sequence[str], rows: Iterable[Sequence[Any]], *, every: str) -> SafeString:
    """Return a table of the newest, with the way to all; nothing but words where there are none."""
    rows = list(rows)
    if not rows:
        return SafeString("none")
    return format_html(
        '{}<p><a class="desk-link" href="{}">All</a></p>', table(headings, rows), every
    )
