"""A day of zipped CSV ticks as a recording that can be played."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from marketdata.feeds.recording import TapeRow
from marketdata.feeds.replay.catalog import read_previous_closes
from marketdata.feeds.replay.rows import RecordedFile, inspect
from marketdata.feeds.replay.tape import read_tape


class LeanRecording:
    """
    The files of one day. Every one is unpacked once here, so damage shows before it is played.

    :raises RecordingCorrupt: if a file is damaged
    """

    def __init__(self, files: Sequence[RecordedFile]) -> None:
        spans = [inspect(file) for file in files]
        self.path = files[0].path.parent
        self.trade_date = date.fromisoformat(files[0].date)
        self.symbols: Sequence[str] = sorted({file.symbol for file in files})
        self.previous_closes: Mapping[str, float] = read_previous_closes(files)
        self.first_us = min(span.first_us for span in spans)
        self.last_us = max(span.last_us for span in spans)
        self._files = files

    def rows(self) -> Iterator[TapeRow]:
        return read_tape(self._files)
