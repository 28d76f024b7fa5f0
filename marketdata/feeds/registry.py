"""Which feed a FEED setting means, and the adapters of providers."""

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from importlib import import_module
from types import MappingProxyType
from typing import Any

from marketdata.contracts import Session
from marketdata.domain.each_quote import EachQuote
from marketdata.domain.providers import PROVIDER_SPECS
from marketdata.domain.sources import SIMULATED
from marketdata.feeds.base import Feed, FeedError
from marketdata.feeds.failover import FailoverFeed, SourceFeed
from marketdata.feeds.providers import HistorySource, ProviderError
from marketdata.feeds.replay import ReplayFeed, open_recording
from marketdata.feeds.simulated import SimulatedFeed, SimulatedSymbol
from marketdata.feeds.streaming import StreamingFeed
from marketdata.feeds.unplayable import UnplayableFeed

_REPLAY = "replay:"

Settings = Mapping[str, Mapping[str, str]]
Sessions = Callable[[datetime], Session]


class UnknownFeed(FeedError):
    """FEED, SPEED or REPLAY_START says something that does not exist. Correct the setting."""

    code = "UNKNOWN_FEED"


class MissingCredentials(FeedError):
    """A provider is named and its key is not set. Set it, or name another."""

    code = "MISSING_CREDENTIALS"


class CredentialsUnreadable(ProviderError):
    """A provider's key is stored and cannot be opened. Bring back what it was sealed with."""

    code = "CREDENTIALS_UNREADABLE"
    retryable = False


def build_feed(
    *,
    spec: str,
    speed: float,
    replay_start: str,
    simulated: Sequence[SimulatedSymbol],
    providers: Settings = MappingProxyType({}),
    troubles: Mapping[str, ProviderError] = MappingProxyType({}),
    symbols: Sequence[str] = (),
    sessions: Sessions | None = None,
    each_quote: EachQuote | None = None,
) -> Feed:
    """
    Return the feed that ``spec`` names.

    ``simulated``, ``replay:PATH`` (``PATH@YYYYMMDD``), or one provider or more, the best first:
    ``alpaca,polygon``. Those are set up by ``providers``, follow ``symbols``, keep ``sessions`` and
    tell each quote where ``each_quote`` (by default everywhere) needs it, else the newest. One that
    is in ``troubles`` only says so, and the others are played.

    :raises UnknownFeed: if it names none, or speed or start make no sense
    :raises MissingCredentials: if a provider has no key
    :raises ProviderError: if a provider's other settings make no sense
    :raises RecordingNotFound, RecordingCorrupt: if the recording cannot be played
    """
    if not (math.isfinite(speed) and speed > 0):
        raise UnknownFeed(f"SPEED must be a positive number, not {speed}", speed=speed)
    if spec == SIMULATED:
        return SimulatedFeed(symbols=simulated, speed=speed)
    if spec.startswith(_REPLAY):
        return ReplayFeed(
            recording=open_recording(spec.removeprefix(_REPLAY)),
            start_us=_microseconds(replay_start),
            speed=speed,
        )
    names = [name.strip() for name in spec.split(",")]
    known = [name for name, provider in PROVIDER_SPECS.items() if provider.streams]
    if sessions is None or not set(names) <= set(known) or len(set(names)) != len(names):
        raise UnknownFeed(
            f"FEED must be simulated, replay:PATH, or some of {', '.join(known)}, not {spec!r}",
            feed=spec,
        )
    feeds: list[SourceFeed] = [
        UnplayableFeed(name=name, error=troubles[name], symbols=symbols, sessions=sessions)
        if name in troubles
        else _build_stream(name, providers, symbols, sessions, each_quote)
        for name in names
    ]
    return feeds[0] if len(feeds) == 1 else FailoverFeed(feeds=feeds)


def is_made_up(*, spec: str) -> bool:
    """Return whether the market of this setting is not a live one."""
    return spec == SIMULATED or spec.startswith(_REPLAY)


def build_history(*, name: str, providers: Settings) -> HistorySource:
    """
    Return a provider's history, new; its ``close`` gives back its connections.

    :raises UnknownFeed: if ``name`` is no provider
    :raises MissingCredentials: if it has no key
    :raises ProviderError: if its other settings make no sense
    """
    if name not in PROVIDER_SPECS:
        raise UnknownFeed(f"{name!r} is none of {', '.join(PROVIDER_SPECS)}", provider=name)
    history: HistorySource = _build(name, providers, (), _no_session)[1]
    return history


def _build_stream(
    name: str,
    providers: Settings,
    symbols: Sequence[str],
    sessions: Sessions,
    each_quote: EachQuote | None,
) -> StreamingFeed:
    feed: StreamingFeed = _build(name, providers, symbols, sessions)[0]
    feed.each_quote = each_quote or feed.each_quote
    return feed


def _build(
    name: str, providers: Settings, symbols: Sequence[str], sessions: Sessions
) -> tuple[Any, Any]:
    if missing := _missing(name, providers):
        raise MissingCredentials(
            f"{name} needs a key: set {' and '.join(missing)}, or enter it on the admin site",
            provider=name,
            missing=missing,
        )
    # Imported when it is named: nobody pays for the adapters that are not used.
    package = import_module(f"marketdata.feeds.{name}")
    built: tuple[Any, Any] = package.build(
        config=providers[name], symbols=symbols, sessions=sessions
    )
    return built


def _missing(name: str, providers: Settings) -> list[str]:
    config = providers.get(name, {})
    return [
        secret.variable for secret in PROVIDER_SPECS[name].secrets if not config.get(secret.name)
    ]


def _no_session(now: datetime) -> Session:
    raise AssertionError(f"a history keeps no session, not even at {now}")


def _microseconds(replay_start: str) -> int:
    """Return ``HH:MM`` as microseconds after midnight."""
    hours, _, minutes = replay_start.partition(":")
    if not (hours.isdecimal() and minutes.isdecimal() and int(minutes) < 60):  # noqa: PLR2004
        raise UnknownFeed(
            f"REPLAY_START must be HH:MM, not {replay_start!r}", replay_start=replay_start
        )
    return (int(hours) * 60 + int(minutes)) * 60_000_000
