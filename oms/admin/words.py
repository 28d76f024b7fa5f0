"""How staff pages of the books speak of accounts and orders, and their tables inside a page."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import display

from oms.directory import account_words
from oms.models import Order
from trading.infra.admin import ReadOnlyAdmin
from trading.kernel.quantities import plain

NOTHING = "none"
# Whoever looks for a person finds what is of their accounts, by any part of a name.
OWNER_SEARCH = (
    "account__account_number",
    "account__owner__username",
    "account__owner__first_name",
    "account__owner__last_name",
)
# Where the rows are that a verdict or a cancel names, as in "switch:17".
_RULE_PAGES = {
    "limit": "admin:risk_limit_change",
    "switch": "admin:risk_killswitch_change",
    "restriction": "admin:risk_restriction_change",
}


class OfAccount(ReadOnlyAdmin):
    """Facts of an account: the account stands there by number and owner, and leads to its page."""

    list_select_related: Sequence[str] = ("account__owner",)
    linked_filters = ("account__id",)

    @admin.display(description="Account", ordering="account__account_number")
    def account_shown(self, row: Any) -> SafeString | str:  # noqa: ANN401 - a row of any model
        return NOTHING if row.account_id is None else link(row.account, account_words(row.account))

    @display(description="Side", ordering="side", label={"BUY": "success", "SELL": "danger"})
    def side_shown(self, row: Any) -> str:  # noqa: ANN401
        return str(row.side)


def quoted(text: str) -> str:
    """Return what the trader was told as a quotation: "your limit" is the trader's, not staff's."""
    return f"\u201c{text}\u201d" if text else ""


def link(row: Model, words: str) -> SafeString:
    """Return a link to a row's page."""
    meta = row._meta  # noqa: SLF001 - Django's own name for it
    page = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])
    return format_html('<a class="desk-link" href="{}">{}</a>', page, words)


def order_link(order: Order) -> SafeString:
    return link(order, f"{order.side} {plain(order.qty)} {order.symbol}")


def rule_link(rule: str) -> SafeString | str:
    """Return links to the rows that a rule names: "limit:17", or several after commas."""
    if not rule:
        return ""
    return format_html_join(", ", "{}", ((_rule(each.strip()),) for each in rule.split(",")))


def _rule(rule: str) -> SafeString | str:
    kind, _, number = rule.partition(":")
    if kind not in _RULE_PAGES or not number.isdecimal():
        return rule
    page = reverse(_RULE_PAGES[kind], args=[number])
    return format_html('<a href="{}">{} {}</a>', page, kind, number)


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> SafeString:
    """Return a table inside a page; on a phone each row is a card with its headings."""
    head = format_html_join("", "<th>{}</th>", ((heading,) for heading in headings))
    body = format_html_join(
        "",
        "<tr>{}</tr>",
        (
            (
                format_html_join(
                    "", '<td data-label="{}">{}</td>', zip(headings, cells, strict=True)
                ),
            )
            for cells in rows
        ),
    )
    return format_html('<table class="evidence"><tr>{}</tr>{}</table>', head, body)
