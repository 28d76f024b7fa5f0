"""Recorded ticks, played again with their times moved to now."""

from marketdata.feeds.recording import RecordingCorrupt, RecordingNotFound
from marketdata.feeds.replay.catalog import find_recording
from marketdata.feeds.replay.feed import ReplayFeed
from marketdata.feeds.replay.lean import LeanRecording
from marketdata.feeds.replay.opening import open_recording

__all__ = [
    "LeanRecording",
    "RecordingCorrupt",
    "RecordingNotFound",
    "ReplayFeed",
    "find_recording",
    "open_recording",
]
