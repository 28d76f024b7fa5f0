"""A capture plays as quotes, trades, cancels, statuses and levels, true from its start on."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from marketdata.contracts import BookSide, PriceLevel, TradeCancel, TradingStatus
from marketdata.domain.book import Book, Books
from marketdata.feeds.iex import IexRecording, ProtocolUnknown
from marketdata.feeds.recording import (
    QuoteRow,
    RecordingCorrupt,
    RecordingNotFound,
    TapeRow,
    TradeRow,
    UpdateRow,
    prevailing,
    update_of,
)
from marketdata.feeds.replay import open_recording
from tests.marketdata.iex.captures import (
    TEN_NS,
    TOPS,
    capture,
    level,
    quote,
    segment,
    status,
    trade,
    trade_break,
)

TEN_US = 10 * 3_600_000_000


def rows_of(path: Path) -> list[Any]:
    return list(IexRecording(path).rows())


def quotes_of(rows: Sequence[TapeRow]) -> list[tuple[float, int, float, int]]:
    return [
        (row.bid_px, row.bid_size, row.ask_px, row.ask_size)
        for row in rows
        if isinstance(row, QuoteRow)
    ]


def test_tops_says_quotes_trades_breaks_and_statuses(tmp_path):
    path = capture(
        tmp_path / "day.pcap",
        segment(
            quote(bid=1_824_400, bid_size=200, ask=1_825_000, ask_size=100),
            trade(flags=0x80 | 0x40 | 0x20, trade_id=5),
            trade_break(trade_id=5),
            status("H", "T1"),
            protocol=TOPS,
        ),
    )
    quote_row, trade_row, cancel, halt = rows_of(path)
    assert quote_row == QuoteRow(TEN_US, "IBM", 182.44, 200, "V", 182.5, 100, "V")
    assert trade_row == TradeRow(TEN_US, "IBM", 182.44, 100, "V", ("F", "T", "I"), 5)
    said = [update_of(each, ts_event=1, ts_init=2, source="replay") for each in (cancel, halt)]
    assert said == [
        TradeCancel(
            symbol="IBM", trade_id=5, px=182.44, size=100, exchange="V",
            ts_event=1, ts_init=2, source="replay",
        ),
        TradingStatus(
            symbol="IBM", status_code="H", status_message="Trading halted on all markets",
            reason_code="T1", reason_message="Halted: news pending",
            ts_event=1, ts_init=2, source="replay",
        ),
    ]  # fmt: skip


def test_deep_says_a_quote_only_at_the_end_of_an_event(tmp_path):
    path = capture(
        tmp_path / "day.pcap",
        segment(
            level(buy=True, px=1_824_400, size=200),
            level(buy=False, px=1_825_000, size=100),
            level(buy=True, px=1_824_400, size=0, complete=False),
            level(buy=True, px=1_824_300, size=50, complete=True),
            level(buy=True, px=1_824_200, size=10),  # not the best: no quote
        ),
    )
    rows = rows_of(path)
    assert quotes_of(rows) == [
        (182.44, 200, 0.0, 0),
        (182.44, 200, 182.5, 100),
        (182.43, 50, 182.5, 100),
    ]
    assert [type(row).__name__ for row in rows[-3:]] == ["UpdateRow", "QuoteRow", "UpdateRow"]


@pytest.mark.parametrize(
    "next_segment",
    [
        segment(level(buy=True, px=1_000_000, size=1), first=9),
        segment(level(buy=True, px=1_000_000, size=1), first=1),
        segment(level(buy=True, px=1_000_000, size=1), first=3, session=8),
    ],
    ids=["gap", "goes-back", "session"],
)
def test_a_stream_that_is_broken_takes_its_books_with_it(tmp_path, next_segment):
    first = segment(
        level(buy=True, px=1_824_400, size=200),
        level(buy=False, px=1_825_000, size=100, complete=False),
        first=1,
    )
    rows = rows_of(capture(tmp_path / "day.pcap", first, next_segment))
    book = Book("IBM")
    for row in rows:
        if isinstance(row, UpdateRow) and row.make is PriceLevel:
            book.apply(ts=row.us, **row.values)
    assert book.best() == ((100.0, 1), None)


def test_a_message_lost_is_counted(tmp_path):
    path = capture(tmp_path / "day.pcap", segment(trade()), segment(trade(), first=4))
    assert IexRecording(path).counter.missing == 2


def test_what_holds_at_the_start_is_the_market_the_halts_and_the_whole_book(tmp_path):
    rows = rows_of(
        capture(
            tmp_path / "day.pcap",
            segment(
                level(buy=True, px=1_824_400, size=200),
                level(buy=True, px=1_824_300, size=100),
                level(buy=True, px=1_824_400, size=0),
                status("H", "T1"),
                status("T", ""),
                trade(),
                level(buy=False, px=1_825_000, size=7, ts=TEN_NS + 10**9),
            ),
        )
    )
    opening, after = prevailing(iter(rows), start_us=TEN_US + 500_000)
    holds: list[Any] = opening
    assert {row.us for row in holds} == {TEN_US + 500_000}
    assert quotes_of(holds) == [(182.43, 100, 0.0, 0)]
    levels = [dict(row.values) for row in holds if getattr(row, "make", None) is PriceLevel]
    assert levels == [{"side": BookSide.BID, "px": 182.43, "size": 100, "is_complete": True}]
    statuses = [row for row in holds if getattr(row, "make", None) is TradingStatus]
    assert [row.values["status_code"] for row in statuses] == ["T"]
    assert not any(isinstance(row, TradeRow) for row in holds)
    assert [row.us for row in after] == [TEN_US + 1_000_000] * 2


@pytest.mark.parametrize("name", ["DEEP10_part1.pcap.gz", "TOPS16_part1.pcapng.gz"])
def test_a_recorded_capture_never_goes_back_in_time_and_is_read_twice_alike(iex_fixtures, name):
    recording = open_recording(str(iex_fixtures / name))
    rows = list(recording.rows())
    assert all(a.us <= b.us for a, b in pairwise(rows))
    assert (rows[0].us, rows[-1].us) == (recording.first_us, recording.last_us)
    assert {"MSFT", "ZXIET"} <= set(recording.symbols)
    assert rows == list(recording.rows())


def test_a_recorded_book_is_shown_whenever_it_is_not_crossed(iex_fixtures):
    # Prices of the test facility are made up, so its books are crossed about half of the time.
    books = Books()
    shown: set[int] = set()
    for row in open_recording(str(iex_fixtures / "DEEP10_part1.pcap.gz")).rows():
        if isinstance(row, UpdateRow) and row.make is PriceLevel:
            level_ = update_of(row, ts_event=row.us, ts_init=row.us, source="replay")
            assert isinstance(level_, PriceLevel)
            books.apply(level_)
            books.renew()
            view = books.view(row.symbol)
            if view is not None and view.bids and view.asks:
                assert view.bids[0][0] <= view.asks[0][0]
                shown.add(len(view.bids))
    assert max(shown) >= 5


@pytest.mark.parametrize(
    ("segments", "error", "named"),
    [
        ([segment(first=1)], RecordingCorrupt, "no quote, level or trade"),
        ([segment(trade(), protocol=0x8002)], ProtocolUnknown, "day.pcap.*0x8002"),
        ([segment(trade()[:-3])], RecordingCorrupt, "day.pcap, sequence 1: .*too short"),
    ],
)
def test_a_capture_that_cannot_be_played_is_refused_before_it_is(tmp_path, segments, error, named):
    with pytest.raises(error, match=named):
        open_recording(str(capture(tmp_path / "day.pcap", *segments)))


def test_a_capture_whose_last_packet_is_cut_is_played_and_says_so(tmp_path, caplog):
    path = capture(tmp_path / "day.pcap", segment(trade(trade_id=1)), segment(trade(trade_id=2)))
    path.write_bytes(path.read_bytes()[:-7])
    recording = IexRecording(path)
    assert [row.number for row in recording.rows() if isinstance(row, TradeRow)] == [1]
    assert "ends inside packet 2; the 1 whole ones before it are played" in recording.cut
    assert caplog.text.count("ends inside packet 2") == 1


def test_a_capture_is_one_day(tmp_path):
    path = capture(tmp_path / "day.pcap", segment(trade()))
    with pytest.raises(RecordingNotFound, match="leave @20170710 out"):
        open_recording(f"{path}@20170710")
