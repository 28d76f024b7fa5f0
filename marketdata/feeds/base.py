"""What a feed is. Feeds know their source and the contracts; they never touch our tables."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Protocol, cast, runtime_checkable

from marketdata.contracts import FeedKind, ReplayedSession, Session, SourceStatus, Update
from trading.kernel.errors import TradingError

# Takes a batch of what the feed says, in the order it happened. An empty batch says: alive, nothing
# happened.
Emit = Callable[[Sequence[Update]], None]

# How often a feed looks for what is due. Screens are drawn at about this rate, too.
PACE_S = 0.05


class FeedError(TradingError):
    """The feed cannot go on. Its last values stay and grow stale."""

    code = "FEED_FAILED"


class Feed(Protocol):
    """
    A source of ticks.

    ``name`` and ``kind`` say what it is. ``previous_closes`` holds, per symbol that has one, the
    last price of the session before, in dollars.
    """

    @property
    def name(self) -> str: ...

    @property
    def kind(self) -> FeedKind: ...

    @property
    def previous_closes(self) -> Mapping[str, float]: ...

    @property
    def symbols(self) -> Sequence[str]:
        """The symbols the feed may send, in alphabetical order."""
        ...

    async def run(self, emit: Emit) -> None:
        """
        Hand ticks to ``emit`` as they fall due, and something at least once a second.

        Returns after ``stop``; may be cancelled at any moment.

        :raises FeedError: when the source fails for good
        """
        ...

    def stop(self) -> None:
        """Make ``run`` return soon."""
        ...

    def session(self, *, now: datetime) -> Session:
        """Return the session that the feed keeps, as of ``now``. Any thread may ask."""
        ...


@runtime_checkable
class ReportsSources(Protocol):
    """A feed that is connected to providers and says how each connection is."""

    def sources(self) -> Sequence[SourceStatus]:
        """Return how each source is, the best first. Any thread may ask."""
        ...


@runtime_checkable
class PlaysRecording(Protocol):
    """A feed that plays what was recorded on another day."""

    def replayed(self, *, now: datetime) -> ReplayedSession | None:
        """Return what is played at ``now``, None before it has begun. Any thread may ask."""
        ...


@runtime_checkable
class FollowsSymbols(Protocol):
    """A feed that may be told what to follow while it runs."""

    def follow(self, symbols: Sequence[str], *, ts_from: int | None) -> None:
        """
        Follow these symbols, the most important first, and no others, as far as there is room.

        ``symbols`` of the feed is what it takes. The bars of new ones are fetched from the minute
        of ``ts_from`` on (None: not at all). Returns at once; on the event loop's thread.
        """
        ...

    def follows(self, symbol: str) -> bool:
        """Return whether the symbol is followed; quick, since every order asks."""
        ...


def chooser(feed: Feed) -> FollowsSymbols | None:
    """Return the feed if it may be told what to follow; quick, since every order asks."""
    return cast("FollowsSymbols", feed) if _is_chooser(type(feed)) else None


@cache
def _is_chooser(kind: type[Feed]) -> bool:
    return issubclass(kind, FollowsSymbols)


@runtime_checkable
class FillsGaps(Protocol):
    """A feed that has a history to fetch bars from that its stream has missed."""

    def fill(self, *, symbols: Sequence[str], ts_from: int) -> None:
        """
        Fetch the bars from the minute of ``ts_from`` to the present one and emit them.

        Returns at once; nothing is fetched before ``run``, or while nothing is connected.
        """
        ...
