"""
What waits for the desk: in order of arrival within an account, and in turn between accounts.

One account may hand in thousands of commands at once, by canceling all its orders for example.
Whoever comes after them waits for a few of these, not for all.
"""

import queue
from collections import deque
from typing import Generic, TypeVar
from uuid import UUID

from oms.desk.commands import Waiting

# So many items are taken at once, and so many of them of one account.
TAKEN_MAX = 256
OF_ACCOUNT_MAX = 64

Other = TypeVar("Other")


class Inbox(Generic[Other]):
    """Any thread puts in, one takes out. ``Other`` is whatever comes beside commands."""

    def __init__(self) -> None:
        self._arrived: queue.SimpleQueue[Waiting | Other] = queue.SimpleQueue()
        # By account, the one whose turn it is first; without an account, it is the whole firm's.
        self._backlog: dict[UUID | None, deque[Waiting]] = {}

    def put(self, item: Waiting | Other) -> None:
        self._arrived.put(item)

    def take(self, *, seconds: float) -> list[Waiting | Other]:
        """Return what is to be done next; nothing if nothing comes for so long."""
        others: list[Waiting | Other] = []
        try:
            if not self._backlog:
                self._sort(self._arrived.get(timeout=seconds), others)
            while len(others) < TAKEN_MAX:
                self._sort(self._arrived.get_nowait(), others)
        except queue.Empty:
            pass
        return [*others, *self._in_turn()]

    @property
    def has_backlog(self) -> bool:
        """Tell whether commands wait that came before the last ``take``."""
        return bool(self._backlog)

    def take_all(self) -> list[Waiting | Other]:
        """Return all that is left, whoever's turn it is."""
        left: list[Waiting | Other] = [one for line in self._backlog.values() for one in line]
        self._backlog.clear()
        try:
            while True:
                left.append(self._arrived.get_nowait())
        except queue.Empty:
            return left

    def _sort(self, item: Waiting | Other, others: list[Waiting | Other]) -> None:
        if isinstance(item, Waiting):
            self._backlog.setdefault(account_of(item), deque()).append(item)
        else:
            others.append(item)

    def _in_turn(self) -> list[Waiting]:
        taken: list[Waiting] = []
        for account_id in list(self._backlog):
            share = min(OF_ACCOUNT_MAX, TAKEN_MAX - len(taken))
            if not share:
                break
            line = self._backlog.pop(account_id)
            taken += [line.popleft() for _ in range(min(share, len(line)))]
            if line:
                self._backlog[account_id] = line  # behind the others
        return taken


def account_of(waiting: Waiting) -> UUID | None:
    """Return whose command it is; None where it is the whole firm's."""
    return getattr(waiting.command, "account_id", None)
