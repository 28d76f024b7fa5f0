"""
Following the log: a thread for each reader, woken after a commit, stopped alone by its own failure.

Writers of this process poke the followers; events of other processes, and events that waited for an
older transaction, are found by looking every so often.
"""

import time
from collections.abc import Callable, Sequence
from threading import Condition, Thread

import structlog
from django.db import connections

from trading.eventlog import readers
from trading.eventlog.readers import ReadEvent

log = structlog.get_logger(__name__)

LOOK_SECONDS = 0.25
# Between two looks: what is committed meanwhile is read together.
PAUSE_SECONDS = 0.05

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
    Hands new events to ``handler`` in the order of (xid, id).

    A durable follower keeps a bookmark and misses nothing across restarts; its handler's effects in
    the database commit with it. A follower that is not durable starts at the end of the log; once
    it stands there its handler is called without events, to look at what it follows.
    """

    def __init__(
        self, *, name: str, handler: Callable[[Sequence[ReadEvent]], object], is_durable: bool
    ) -> None:
        self.name = name
        self._handler = handler
        self._is_durable = is_durable
        self._stopping = False
        self._failure = "not started"
        self._thread = Thread(target=self._run, name=f"reader-{name}", daemon=True)

    def start(self) -> None:
        self._failure = ""
        self._thread.start()

    def stop(self) -> None:
        self._stopping = True
        poke()
        self._thread.join()

    def trouble(self) -> str:
        """Return why this reader does not read, or an empty string."""
        if self._failure or self._thread.is_alive():
            return self._failure
        return "the thread has ended"

    def _run(self) -> None:
        try:
            read = self._read_durably if self._is_durable else self._read_from_now()
            seen = -1
            while not self._stopping:
                with _poked:
                    if seen == _pokes:
                        _poked.wait(LOOK_SECONDS)
                    seen = _pokes
                while read() and not self._stopping:
                    pass
                time.sleep(PAUSE_SECONDS)
        except Exception as error:
            self._failure = f"stopped by {type(error).__name__}: {error}"
            log.exception("a reader of the event log stopped", reader=self.name)
        finally:
            connections.close_all()

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
