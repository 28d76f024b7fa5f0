"""Which kind of recording a path holds."""

from marketdata.feeds.iex import IexRecording, is_capture
from marketdata.feeds.recording import Recording, RecordingNotFound
from marketdata.feeds.replay.archived import ArchivedDay, is_archive
from marketdata.feeds.replay.catalog import find_recording, split_spec
from marketdata.feeds.replay.lean import LeanRecording


def open_recording(spec: str) -> Recording:
    """
    Return the recording that ``PATH`` or ``PATH@YYYYMMDD`` names, looked through for damage.

    The path is a capture of IEX (``.pcap``, ``.pcapng``, also ``.gz``), the tick archive, or what
    ``find_recording`` takes.

    :raises RecordingNotFound: if there is no such path or no such day in it
    :raises RecordingCorrupt: if it is damaged
    :raises ProtocolUnknown: if a capture speaks a protocol that is not read
    """
    path, day = split_spec(spec)
    if is_capture(path):
        if day is not None:
            raise RecordingNotFound(f"{path} is one day: leave @{day} out", path=str(path))
        return IexRecording(path)
    if is_archive(path):
        return ArchivedDay(path, day=day)
    return LeanRecording(find_recording(spec))
