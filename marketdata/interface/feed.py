"""The feed of this process, and the providers that it may come from."""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from django.conf import settings

from marketdata.contracts import (
    ConnectionCheck,
    FeedKind,
    FeedStatus,
    Session,
    Update,
)
from marketdata.domain import frames
from marketdata.domain.configuration import Configuration
from marketdata.feeds.base import Feed
from marketdata.operations import (
    archive,
    check_connection,
    configure_provider as provider_change,
    configured_feed,
    configured_providers,
    read_ticks,
    run_feed,
    stream_market,
)
from marketdata.store import providers
from trading.kernel import clock


def get_session(*, now: datetime) -> Session:
    """
    Return the trading session that the feed keeps.

    Before the feed is started it is the session that the configured feed would keep.

    :raises FeedError: if no feed is started and the settings name none that can be played
    """
    pipeline = run_feed.running()
    if pipeline is not None:
        return pipeline.feed.session(now=now)
    configured = configured_providers.configuration()
    return configured_feed.build(configured=configured).session(now=now)


def feed_status() -> FeedStatus:
    """Say how the feed is: ``connected`` is False, with the reason, when it is down or silent."""
    pipeline = run_feed.running()
    if pipeline is not None:
        return pipeline.status(now=clock.utc_now())
    kind = run_feed.market_kind()
    return FeedStatus(
        # A replay's path is nobody's business.
        name=settings.FEED if kind is FeedKind.LIVE else kind.value.lower(),
        kind=kind,
        label=kind.value,
        connected=False,
        last_tick_at=None,
        detail="the feed is not running",
    )


def feed_shape() -> dict[str, object]:
    """Return how the feed is in the shape of the quote socket's feed frame, as JSON values."""
    return frames.feed_shape(status=feed_status())


def is_delayed_source(*, symbol: str = "") -> bool:
    """
    Say whether the running feed tells by its kind or plan what was, not what is.

    Nobody may trade on such prices: the news is known already. With several providers ``symbol``
    asks of the one that its newest quote or, without one, its newest trade came from.
    """
    pipeline = run_feed.running()
    return pipeline is not None and pipeline.is_delayed(symbol)


def start_feed(*, feed: Feed | None = None) -> None:
    """
    Get this process's feed ready, without playing it: the configured one, or ``feed``.

    A recording that cannot be played is refused here, so call it before serving anybody.

    :raises FeedError: if it cannot be played, with ``code`` UNKNOWN_FEED, RECORDING_NOT_FOUND or
        RECORDING_CORRUPT
    """
    run_feed.start(feed=feed)
    read_ticks.follow()


def accept_ticks(*, ticks: Iterable[Update]) -> None:
    """
    Hand updates to the started feed's pipeline, as the feed itself does, and push them on.

    For tests and for feeds that live elsewhere. Without a started feed nothing happens.
    """
    pipeline = run_feed.running()
    if pipeline is not None:
        pipeline.accept(ticks)
        pipeline.flush()


def stop_feed() -> None:
    """Save unsaved bars and let the feed go. Safe to call when none is started."""
    run_feed.stop()


async def run_market_data(*, stopping: asyncio.Event | None = None) -> None:
    """
    Play the feed until ``stopping`` is set or the task is cancelled; save its bars at the end.

    The process's lifespan awaits this as one task, in the event loop that also serves the quote
    sockets. It calls ``start_feed`` if nobody has. Bars are written about once a second in a
    thread of its own. A feed that breaks later breaks nothing else: ``feed_status`` says why.
    ``reconsider_feed`` replaces it by one that is configured otherwise.

    :raises FeedError: if the feed cannot start
    """
    read_ticks.follow()
    async with archive.recording():
        await run_feed.run(stopping=stopping, on_new_market=read_ticks.follow)


def reconsider_feed() -> None:
    """
    Let this process's feed become that of the present configuration, if it is another one.

    Any thread may ask; returns at once. Sockets, subscribers and bars go over to the new feed, and
    so do the newest values, unless it is of another kind of market.
    """
    run_feed.reconsider()


def pipeline_counters() -> Mapping[str, int]:
    """Return how many updates went each way since this process started; see ``Pipeline``."""
    pipeline = run_feed.running()
    return {} if pipeline is None else dict(pipeline.counters)


def count_quote_sockets() -> int:
    """Return how many browsers follow quotes in this process."""
    return run_feed.hub.connection_count


def count_market_streams() -> int:
    """Return how many API clients are connected to this process's market-data stream."""
    return len(stream_market.hub.connections)


def provider_configuration() -> Configuration:
    """
    Return what holds of every provider, field by field with who says so, and which feed that makes.

    It holds keys: nothing of it is shown but through ``domain.configuration.mask``.
    """
    return configured_providers.configuration()


def ensure_providers() -> None:
    """Let every provider have its row. Safe to call at any time, twice."""
    providers.ensure()


def configure_provider(
    *,
    name: str,
    is_enabled: bool,
    priority: int,
    options: Mapping[str, str],
    secrets: Mapping[str, str],
    cleared: Collection[str],
    actor: str,
    reason: str,
    now: datetime,
    request_id: str = "",
) -> bool:
    """
    Change what is stored of a provider; return whether that changed anything.

    ``options`` are by field name, empty for the default. ``secrets`` are keys that are new,
    ``cleared`` those to take away; any other stays. Everybody who runs a feed takes it up.

    :raises InvalidProviderSettings, SetByEnvironment, KeyWouldMove, FeedError: by what is wrong;
        nothing is changed then
    """
    entered = provider_change.Entered(
        name=name,
        is_enabled=is_enabled,
        priority=priority,
        options=options,
        secrets=secrets,
        cleared=cleared,
    )
    fact = provider_change.configure(
        entered=entered, actor=actor, reason=reason, now=now, request_id=request_id
    )
    return fact is not None


def require_sense_of_provider(
    *,
    name: str,
    is_enabled: bool,
    priority: int,
    options: Mapping[str, str],
    secrets: Mapping[str, str],
    cleared: Collection[str],
) -> None:
    """
    Check what ``configure_provider`` would be asked to do, without doing it.

    :raises InvalidProviderSettings, SetByEnvironment, KeyWouldMove, FeedError: by what is wrong
    """
    provider_change.require_sense(
        entered=provider_change.Entered(
            name=name,
            is_enabled=is_enabled,
            priority=priority,
            options=options,
            secrets=secrets,
            cleared=cleared,
        )
    )


def check_provider(*, name: str, now: datetime) -> ConnectionCheck:
    """
    Ask a provider something cheap with the key that holds now, and return what it says.

    Blocks for ten seconds at most.

    :raises UnknownFeed: if there is no such provider
    """
    return check_connection.check(name=name, now=now)
