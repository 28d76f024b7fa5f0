"""Every update's way: quality, sequence, last value, bars, then conflated to its subscribers."""

from marketdata.pipeline.intake import Listener, Pipeline

__all__ = ["Listener", "Pipeline"]
