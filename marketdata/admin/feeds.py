"""How the feeds are, for the whole staff: read-only, fresh every few seconds."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.views.generic import TemplateView
from unfold.views import UnfoldModelAdminViewMixin

from marketdata import interface
from marketdata.contracts import FeedKind, FeedStatus, SourceStatus
from marketdata.domain.providers import label_of
from trading.kernel.clock import utc_now

# What the counters' names mean. Those that are not here are shown all the same.
_MEANINGS = {
    "ACCEPTED": "quotes and trades that were taken",
    "LOCKED": "quotes taken whose bid equals their offer",
    "ONE_SIDED": "quotes of one side only, the other has no price",
    "WITHDRAWN": "quotes that nobody stands behind any longer",
    "NOT_LAST": "trades taken that are no last price by their conditions",
    "LATE_TRADE": "trades whose minute had closed",
    "CROSSED": "quotes refused: the bid is above the offer",
    "NOT_POSITIVE": "refused: a price or size of zero or less",
    "NOT_FINITE": "refused: a price that is no number",
    "FUTURE": "refused: ahead of our clock",
    "TOO_LARGE": "refused: a price or size beyond any that there ever was",
    "WRONG_TIME": "statuses, bands and cancels of no true time: taken as of when they came",
    "FAILED": "updates that the platform failed on: see the log",
    "PART_FAILED": "parts of the feed that failed and began again: see the log",
    "PAST": "refused: a time before any market, such as zero or the year 1",
    "PLACEHOLDER": "bars without trades that would have taken the place of one with trades",
    "OUT_OF_ORDER": "older than what was known; such trades count in their bar",
    "DUPLICATE": "refused: seen before",
    "OUT_OF_BAND": "too far from the good prices to be believed before another one agrees",
    "CONFIRMED": "trades of those that another one agreed with: they count in their bar",
    "IMPOSSIBLE_BAR": "bars refused: no market can have made them",
    "UNKNOWN_SYMBOL": "refused: not in the security master",
    "CORRECTION": "trades that the tape corrected",
    "CANCEL": "trades that the tape took back",
    "UNKNOWN_PRINT": "corrections and cancels of trades that we do not know",
    "PROVIDER_BAR": "minute bars as a provider made them",
    "BAR_REPLACED": "minute bars of ours that a provider's replaced",
    "DAILY_BAR": "daily bars as a provider made them",
    "TRADING_STATUS": "halts, resumptions and the like",
    "LAST_KNOWN": "last prices from before we listened, shown until a newer one comes",
    "PRICE_BAND": "limit-up limit-down bands",
    "LISTENER_FAILED": "updates that a part of the platform failed on: see the log",
    "LISTINGS_FAILED": "daily loads of what is listed that failed: see the log",
}

_KINDS = {
    FeedKind.SIMULATED: "not a real market",
    FeedKind.REPLAY: "a recorded market",
    FeedKind.DELAYED: "behind the market",
    FeedKind.LIVE: "the live market",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    label: str
    kind: str
    connected: bool
    since: datetime | None
    age: str
    symbols: str
    detail: str


class FeedsView(UnfoldModelAdminViewMixin, TemplateView):
    title = "Feeds"
    permission_required = ("marketdata.view_provider",)
    template_name = "admin/marketdata/feeds.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        status, now = interface.feed_status(), utc_now()
        counters = {**interface.pipeline_counters(), **interface.listing_counters()}
        archive = interface.tick_archive_status()
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {
            "model_admin": None,  # the way back would lead to the providers, which few may see
            "feed": status,
            "feed_label": ", ".join(label_of(name) for name in status.name.split(",")),
            "feed_kind": _KINDS[status.kind],
            "feed_age": _age(status.last_tick_at, now),
            "sources": list(_rows(status, now)),
            "counters": [
                (name, f"{counters[name]:,}", _MEANINGS.get(name, ""))
                for name in sorted(counters, key=lambda name: (-counters[name], name))
            ],
            "archive": archive,
            "archive_figures": [
                ("Written", f"{archive.written:,}"),
                ("Waiting", f"{archive.waiting:,}"),
                ("Dropped", f"{archive.dropped:,}"),
            ],
            "quote_sockets": interface.count_quote_sockets(),
            "market_streams": interface.count_market_streams(),
            "now": now,
        }


def _rows(status: FeedStatus, now: datetime) -> Iterable[SourceRow]:
    """A market that we make up is its own source."""
    carried = len(interface.list_carried_symbols())
    if not status.sources:
        yield SourceRow(
            label=label_of(status.name),
            kind=status.kind,
            connected=status.connected,
            since=None,
            age=_age(status.last_tick_at, now),
            symbols=f"{carried:,}",
            detail=status.detail,
        )
    for source in status.sources:
        yield _row(source, now)


def _row(source: SourceStatus, now: datetime) -> SourceRow:
    return SourceRow(
        label=label_of(source.name),
        kind=source.kind,
        connected=source.connected,
        since=source.connected_since,
        age=_age(source.last_update_at, now),
        symbols=_symbols(source),
        detail=source.detail,
    )


def _symbols(source: SourceStatus) -> str:
    count = f"{len(source.selected):,}"
    return count if source.room is None else f"{count} (the plan has room for {source.room:,})"


def _age(at: datetime | None, now: datetime) -> str:
    """Return how long ago, in the largest whole unit; unknown is not zero."""
    if at is None:
        return "—"
    seconds = max(0, int((now - at).total_seconds()))
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit} ago"
    return f"{seconds} s ago"
