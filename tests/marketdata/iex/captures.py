"""Small captures in both containers, made byte by byte."""

import gzip
from collections.abc import Sequence
from pathlib import Path
from struct import pack

DEEP, TOPS = 0x8004, 0x8003
TEN_NS = 1_499_695_200_000_000_000  # 2017-07-10 10:00 New York
ORDERS = {"<": "little", ">": "big"}


def level(
    *, buy: bool, px: int, size: int, symbol: str = "IBM", complete: bool = True, ts: int = TEN_NS
) -> bytes:
    kind = b"8" if buy else b"5"
    return kind + pack("<Bq8sIq", complete, ts, symbol.encode().ljust(8), size, px)


def trade(
    *, px: int = 1_824_400, size: int = 100, trade_id: int = 1, flags: int = 0, ts: int = TEN_NS
) -> bytes:
    return b"T" + pack("<Bq8sIqq", flags, ts, b"IBM     ", size, px, trade_id)


def trade_break(*, px: int = 1_824_400, size: int = 100, trade_id: int = 1) -> bytes:
    return b"B" + pack("<Bq8sIqq", 0, TEN_NS, b"IBM     ", size, px, trade_id)


def status(code: str, reason: str) -> bytes:
    return b"H" + pack("<cq8s4s", code.encode(), TEN_NS, b"IBM     ", reason.encode().ljust(4))


def quote(*, bid: int, bid_size: int, ask: int, ask_size: int, ts: int = TEN_NS) -> bytes:
    return b"Q" + pack("<Bq8sIqqI", 0, ts, b"IBM     ", bid_size, bid, ask, ask_size)


def segment(
    *messages: bytes, first: int = 1, session: int = 7, protocol: int = DEEP, version: int = 1
) -> bytes:
    body = b"".join(pack("<H", len(message)) + message for message in messages)
    header = pack(
        "<BxHIIHHqqq", version, protocol, 1, session, len(body), len(messages), 0, first, TEN_NS
    )
    return header + body


def ethernet(payload: bytes, *, vlan: bool = False, proto: int = 17) -> bytes:
    udp = pack(">HHHH", 1, 2, len(payload) + 8, 0) + payload
    ip = pack(
        ">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0x4000, 64, proto, 0, b"\1" * 4, b"\2" * 4
    )
    tag = b"\x81\x00\x00\x05" if vlan else b""
    frame = b"\0" * 12 + tag + b"\x08\x00" + ip + udp
    return frame.ljust(60, b"\0")  # Ethernet pads short frames


def pcap(
    frames: Sequence[bytes], *, order: str = "<", magic: int = 0xA1B2C3D4, link: int = 1
) -> bytes:
    records = (pack(f"{order}IIII", 0, 0, len(frame), len(frame)) + frame for frame in frames)
    return pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, 65535, link) + b"".join(records)


def pcapng(frames: Sequence[bytes], *, order: str = "<", simple: bool = False) -> bytes:
    def block(kind: int, body: bytes) -> bytes:
        body = body.ljust((len(body) + 3) // 4 * 4, b"\0")
        total = pack(f"{order}I", len(body) + 12)
        return pack(f"{order}I", kind) + total + body + total

    blocks = [
        block(0x0A0D0D0A, pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1)),
        block(1, pack(f"{order}HHI", 1, 0, 0)),
        block(5, b"statistics"),  # passed over
    ]
    for frame in frames:
        if simple:
            blocks.append(block(3, pack(f"{order}I", len(frame)) + frame))
        else:
            head = pack(f"{order}IIIII", 0, 0, 0, len(frame), len(frame))
            blocks.append(block(6, head + frame))
    return b"".join(blocks)


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def capture(path: Path, *segments: bytes) -> Path:
    """Write a plain pcap of these segments."""
    return write(path, pcap([ethernet(each) for each in segments]))
