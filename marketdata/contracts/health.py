"""How feeds, providers and the archive are."""

from dataclasses import dataclass
from datetime import datetime

from marketdata.contracts.reference import FeedKind


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceStatus:
    """
    How one source of a feed is. ``detail`` is empty when all is well and says why when it is not.

    ``selected`` are the symbols whose prices come from this source now; its plan has ``room`` for
    so many, None while no limit is known. ``connected_since`` is None while it is not connected.
    """

    name: str
    kind: FeedKind
    connected: bool
    last_update_at: datetime | None
    detail: str
    connected_since: datetime | None = None
    selected: tuple[str, ...] = ()
    room: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayedSession:
    """
    Which recorded stretch a replay plays: ``opened_at`` shows what was at ``recorded_from``.

    From then on recorded time runs ``speed`` times as fast as the clock, up to ``recorded_to``.
    """

    opened_at: datetime
    recorded_from: datetime
    recorded_to: datetime
    speed: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedStatus:
    """
    How the feed is. ``detail`` is empty when all is well and says why when it is not.

    ``replayed`` is None but for a replay that has begun.
    """

    name: str
    kind: FeedKind
    label: str
    connected: bool
    last_tick_at: datetime | None
    detail: str
    sources: tuple[SourceStatus, ...] = ()  # of a feed that is connected to providers, best first
    replayed: ReplayedSession | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveStatus:
    """
    How the tick archive of this process is, in ticks since its start.

    ``dropped`` could not be kept; ``trouble`` is empty when all is well and says why when not.
    """

    is_on: bool
    written: int
    dropped: int
    waiting: int
    trouble: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionCheck:
    """What a provider said to our key: ``code`` is empty if it took it, else the trouble's name."""

    provider: str
    code: str
    message: str
