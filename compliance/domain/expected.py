"""
What is expected of the log, kept where the database cannot reach it.

Each line tells how many records there were up to an id, in how many streams, and a digest that
covers the hash of every one of them in the order of their ids. So whatever is taken away, put in
between or written anew with right hashes, whole streams with their heads too, shows against the
first line that was written after it; and lines never need to be changed.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

import msgspec

from compliance.contracts import BadRecord, Problem
from compliance.domain.chain import EVENT_TABLE
from trading.eventlog.codec import GENESIS


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the file. ``digest`` is hexadecimal."""

    at: datetime
    records: int
    streams: int
    last_id: int
    digest: str


@dataclass(frozen=True, slots=True)
class Link:
    """What is taken of each record, in the order of ids."""

    id: int
    seq: int
    hash: bytes


class Tally:
    """How much of the log was counted, and the digest of it."""

    def __init__(self, line: Line | None = None) -> None:
        self.records = 0 if line is None else line.records
        self.streams = 0 if line is None else line.streams
        self.last_id = 0 if line is None else line.last_id
        self._digest = GENESIS if line is None else bytes.fromhex(line.digest)

    def add(self, link: Link) -> None:
        self.records += 1
        self.streams += link.seq == 1
        self.last_id = link.id
        self._digest = hashlib.sha256(self._digest + link.hash).digest()

    def line(self, *, at: datetime) -> Line:
        return Line(
            at=at,
            records=self.records,
            streams=self.streams,
            last_id=self.last_id,
            digest=self._digest.hex(),
        )


def encode(line: Line) -> bytes:
    """Return the line as it stands in the file, its end included."""
    return msgspec.json.encode(line) + b"\n"


def decode(text: bytes) -> Line:
    """
    Read a line.

    :raises ValueError: if it is none
    """
    line = msgspec.json.decode(text, type=Line)
    if len(bytes.fromhex(line.digest)) != len(GENESIS):
        raise ValueError("the digest has not 32 bytes")
    return line


def compare(lines: Iterator[Line], log: Iterable[Link]) -> BadRecord | None:
    """
    Read the log, which comes in the order of ids, against the lines in the order of the file.

    Returns where it is first not as expected. The records behind the last line are not looked at.
    """
    tally = Tally()
    links = iter(log)
    ahead: list[Link] = []
    good: Line | None = None
    for line in lines:
        _count_up_to(line.last_id, tally, links, ahead)
        if tally.line(at=line.at) != line:
            return _difference(good, line, tally, _last_of(line, lines), chain(ahead, links))
        good = line
    return None


def _count_up_to(last_id: int, tally: Tally, links: Iterator[Link], ahead: list[Link]) -> None:
    """Add the records up to the id; ``ahead`` holds the one that was read and lies behind it."""
    for link in chain(ahead.copy(), links):
        ahead.clear()
        if link.id > last_id:
            ahead.append(link)
            return
        tally.add(link)


def _last_of(line: Line, lines: Iterator[Line]) -> Line:
    for later in lines:
        line = later
    return line


def _difference(
    good: Line | None, line: Line, tally: Tally, last: Line, rest: Iterable[Link]
) -> BadRecord:
    begin = Tally(good)
    expected, found = line.records - begin.records, tally.records - begin.records
    is_same_number = expected == found and line.streams == tally.streams
    there = "others are there" if is_same_number else f"{found:,} are there"
    return BadRecord(
        table=EVENT_TABLE,
        id=None,
        stream="",
        seq=0,
        problem=Problem.UNEXPECTED,
        detail=(
            f"behind id {begin.last_id} and up to id {line.last_id}, {expected:,} records in "
            f"{line.streams - begin.streams:,} new streams were there at {line.at.isoformat()}; "
            f"{there}, in {tally.streams - begin.streams:,} new streams. In all {last.records:,} "
            f"records were expected by {last.at.isoformat()}, and the log has "
            f"{tally.records + sum(1 for _ in rest):,}"
        ),
    )
