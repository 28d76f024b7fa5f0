"""Recorded ticks, played again with their times moved to now."""

from marketdata.feeds.replay.catalog import RecordingNotFound, find_recording
from marketdata.feeds.replay.feed import ReplayFeed
from marketdata.feeds.replay.rows import RecordingCorrupt

__all__ = ["RecordingCorrupt", "RecordingNotFound", "ReplayFeed", "find_recording"]
