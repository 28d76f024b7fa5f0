"""Executions and the journal on the admin site: evidence, read-only."""

from decimal import Decimal

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from oms.admin.orders import Evidence
from oms.admin.words import OWNER_SEARCH, OfAccount, order_link
from oms.domain.posting import LedgerAccount
from oms.models import Execution, JournalEntry, Posting
from trading.infra.admin import columns
from trading.kernel.money import ZERO


class PostingInline(Evidence):
    model = Posting
    fields = readonly_fields = ("ledger_account", "amount_shown")

    amount_shown = columns.dollars("amount", "Amount")


@admin.register(Execution)
class ExecutionAdmin(OfAccount):
    list_display = (
        "executed_at", "account_shown", "symbol", "side_shown", "filled", "price", "moved",
        "order_shown", "exec_id",
    )  # fmt: skip
    list_filter = ("side", "symbol", ("executed_at", admin.DateFieldListFilter))
    search_fields = ("exec_id", "symbol", "order__id", "order__cl_ord_id", *OWNER_SEARCH)
    search_help_text = "A person, an account's number, a symbol, an order's or an execution's id"
    list_select_related = ("account__owner", "order")
    date_hierarchy = "executed_at"
    ordering = ("-executed_at",)
    export_extra = ("order_id", "trade_date")
    fields = (
        ("executed_at", "trade_date"),
        ("account_shown", "order_shown"),
        ("symbol", "side_shown"),
        ("filled", "price"),
        ("moved", "exec_id"),
    )

    filled = columns.shares("last_qty", "Filled")
    price = columns.dollars("last_px", "Price")
    moved = columns.dollars("amount", "Cash moved")

    @admin.display(description="Order")
    def order_shown(self, row: Execution) -> SafeString:
        return order_link(row.order)


def _cash(entry: JournalEntry) -> Decimal:
    lines = (line for line in entry.postings.all() if line.ledger_account == LedgerAccount.CASH)
    return sum((line.amount for line in lines), ZERO)


@admin.register(JournalEntry)
class JournalEntryAdmin(OfAccount):
    list_display = (
        "created_at", "account_shown", "kind", "description", "cash_moved", "business_date",
        "exec_id",
    )  # fmt: skip
    list_filter = ("kind", ("business_date", admin.DateFieldListFilter))
    search_fields = ("description", "exec_id", "id", *OWNER_SEARCH)
    search_help_text = "A person, an account's number, words of the description or an id"
    date_hierarchy = "created_at"
    ordering = ("-created_at",)
    export_extra = ("id",)
    fields = (
        ("created_at", "business_date"),
        ("account_shown", "kind"),
        ("description", "cash_moved"),
        ("id", "exec_id"),
    )
    inlines = (PostingInline,)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[JournalEntry]":
        found: QuerySet[JournalEntry] = super().get_queryset(request)
        return found.prefetch_related("postings")

    @admin.display(description="Cash moved, $")
    def cash_moved(self, entry: JournalEntry) -> str:
        return columns.grouped(_cash(entry), places_min=2)

    cash_moved.raw = _cash  # type: ignore[attr-defined]
