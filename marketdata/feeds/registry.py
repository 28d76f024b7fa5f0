"""Which feed a FEED setting means, and which providers have a key."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from types import MappingProxyType
from typing import Any

from marketdata.contracts import Session
from marketdata.domain.each_quote import EachQuote
from marketdata.feeds.base import Feed, FeedError
from marketdata.feeds.failover import FailoverFeed
from marketdata.feeds.providers import HistorySource
from marketdata.feeds.replay import ReplayFeed, open_recording
from marketdata.feeds.simulated import SimulatedFeed, SimulatedSymbol
from marketdata.feeds.streaming import StreamingFeed

_REPLAY = "replay:"

Settings = Mapping[str, Mapping[str, str]]
Sessions = Callable[[datetime], Session]


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """
    A package whose ``build(config=, symbols=, sessions=)`` returns its feed and its history.

    ``keys`` are the settings without which it cannot be asked, and what they are called outside.
    """

    package: str
    keys: Mapping[str, str]
    streams: bool = True


PROVIDERS: Mapping[str, Provider] = MappingProxyType(
    {
        "alpaca": Provider(
            package="marketdata.feeds.alpaca",
            keys={"key_id": "ALPACA_KEY_ID", "secret_key": "ALPACA_SECRET_KEY"},
        ),
        "polygon": Provider(
            package="marketdata.feeds.polygon", keys={"api_key": "POLYGON_API_KEY"}
        ),
        "tiingo": Provider(package="marketdata.feeds.tiingo", keys={"token": "TIINGO_TOKEN"}),
        "nasdaq_data_link": Provider(
            package="marketdata.feeds.nasdaq_data_link",
            keys={"key": "NASDAQ_DATA_LINK_KEY"},
            streams=False,
        ),
    }
)


class UnknownFeed(FeedError):
    """FEED, SPEED or REPLAY_START says something that does not exist. Correct the setting."""

    code = "UNKNOWN_FEED"


class MissingCredentials(FeedError):
    """A provider is named and its key is not set. Set it, or name another."""

    code = "MISSING_CREDENTIALS"


def build_feed(
    *,
    spec: str,
    speed: float,
    replay_start: str,
    simulated: Sequence[SimulatedSymbol],
    providers: Settings = MappingProxyType({}),
    symbols: Sequence[str] = (),
    sessions: Sessions | None = None,
    each_quote: EachQuote | None = None,
) -> Feed:
    """
    Return the feed that ``spec`` names.

    ``simulated``, ``replay:PATH`` (``PATH@YYYYMMDD``), or one provider or more, the best first:
    ``alpaca,polygon``. Those are set up by ``providers``, follow ``symbols``, keep ``sessions`` and
    tell each quote where ``each_quote`` (by default everywhere) needs it, else the newest.

    :raises UnknownFeed: if it names none, or speed or start make no sense
    :raises MissingCredentials: if a provider has no key
    :raises ProviderError: if a provider's other settings make no sense
    :raises RecordingNotFound, RecordingCorrupt: if the recording cannot be played
    """
    if not (math.isfinite(speed) and speed > 0):
        raise UnknownFeed(f"SPEED must be a positive number, not {speed}", speed=speed)
    if spec == "simulated":
        return SimulatedFeed(symbols=simulated, speed=speed)
    if spec.startswith(_REPLAY):
        return ReplayFeed(
            recording=open_recording(spec.removeprefix(_REPLAY)),
            start_us=_microseconds(replay_start),
            speed=speed,
        )
    names = [name.strip() for name in spec.split(",")]
    known = [name for name, provider in PROVIDERS.items() if provider.streams]
    if sessions is None or not set(names) <= set(known) or len(set(names)) != len(names):
        raise UnknownFeed(
            f"FEED must be simulated, replay:PATH, or some of {', '.join(known)}, not {spec!r}",
            feed=spec,
        )
    feeds = [_build_stream(name, providers, symbols, sessions) for name in names]
    for feed in feeds:
        feed.each_quote = each_quote or feed.each_quote
    return feeds[0] if len(feeds) == 1 else FailoverFeed(feeds=feeds)


def is_made_up(*, spec: str) -> bool:
    """Return whether the market of this setting is not a live one."""
    return spec == "simulated" or spec.startswith(_REPLAY)


def build_history(*, name: str, providers: Settings) -> HistorySource:
    """
    Return a provider's history, new; its ``close`` gives back its connections.

    :raises UnknownFeed: if ``name`` is no provider
    :raises MissingCredentials: if it has no key
    """
    if name not in PROVIDERS:
        raise UnknownFeed(f"{name!r} is none of {', '.join(PROVIDERS)}", provider=name)
    history: HistorySource = _build(name, providers, (), _no_session)[1]
    return history


def with_keys(*, providers: Settings) -> list[str]:
    """Return the providers that have their keys."""
    return [name for name in PROVIDERS if not _missing(name, providers)]


def _build_stream(
    name: str, providers: Settings, symbols: Sequence[str], sessions: Sessions
) -> StreamingFeed:
    feed: StreamingFeed = _build(name, providers, symbols, sessions)[0]
    return feed


def _build(
    name: str, providers: Settings, symbols: Sequence[str], sessions: Sessions
) -> tuple[Any, Any]:
    if missing := _missing(name, providers):
        raise MissingCredentials(
            f"{name} needs a key: set {' and '.join(missing)}", provider=name, missing=missing
        )
    # Imported when it is named: nobody pays for the adapters that are not used.
    package = import_module(PROVIDERS[name].package)
    built: tuple[Any, Any] = package.build(
        config=providers[name], symbols=symbols, sessions=sessions
    )
    return built


def _missing(name: str, providers: Settings) -> list[str]:
    config = providers.get(name, {})
    return [outside for key, outside in PROVIDERS[name].keys.items() if not config.get(key)]


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
