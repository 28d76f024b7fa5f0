"""Which feed a FEED setting means."""

import math
from collections.abc import Sequence

from marketdata.feeds.base import Feed, FeedError
from marketdata.feeds.replay import ReplayFeed, find_recording
from marketdata.feeds.simulated import SimulatedFeed, SimulatedSymbol

_REPLAY = "replay:"


class UnknownFeed(FeedError):
    """FEED, SPEED or REPLAY_START says something that does not exist. Correct the setting."""

    code = "UNKNOWN_FEED"


def build_feed(
    *, spec: str, speed: float, replay_start: str, simulated: Sequence[SimulatedSymbol]
) -> Feed:
    """
    Return the feed that ``spec`` names: ``simulated``, or ``replay:PATH`` (``PATH@YYYYMMDD``).

    :raises UnknownFeed: if it names none, or speed or start make no sense
    :raises RecordingNotFound, RecordingCorrupt: if the recording cannot be played
    """
    if not (math.isfinite(speed) and speed > 0):
        raise UnknownFeed(f"SPEED must be a positive number, not {speed}", speed=speed)
    if spec == "simulated":
        return SimulatedFeed(symbols=simulated, speed=speed)
    if spec.startswith(_REPLAY):
        return ReplayFeed(
            files=find_recording(spec.removeprefix(_REPLAY)),
            start_us=_microseconds(replay_start),
            speed=speed,
        )
    raise UnknownFeed(f"FEED must be simulated or replay:PATH, not {spec!r}", feed=spec)


def _microseconds(replay_start: str) -> int:
    """Return ``HH:MM`` as microseconds after midnight."""
    hours, _, minutes = replay_start.partition(":")
    if not (hours.isdecimal() and minutes.isdecimal() and int(minutes) < 60):  # noqa: PLR2004
        raise UnknownFeed(
            f"REPLAY_START must be HH:MM, not {replay_start!r}", replay_start=replay_start
        )
    return (int(hours) * 60 + int(minutes)) * 60_000_000
