"""
Network captures, pcap and pcapng, plain or gzip, as a stream of UDP payloads.

Both byte orders and both time resolutions are read; the capture's own times are not, since IEX
stamps what it sends. Packets that are not UDP over IPv4 over Ethernet are passed over.
"""

import gzip
import zlib
from collections.abc import Callable, Iterator
from io import BufferedReader, RawIOBase
from pathlib import Path
from struct import Struct
from typing import TYPE_CHECKING, BinaryIO

from marketdata.feeds.recording import RecordingCorrupt

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_GZIP = b"\x1f\x8b"
_PCAP = {  # magic: the byte order of everything that follows
    b"\xa1\xb2\xc3\xd4": ">",
    b"\xa1\xb2\x3c\x4d": ">",
    b"\xd4\xc3\xb2\xa1": "<",
    b"\x4d\x3c\xb2\xa1": "<",
}
_PCAPNG = b"\x0a\x0d\x0d\x0a"
_PCAPNG_ORDER = {b"\x1a\x2b\x3c\x4d": ">", b"\x4d\x3c\x2b\x1a": "<"}
_SECTION, _INTERFACE, _SIMPLE_PACKET, _PACKET = 0x0A0D0D0A, 1, 3, 6
_ETHERNET = 1
# No packet of a network is as long: a greater length is damage, not a reason to take the memory.
_MAX_BYTES = 1 << 24
_BUFFER_BYTES = 1 << 18

_IPV4, _VLANS, _UDP = b"\x08\x00", {b"\x81\x00", b"\x88\xa8"}, 17
_ADDRESSES_BYTES, _VLAN_BYTES, _UDP_BYTES = 12, 4, 8
_FRAGMENT = 0x3FFF  # "more follow" and the offset


def read_udp(
    path: Path, *, cut: Callable[[str], object] = lambda _what: None
) -> Iterator[tuple[int, bytes]]:
    """
    Yield (number of the packet in the file, from 1; its UDP payload), in the recorded order.

    A file that ends inside a packet, as a capture does that was stopped or copied while it grew,
    gives the whole packets before it; ``cut`` is told in one sentence where it ends.

    :raises RecordingCorrupt: naming the packet, when the stream gets to damage, or if not even the
        first packet is whole
    """
    number = 0
    try:
        with _open(path) as file:
            for number, frame in enumerate(_frames(path, file), start=1):
                payload = _udp_payload(frame)
                if payload is not None:
                    yield number, payload
    except (EOFError, _CutOff) as error:
        if not number:
            raise RecordingCorrupt(f"{path}, packet 1: {error}", path=str(path), row=1) from error
        cut(f"{path} ends inside packet {number + 1}; the {number} whole ones before it are played")
    except (zlib.error, OSError, _Damage) as error:
        place = f"packet {number + 1}"
        raise RecordingCorrupt(
            f"{path}, {place}: {error}", path=str(path), row=number + 1
        ) from error


class _Damage(Exception):
    """What is wrong, before the place is known."""


class _CutOff(Exception):
    """The file ends where more must follow."""


class _Unpacked(RawIOBase):
    """A packed file, read as far as it goes: where it is cut off, what came before is not lost."""

    def __init__(self, file: gzip.GzipFile) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        data = self._file.read1(len(view))
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._file.close()
        super().close()


def _open(path: Path) -> BinaryIO:
    with path.open("rb") as file:
        is_packed = file.read(2) == _GZIP
    if is_packed:
        # BufferedReader serves the many small reads in C; gzip's own reader does it in Python.
        return BufferedReader(_Unpacked(gzip.open(path)), _BUFFER_BYTES)
    return path.open("rb", buffering=_BUFFER_BYTES)


def _frames(path: Path, file: BinaryIO) -> Iterator[bytes]:
    magic = file.read(4)
    if magic in _PCAP:
        return _pcap_frames(file, order=_PCAP[magic])
    if magic == _PCAPNG:
        return _pcapng_frames(file)
    raise RecordingCorrupt(f"{path} is neither a pcap nor a pcapng capture", path=str(path), row=0)


def _exactly(file: BinaryIO, count: int) -> bytes:
    if count > _MAX_BYTES:
        raise _Damage(f"a length of {count} bytes")
    data = file.read(count)
    if len(data) != count:
        raise _CutOff("the file is cut off")
    return data


def _pcap_frames(file: BinaryIO, *, order: str) -> Iterator[bytes]:
    header = Struct(f"{order}IIII")
    (link,) = Struct(f"{order}16xI").unpack(_exactly(file, 20))
    _expect_ethernet(link & 0xFFFF)
    while head := file.read(16):
        if len(head) != header.size:
            raise _CutOff("the file is cut off")
        _, _, captured, length = header.unpack(head)
        yield _whole(_exactly(file, captured), length)


def _pcapng_frames(file: BinaryIO) -> Iterator[bytes]:
    order = _section_order(file)
    links: list[int] = []
    while head := file.read(8):
        if len(head) != 8:  # noqa: PLR2004 - as many as asked for
            raise _CutOff("the file is cut off")
        if head[:4] == _PCAPNG:
            order, links = _section_order(file, head=head[4:]), []
            continue
        kind, total = Struct(f"{order}II").unpack(head)
        body = _exactly(file, max(0, total - 12))
        if Struct(f"{order}I").unpack(_exactly(file, 4)) != (total,):
            raise _Damage("a block whose two lengths differ")
        if kind == _INTERFACE:
            links.append(Struct(f"{order}H").unpack_from(body)[0])
        elif kind == _PACKET:
            interface, _, _, captured, length = Struct(f"{order}IIIII").unpack_from(body)
            _expect_ethernet(links[interface] if interface < len(links) else None)
            yield _whole(body[20 : 20 + captured], length)
        elif kind == _SIMPLE_PACKET:
            _expect_ethernet(links[0] if links else None)
            (length,) = Struct(f"{order}I").unpack_from(body)
            yield _whole(body[4 : 4 + length], length)


def _section_order(file: BinaryIO, *, head: bytes = b"") -> str:
    """Read the rest of a section's header, which says the byte order of its blocks."""
    raw_total = head or _exactly(file, 4)
    order = _PCAPNG_ORDER.get(_exactly(file, 4))
    if order is None:
        raise _Damage("a section without a byte order")
    (total,) = Struct(f"{order}I").unpack(raw_total)
    _exactly(file, max(0, total - 12))
    return order


def _expect_ethernet(link: int | None) -> None:
    if link != _ETHERNET:
        raise _Damage(f"link type {link} is not Ethernet")


def _whole(frame: bytes, length: int) -> bytes:
    if len(frame) < length:
        raise _Damage(f"{len(frame)} of {length} bytes were captured")
    return frame


def _udp_payload(frame: bytes) -> bytes | None:
    start = _ADDRESSES_BYTES
    while frame[start : start + 2] in _VLANS:
        start += _VLAN_BYTES
    if frame[start : start + 2] != _IPV4:
        return None
    start += 2
    packet = frame[start : start + 20]
    if len(packet) < 20 or packet[9] != _UDP:  # noqa: PLR2004 - an IPv4 header's least length
        return None
    if int.from_bytes(packet[6:8], "big") & _FRAGMENT:
        return None
    start += (packet[0] & 0xF) * 4
    length = int.from_bytes(frame[start + 4 : start + 6], "big")
    return frame[start + _UDP_BYTES : start + length]
