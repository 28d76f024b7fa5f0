"""A feed that says only what a test tells it to say."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from marketdata.contracts import FeedKind, Session
from marketdata.feeds.base import Emit


class SilentFeed:
    """Always open, never a tick of its own."""

    name = "simulated"
    kind = FeedKind.SIMULATED

    def __init__(self, *, error: Exception | None = None) -> None:
        self.symbols: Sequence[str] = ("BAC", "IBM")
        self.previous_closes: Mapping[str, float] = {"IBM": 181.1}
        self.is_open = True
        self.stopped = False
        self._error = error

    async def run(self, emit: Emit) -> None:
        del emit
        if self._error is not None:
            raise self._error

    def stop(self) -> None:
        self.stopped = True

    def session(self, *, now: datetime) -> Session:
        hour = timedelta(hours=1)
        return Session(
            kind=self.kind,
            is_open=self.is_open,
            opens_at=now - hour,
            closes_at=now + hour,
            next_open=now + 2 * hour,
            next_close=now + hour,
        )
