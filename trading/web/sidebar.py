"""The admin sidebar: its links, and how many reports wait in suspense."""

from copy import deepcopy
from typing import Any

from django.http import HttpRequest
from django.urls import reverse_lazy

from oms import interface as oms

_SUSPENSE = reverse_lazy("admin:oms_suspendedreport_changelist")

_NAVIGATION: list[dict[str, Any]] = [
    {
        "title": "Trading",
        "items": [
            {
                "title": "Orders",
                "icon": "receipt_long",
                "link": reverse_lazy("admin:oms_order_changelist"),
            },
            {
                "title": "Executions",
                "icon": "swap_horiz",
                "link": reverse_lazy("admin:oms_execution_changelist"),
            },
            {
                "title": "Accounts",
                "icon": "account_balance_wallet",
                "link": reverse_lazy("admin:oms_account_changelist"),
            },
            {
                "title": "Positions",
                "icon": "pie_chart",
                "link": reverse_lazy("admin:oms_position_changelist"),
            },
            {
                "title": "Journal",
                "icon": "menu_book",
                "link": reverse_lazy("admin:oms_journalentry_changelist"),
            },
            {
                "title": "Suspense",
                "icon": "report",
                "link": reverse_lazy("admin:oms_suspendedreport_changelist"),
            },
        ],
    },
    {
        "title": "Records",
        "items": [
            {
                "title": "Events",
                "icon": "history",
                "link": reverse_lazy("admin:eventlog_event_changelist"),
            },
            {
                "title": "Verifications",
                "icon": "verified",
                "link": reverse_lazy("admin:compliance_verificationrun_changelist"),
            },
        ],
    },
    {
        "title": "Risk",
        "items": [
            {
                "title": "Kill switches",
                "icon": "dangerous",
                "link": reverse_lazy("admin:risk_killswitch_changelist"),
            },
            {
                "title": "Restrictions",
                "icon": "block",
                "link": reverse_lazy("admin:risk_restriction_changelist"),
            },
            {
                "title": "Limits",
                "icon": "speed",
                "link": reverse_lazy("admin:risk_limit_changelist"),
            },
        ],
    },
    {
        "title": "Market data",
        "items": [
            {
                "title": "Feeds",
                "icon": "sensors",
                "link": reverse_lazy("admin:marketdata_feeds"),
            },
            {
                "title": "Providers",
                "icon": "key",
                "link": reverse_lazy("admin:marketdata_provider_changelist"),
                "permission": lambda request: request.user.has_perm("marketdata.change_provider"),
            },
            {
                "title": "Backfills",
                "icon": "download",
                "link": reverse_lazy("admin:marketdata_backfill_changelist"),
            },
            {
                "title": "Corporate actions",
                "icon": "call_split",
                "link": reverse_lazy("admin:marketdata_corporateaction_changelist"),
            },
            {
                "title": "Daily bars",
                "icon": "candlestick_chart",
                "link": reverse_lazy("admin:marketdata_dailybar_changelist"),
            },
            {
                "title": "Trading days",
                "icon": "calendar_month",
                "link": reverse_lazy("admin:marketdata_tradingday_changelist"),
            },
        ],
    },
    {
        "title": "Reference",
        "items": [
            {
                "title": "Instruments",
                "icon": "list",
                "link": reverse_lazy("admin:marketdata_instrument_changelist"),
            },
            {
                "title": "Users",
                "icon": "group",
                "link": reverse_lazy("admin:identity_user_changelist"),
            },
        ],
    },
]


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the groups of links; the one to the suspense bears a count while a report waits."""
    del request
    groups = deepcopy(_NAVIGATION)
    if waiting := oms.count_suspended():
        for group in groups:
            for item in group["items"]:
                if item["link"] == _SUSPENSE:
                    item |= {"badge": waiting, "badge_variant": "danger"}
    return groups
