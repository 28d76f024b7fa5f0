"""
Following the log: a thread for each reader, woken after a commit, kept alive each for itself.

Writers of this process poke the followers; events of other processes are found by looking every so
often. A reader that dies is started again: a durable one reads on from its bookmark, another stands
at the end of the log and is asked to look at everything afresh.
"""

import time
from collections.abc import Callable, Sequence
from threading import Condition

from trading.eventlog import readers
from trading.eventlog.readers import ReadEvent
from trading.infra.supervision import Part, PartState

LOOK_SECONDS = 0.25
# Between two looks: what is committed meanwhile is read together.
PAUSE_SECONDS = 0.05
# A reader that has not stood at the end of the log for so long is in trouble.
LAG_SECONDS_MAX = 5.0

_poked = Condition()
_pokes = 0


def poke() -> None:
    """Wake the followers of this process: something was committed."""
    global _pokes  # noqa: PLW0603 - counts for the whole process
    with _poked:
        _pokes += 1
        _poked.notify_all()


class Follower:
    """
    Hands new events to ``handler`` in the order of their commits.

    A durable follower keeps a bookmark and misses nothing across restarts; its handler's effects in
    the database commit with it. A follower that is not durable starts at the end of the log; once
    it stands there, at the first start and after each death, its handler is called without events,
    to look at what it follows as it is by now.
    """

    def __init__(
        self, *, name: str, handler: Callable[[Sequence[ReadEvent]], object], is_durable: bool
    ) -> None:
        self.name = name
        self._handler = handler
        self._is_durable = is_durable
        self._part = Part(
            name=f"reader {name}", live=self._live, wake=poke, lag_seconds_max=LAG_SECONDS_MAX
        )

    def start(self) -> None:
        self._part.start()

    def stop(self) -> None:
        self._part.stop()

    def trouble(self) -> str:
        """Return why this reader does not read, or an empty string."""
        return self._part.trouble()

    def state(self) -> PartState:
        """Return how it is; its lag is the time since it last stood at the end of the log."""
        return self._part.state()

    def _live(self, part: Part) -> None:
        read = self._read_durably if self._is_durable else self._read_from_now()
        part.stands()
        seen = -1
        while not part.is_stopping:
            with _poked:
                if seen == _pokes:
                    _poked.wait(LOOK_SECONDS)
                seen = _pokes
            while read() and not part.is_stopping:
                pass
            part.beat()
            time.sleep(PAUSE_SECONDS)

    def _read_durably(self) -> int:
        return readers.read_new(reader=self.name, handler=self._handler)

    def _read_from_now(self) -> Callable[[], int]:
        cursor = readers.cursor_at_end()
        self._handler([])

        def read() -> int:
            events = readers.read_after(cursor)
            if events:
                self._handler(events)
            return len(events)

        return read
