"""
IEX-TP 1: the 40-byte header in front of each UDP payload, and whether one is missing.

Format: Investors Exchange, "IEX Transport Protocol" 1.25. Everything is little-endian.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from struct import Struct, error as struct_error
from typing import NamedTuple

from marketdata.feeds.iex.capture import read_udp
from marketdata.feeds.recording import RecordingCorrupt

HEADER = Struct("<BxHIIHHqqq")
_VERSION = 1


class Segment(NamedTuple):
    """
    One payload. ``payload`` begins with this header; its messages begin after ``HEADER.size``.

    A segment without messages is a heartbeat. ``send_ns`` is nanoseconds since the epoch.
    """

    version: int
    protocol: int
    channel: int
    session: int
    payload_length: int
    message_count: int
    stream_offset: int
    first_sequence: int
    send_ns: int
    payload: bytes


def read_segments(
    path: Path, *, cut: Callable[[str], object] = lambda _what: None
) -> Iterator[Segment]:
    """
    Read a capture's segments in the recorded order; ``cut`` is told if it ends inside a packet.

    :raises RecordingCorrupt: naming the packet, when the stream gets to a damaged place
    """
    for number, payload in read_udp(path, cut=cut):
        try:
            yield parse_segment(payload)
        except ValueError as error:
            raise RecordingCorrupt(
                f"{path}, packet {number}: {error}", path=str(path), row=number
            ) from error


def parse_segment(payload: bytes) -> Segment:
    """
    Read one UDP payload.

    :raises ValueError: if it is not one whole segment of IEX-TP 1
    """
    try:
        segment = Segment._make((*HEADER.unpack_from(payload), payload))
    except struct_error as error:
        raise ValueError(f"{len(payload)} bytes are no IEX-TP segment") from error
    if segment.version != _VERSION:
        raise ValueError(f"IEX-TP version {segment.version} is not read, only {_VERSION}")
    if len(payload) != HEADER.size + segment.payload_length:
        expected = HEADER.size + segment.payload_length
        raise ValueError(f"a segment of {expected} bytes arrived as {len(payload)}")
    return segment


@dataclass(slots=True)
class SequenceCounter:
    """
    Counts what is missing. ``gaps`` are places where messages were lost, ``missing`` those lost.

    ``restarts`` counts streams that began anew: another session, or a sequence that goes back.
    """

    gaps: int = 0
    missing: int = 0
    restarts: int = 0
    _next: dict[int, tuple[int, int]] = field(default_factory=dict, repr=False)

    def is_broken_by(self, segment: Segment) -> bool:
        """Take note of the segment; say whether it does not follow the one before it."""
        session, expected = self._next.get(
            segment.channel, (segment.session, segment.first_sequence)
        )
        self._next[segment.channel] = (
            segment.session,
            segment.first_sequence + segment.message_count,
        )
        if segment.session != session or segment.first_sequence < expected:
            self.restarts += 1
            return True
        if segment.first_sequence > expected:
            self.gaps += 1
            self.missing += segment.first_sequence - expected
            return True
        return False
