"""A capture of IEX's market data as a recording that can be played."""

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from marketdata.feeds.base import FeedError
from marketdata.feeds.iex.messages import Message, decode
from marketdata.feeds.iex.translate import KINDS, Translator
from marketdata.feeds.iex.transport import Segment, SequenceCounter, read_segments
from marketdata.feeds.recording import RecordingCorrupt, TapeRow, UpdateRow, midnight_ns
from trading.kernel import clock

_NAME = re.compile(r".+\.pcap(ng)?(\.gz)?", re.IGNORECASE)

log = logging.getLogger(__name__)


def is_capture(path: Path) -> bool:
    """Say whether the file's name is that of a network capture."""
    return _NAME.fullmatch(path.name) is not None


class IexRecording:
    """
    One day of TOPS or DEEP. Making one reads the whole capture once, without keeping it.

    ``counter`` says what the capture lacks, ``cut`` where it ends inside a packet: what is whole
    before that is played. IEX's captures know no previous closes.

    :raises RecordingCorrupt: if the capture is damaged, or has no prices
    :raises ProtocolUnknown: if it speaks another protocol
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.previous_closes: Mapping[str, float] = {}
        self.counter = SequenceCounter()
        self.cut = ""
        symbols: set[str] = set()
        self.first_us, self.last_us = -1, -1
        for row in self._read(self.counter):
            if self.first_us < 0:
                self.first_us = row.us
            self.last_us = row.us
            if not isinstance(row, UpdateRow):
                symbols.add(row.symbol)
        if not symbols:
            raise RecordingCorrupt(f"{path}: no quote, level or trade in it", path=str(path))
        self.symbols: Sequence[str] = sorted(symbols)
        if self.counter.missing:
            log.warning(
                "%s lacks %d messages in %d places", path, self.counter.missing, self.counter.gaps
            )

    def rows(self) -> Iterator[TapeRow]:
        return self._read(SequenceCounter())

    def _read(self, counter: SequenceCounter) -> Iterator[TapeRow]:
        translator: Translator | None = None
        newest_us = 0
        for segment in read_segments(self.path, cut=self._note_cut):
            if translator is None:
                self.trade_date = clock.new_york_date(clock.from_ns(segment.send_ns))
                translator = Translator(midnight_ns=midnight_ns(self.trade_date))
            if counter.is_broken_by(segment):
                yield from translator.clear_books(us=newest_us)
            for message in self._decode(segment):
                for row in translator.translate(message):
                    # A recording's time never goes back, though a restarted engine's stamps may.
                    newest_us = max(newest_us, row.us)
                    yield row if row.us == newest_us else row._replace(us=newest_us)

    def _note_cut(self, what: str) -> None:
        if not self.cut:
            log.warning("%s", what)
        self.cut = what

    def _decode(self, segment: Segment) -> Iterator[Message]:
        try:
            yield from decode(segment, kinds=KINDS)
        except FeedError as error:
            raise type(error)(f"{self.path}: {error.message}", path=str(self.path)) from error
        except ValueError as error:
            raise RecordingCorrupt(
                f"{self.path}, sequence {segment.first_sequence}: {error}", path=str(self.path)
            ) from error
