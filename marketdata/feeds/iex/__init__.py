"""IEX HIST: network captures of TOPS 1.6 and DEEP 1.0. Data provided for free by IEX."""

from marketdata.feeds.iex.messages import ProtocolUnknown
from marketdata.feeds.iex.recording import IexRecording, is_capture

__all__ = ["IexRecording", "ProtocolUnknown", "is_capture"]
