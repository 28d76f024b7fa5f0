"""What staff need first: the records, the switches, the feeds and what was refused today."""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from compliance import interface as compliance
from compliance.contracts import RunOutcome, VerificationState
from marketdata import interface as marketdata
from marketdata.contracts import FeedKind
from oms import interface as oms
from oms.contracts import RefusedOrder
from risk import interface as risk
from risk.contracts import KillSwitchState
from trading.infra.admin import Directory
from trading.kernel.clock import NEW_YORK, new_york_date
from trading.kernel.quantities import plain

REFUSED_SHOWN = 10

_FEED_KINDS = {
    FeedKind.SIMULATED: "not a real market",
    FeedKind.REPLAY: "a recorded market",
    FeedKind.DELAYED: "behind the market",
    FeedKind.LIVE: "the live market",
}
_OUTCOMES = {
    RunOutcome.CLEAN: ("success", "Intact"),
    RunOutcome.TAMPERED: ("danger", "Not intact"),
    RunOutcome.UNBALANCED: ("danger", "The books do not balance"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchRow:
    target: str
    since: datetime
    by: str
    reason: str
    page: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRow:
    at: datetime
    account: str
    order: str
    reason: str
    page: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """A verification: ``tone`` and ``words`` are of its outcome, None while it has none."""

    asked_by: str
    asked_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    tone: str
    words: str
    counted: str
    detail: str
    page: str


def home(
    *, directory: Directory, may_verify: bool, may_engage: bool, now: datetime
) -> dict[str, Any]:
    """Return what the home page shows."""
    midnight = datetime.combine(new_york_date(now), time(), tzinfo=NEW_YORK)
    refused = oms.list_refused_orders(since=midnight, limit=REFUSED_SHOWN)
    switches = risk.list_active_switches()
    records = compliance.verification_state()
    feed = marketdata.feed_status()
    return {
        "may_verify": may_verify,
        "may_engage": may_engage,
        "last_run": _run(records.last, directory),
        "pending_run": _run(records.pending, directory),
        "failed_run": _run(records.failed, directory),
        "switches": _switches(switches, directory),
        "restrictions": risk.count_restrictions(at=now),
        "suspended": oms.count_suspended(),
        "parked": oms.parked_orders(),
        "held": oms.held_accounts(),
        "feed": feed,
        "feed_kind": _FEED_KINDS[feed.kind],
        "refused": _refused(refused, directory),
        "refused_count": oms.count_refused_orders(since=midnight),
        "refused_page": _refused_page(midnight),
        "now": now,
    }


def _run(state: VerificationState | None, directory: Directory) -> RunRow | None:
    if state is None:
        return None
    tone, words = ("", "") if state.outcome is None else _OUTCOMES[state.outcome]
    asked = state.requested_by
    return RunRow(
        asked_by=directory.name_actors([asked]).get(asked, asked) if asked else "the schedule",
        asked_at=state.requested_at,
        started_at=state.started_at,
        finished_at=state.finished_at,
        tone=tone,
        words=words,
        counted=counted(state),
        detail=state.detail,
        page=reverse("admin:compliance_verificationrun_change", args=[state.id]),
    )


def counted(state: VerificationState) -> str:
    """Return what was verified: "59 records and the 82 rows they account for, all intact"."""
    if state.records is None:
        return "how many records there are is unknown"
    said = _many(state.records, "record")
    if state.rows is not None:
        said = f"{said} and the {_many(state.rows, 'row')} they account for"
    return f"{said}, all intact" if state.outcome is RunOutcome.CLEAN else said


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _switches(found: list[KillSwitchState], directory: Directory) -> list[SwitchRow]:
    actors = directory.name_actors({each.engaged_by for each in found})
    accounts = directory.name_accounts({each.account_id for each in found if each.account_id})
    return [
        SwitchRow(
            target=each.symbol
            or (accounts.get(each.account_id, str(each.account_id)) if each.account_id else "")
            or "the whole firm",
            since=each.engaged_at,
            by=actors.get(each.engaged_by, each.engaged_by),
            reason=each.reason,
            page=reverse("admin:risk_killswitch_change", args=[each.id]),
        )
        for each in found
    ]


def _refused(found: list[RefusedOrder], directory: Directory) -> list[RefusedRow]:
    accounts = directory.name_accounts({each.account_id for each in found})
    return [
        RefusedRow(
            at=each.created_at,
            account=accounts.get(each.account_id, str(each.account_id)),
            order=f"{each.side} {plain(each.qty)} {each.symbol}",
            reason=each.reason,
            page=reverse("admin:oms_order_change", args=[each.id]),
        )
        for each in found
    ]


def _refused_page(midnight: datetime) -> str:
    query = {"status__in": "DENIED,REJECTED", "created_at__gte": midnight.isoformat()}
    return f"{reverse('admin:oms_order_changelist')}?{urlencode(query)}"
