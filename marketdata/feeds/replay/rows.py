"""
One recorded file: a zip with one CSV member of ticks, read as a stream.

Prices on disk are whole dollars x 10,000, times are milliseconds after midnight New York, sizes are
shares. A trade row is time, price, size, exchange, conditions (hex flags), suspicious. A quote row
is time, bid, bid size, ask, ask size, exchange, conditions, suspicious, and tells one side: the
other is 0,0 and unchanged. Rows that the vendor marked suspicious are skipped.
"""

import zipfile
import zlib
from codecs import BOM_UTF8
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Literal, NamedTuple

from marketdata.feeds.recording import RecordingCorrupt, TradeRow
from marketdata.feeds.replay.conditions import conditions_of

PRICE_SCALE = 10_000.0
_TRADE_FIELDS = 6
_QUOTE_FIELDS = 8
_SUSPICIOUS = b"1"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedFile:
    symbol: str
    kind: Literal["trade", "quote"]
    date: str  # YYYYMMDD, New York
    path: Path


class SideRow(NamedTuple):
    """A new best bid or a new best offer. ``us`` is microseconds after midnight New York."""

    us: int
    symbol: str
    is_bid: bool
    px: float
    size: int
    exchange: str


class Span(NamedTuple):
    """The times of a file's first and last row, microseconds after midnight."""

    first_us: int
    last_us: int


def read_trades(file: RecordedFile) -> Iterator[TradeRow]:
    """
    Read a trade file in its recorded order.

    :raises RecordingCorrupt: naming the row, when the stream gets there
    """
    last_us = 0
    for number, fields in _rows(file):
        try:
            us = _microseconds(fields[0])
            px, size = int(fields[1]) / PRICE_SCALE, int(fields[2])
            exchange, conditions = fields[3].decode("ascii"), conditions_of(fields[4])
        except (ValueError, OverflowError) as error:
            raise _corrupt(file, f"not a trade: {error}", row=number) from error
        if us < last_us:
            raise _corrupt(file, "time goes backwards", row=number)
        last_us = us
        if fields[5] != _SUSPICIOUS:
            yield TradeRow(us, file.symbol, px, size, exchange, conditions, number)


def read_sides(file: RecordedFile) -> Iterator[SideRow]:
    """
    Read a quote file in its recorded order.

    :raises RecordingCorrupt: naming the row, when the stream gets there
    """
    last_us = 0
    for number, fields in _rows(file):
        try:
            us = _microseconds(fields[0])
            bid, bid_size, ask, ask_size = map(int, fields[1:5])
            exchange = fields[5].decode("ascii")
        except (ValueError, OverflowError) as error:
            raise _corrupt(file, f"not a quote: {error}", row=number) from error
        if us < last_us:
            raise _corrupt(file, "time goes backwards", row=number)
        last_us = us
        if fields[7] == _SUSPICIOUS:
            continue
        if bid:
            yield SideRow(us, file.symbol, True, bid / PRICE_SCALE, bid_size, exchange)  # noqa: FBT003
        if ask:
            yield SideRow(us, file.symbol, False, ask / PRICE_SCALE, ask_size, exchange)  # noqa: FBT003


def inspect(file: RecordedFile) -> Span:
    """
    Unpack the whole file once: its checksum, its rows' widths, its first and its last time.

    What the fields hold is read when the row is played, since that takes ten times as long.

    :raises RecordingCorrupt: if it is damaged, cut off, empty or another file's content
    """
    first = last = b""
    commas = _width(file) - 1
    number = 0
    for number, line in _lines(file):
        if line.count(b",") != commas:
            raise _wrong_width(file, line, number)
        first = first or line
        last = line
    if not number:
        raise _corrupt(file, "the member is empty")
    try:
        return Span(_microseconds(_split(first)[0]), _microseconds(_split(last)[0]))
    except (ValueError, OverflowError) as error:
        raise _corrupt(file, f"the first or last row has no time: {error}") from error


def _rows(file: RecordedFile) -> Iterator[tuple[int, list[bytes]]]:
    width = _width(file)
    for number, line in _lines(file):
        fields = _split(line)
        if len(fields) != width:
            raise _wrong_width(file, line, number)
        yield number, fields


def _lines(file: RecordedFile) -> Iterator[tuple[int, bytes]]:
    number = 0
    try:
        with zipfile.ZipFile(file.path) as archive:
            member = _member(archive, file)
            # BufferedReader finds the lines in C; the archive's own reader does it in Python.
            with archive.open(member) as raw, BufferedReader(raw) as stream:  # type: ignore[type-var]
                for number, line in enumerate(stream, start=1):
                    yield number, line.removeprefix(BOM_UTF8) if number == 1 else line
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
        raise _corrupt(file, f"cannot unpack: {error}", row=number + 1) from error


def _member(archive: zipfile.ZipFile, file: RecordedFile) -> str:
    """Return the name of the one member, which repeats what the path says."""
    names = archive.namelist()
    expected = f"{file.date}_{file.symbol}_{file.kind}_tick.csv".lower()
    if [name.lower() for name in names] != [expected]:
        found = ", ".join(names) or "nothing"
        raise _corrupt(file, f"expected the member {expected}, found {found}")
    return names[0]


def _width(file: RecordedFile) -> int:
    return _TRADE_FIELDS if file.kind == "trade" else _QUOTE_FIELDS


def _split(line: bytes) -> list[bytes]:
    return line.rstrip(b"\r\n").split(b",")


def _microseconds(field: bytes) -> int:
    try:
        return int(field) * 1000
    except ValueError:
        return round(float(field) * 1000)  # some vintages write fractions of a millisecond


def _wrong_width(file: RecordedFile, line: bytes, number: int) -> RecordingCorrupt:
    found = len(_split(line))
    return _corrupt(file, f"expected {_width(file)} fields, found {found}", row=number)


def _corrupt(file: RecordedFile, reason: str, *, row: int | None = None) -> RecordingCorrupt:
    member = f"{file.date}_{file.symbol.lower()}_{file.kind}"
    where = f"{file.path} ({member})" + ("" if row is None else f", row {row}")
    return RecordingCorrupt(f"{where}: {reason}", path=str(file.path), member=member, row=row)
