"""The tape of a recorded day: every file's rows merged by time, as quotes and trades."""

import heapq
from collections.abc import Iterable, Iterator
from itertools import chain
from operator import itemgetter

from marketdata.feeds.recording import QuoteRow, TapeRow
from marketdata.feeds.replay.rows import RecordedFile, SideRow, read_sides, read_trades


def read_tape(files: Iterable[RecordedFile]) -> Iterator[TapeRow]:
    """
    Read the files as one stream in time, each keeping its recorded order.

    Within one microsecond the files follow one another as given: quotes before trades, so that a
    trade meets the market that was recorded with it.

    :raises RecordingCorrupt: when the stream gets to a damaged place
    """
    streams: list[Iterator[TapeRow]] = [
        join_sides(read_sides(file)) if file.kind == "quote" else read_trades(file)
        for file in files
    ]
    return heapq.merge(*streams, key=itemgetter(0))


def join_sides(sides: Iterable[SideRow]) -> Iterator[QuoteRow]:
    """
    Join one symbol's one-sided rows, ascending in time, into best bids and offers.

    The recorder writes a change as two rows of one time, bid then offer: they are one quote, since
    the market between them never existed. Nothing comes out before both sides are known.
    """
    bid: SideRow | None = None
    ask: SideRow | None = None
    waiting: SideRow | None = None  # a bid whose offer may be the next row
    for side in chain(sides, (None,)):
        if waiting is not None and ask is not None and not _completes(side, waiting):
            yield _quote(waiting.us, waiting, ask)
        waiting = None
        if side is None:
            return
        if side.is_bid:
            bid = waiting = side
            continue
        ask = side
        if bid is not None:
            yield _quote(side.us, bid, side)


def _completes(side: SideRow | None, waiting: SideRow) -> bool:
    return side is not None and not side.is_bid and side.us == waiting.us


def _quote(us: int, bid: SideRow, ask: SideRow) -> QuoteRow:
    return QuoteRow(us, bid.symbol, bid.px, bid.size, bid.exchange, ask.px, ask.size, ask.exchange)
