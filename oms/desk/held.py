"""
Accounts that another session holds: they wait until it lets go, and nobody else waits for them.

While an account is held nothing can be recorded of it. Its commands are refused, what the exchange
says of its orders is kept here in order, and an engaged switch takes its orders out of the market.
"""

from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

import structlog

from oms import locks
from oms.contracts import ExecutionReport
from oms.repository import load

log = structlog.get_logger(__name__)


class HeldAccounts:
    """The ids of the accounts that were found held, and the reports that wait for them."""

    def __init__(self) -> None:
        self.ids: frozenset[UUID] = frozenset()
        self._waiting: list[ExecutionReport] = []

    def look(
        self, *, account_ids: Iterable[UUID], reports: Sequence[ExecutionReport]
    ) -> list[ExecutionReport]:
        """Note which of these accounts, and of those of the reports, are held; then ``keep``."""
        owners = _owners(reports)
        found = locks.find_held(ids={*account_ids, *owners.values()})
        for account_id in found - self.ids:
            log.error("an account is held by another session", account_id=account_id)
        self.ids |= found
        return self._keep(reports, owners)

    def keep(self, reports: Sequence[ExecutionReport]) -> list[ExecutionReport]:
        """Keep the reports of held accounts; return the others."""
        return self._keep(reports, _owners(reports)) if self.ids and reports else list(reports)

    def let_go(self) -> list[ExecutionReport]:
        """Forget the accounts that are free again; return their reports, in order."""
        if not self.ids:
            return []
        free = self.ids - locks.find_held(ids=self.ids)
        for account_id in free:
            log.warning("an account is free again", account_id=account_id)
        self.ids -= free
        waiting, self._waiting = self._waiting, []
        return self.keep(waiting)

    def _keep(
        self, reports: Sequence[ExecutionReport], owners: dict[UUID, UUID]
    ) -> list[ExecutionReport]:
        others: list[ExecutionReport] = []
        for report in reports:
            kept = self._waiting if owners.get(report.order_id) in self.ids else others
            kept.append(report)
        return others


def _owners(reports: Collection[ExecutionReport]) -> dict[UUID, UUID]:
    return load.get_owners(order_ids={report.order_id for report in reports})
