"""A damaged recording is refused by name, with the file and the row."""

import contextlib
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from marketdata.feeds.recording import RecordingCorrupt
from marketdata.feeds.replay.catalog import find_recording
from marketdata.feeds.replay.feed import ReplayFeed
from marketdata.feeds.replay.opening import open_recording
from marketdata.feeds.replay.rows import (
    RecordedFile,
    inspect,
    read_sides,
    read_trades,
)
from tests.marketdata.recordings import (
    NINE_THIRTY_MS,
    TRADES,
    quote_rows,
    trade_rows,
    write_recording,
    write_zip,
)

START_US = NINE_THIRTY_MS * 1000


def the_file(path: Path) -> RecordedFile:
    (file,) = find_recording(str(path))
    return file


def read_all(file: RecordedFile) -> list[Any]:
    return list(read_trades(file) if file.kind == "trade" else read_sides(file))


def refusal_of(path: Path, read: Callable[[RecordedFile], object] = inspect) -> RecordingCorrupt:
    with pytest.raises(RecordingCorrupt) as refusal:
        read(the_file(path))
    assert refusal.value.code == "RECORDING_CORRUPT"
    assert str(path) in refusal.value.message
    return refusal.value


def long_trades() -> str:
    return "".join(
        f"{NINE_THIRTY_MS + n},{1_800_000 + n * 7 % 1000},{n + 1},N,1,0\n" for n in range(5000)
    )


def test_a_zip_that_is_cut_off_is_refused(tmp_path):
    path = write_zip(tmp_path / "ibm", "trade", long_trades())
    path.write_bytes(path.read_bytes()[:-400])
    assert "cannot unpack" in refusal_of(path).message


def test_a_file_that_is_no_zip_is_refused(tmp_path):
    path = write_zip(tmp_path / "ibm", "trade", trade_rows())
    path.write_bytes(b"<html>404 Not Found</html>")
    assert "cannot unpack" in refusal_of(path).message


def test_a_flipped_byte_inside_is_refused(tmp_path):
    path = write_zip(tmp_path / "ibm", "trade", long_trades())
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    refusal_of(path)  # by its checksum, or by a row that it has garbled


def test_an_empty_member_is_refused(tmp_path):
    assert "empty" in refusal_of(write_zip(tmp_path / "ibm", "trade", "")).message


def test_another_symbols_member_is_refused(tmp_path):
    path = write_zip(tmp_path / "ibm", "trade", trade_rows(), member="20131007_bac_Trade_Tick.csv")
    assert "20131007_bac_Trade_Tick.csv" in refusal_of(path).message


def test_a_zip_without_members_is_refused(tmp_path):
    path = write_zip(tmp_path / "ibm", "trade", trade_rows())
    with zipfile.ZipFile(path, "w"):
        pass
    assert "found nothing" in refusal_of(path).message


@pytest.mark.parametrize("bad", ["34200500,1820600,100,P,1", "34200500,1820600,100,P,1,0,0", ""])
def test_a_row_of_the_wrong_width_is_refused_before_it_is_played(tmp_path, bad):
    rows = trade_rows().splitlines()
    path = write_zip(tmp_path / "ibm", "trade", "\n".join([*rows[:2], bad, *rows[2:]]) + "\n")
    refusal = refusal_of(path)
    assert "expected 6 fields" in refusal.message
    assert refusal.context["row"] == 3
    assert refusal_of(path, read_all).message == refusal.message


def test_a_last_row_that_is_cut_off_is_refused_before_it_is_played(tmp_path):
    path = write_zip(tmp_path / "ibm", "quote", quote_rows()[:-9])
    refusal = refusal_of(path)
    assert refusal.context["row"] == 6


@pytest.mark.parametrize(
    ("kind", "bad", "reason"),
    [
        ("trade", "34200500,abc,100,P,1,0", "not a trade"),
        ("trade", "34200500,1820600,,P,1,0", "not a trade"),
        ("trade", "34200500,1820600,100,P,xyz,0", "not a trade"),
        ("trade", "nan,1820600,100,P,1,0", "not a trade"),
        ("trade", "inf,1820600,100,P,1,0", "not a trade"),
        ("trade", "34100000,1820600,100,P,1,0", "time goes backwards"),
        ("quote", "34200500,1820600,100,x,0,P,1,0", "not a quote"),
        ("quote", "34200500,1820600,100,0,0,\xff,1,0", "not a quote"),
    ],
)
def test_a_bad_row_in_the_middle_is_named_when_the_tape_gets_there(tmp_path, kind, bad, reason):
    rows = (trade_rows() if kind == "trade" else quote_rows()).splitlines()
    text = "\n".join([*rows[:2], bad, *rows[2:]]) + "\n"
    path = write_zip(tmp_path / "ibm", kind, text)
    inspect(the_file(path))  # the first and the last row are fine
    refusal = refusal_of(path, read_all)
    assert reason in refusal.message
    assert refusal.context["row"] == 3


def test_times_may_have_fractions_of_a_millisecond(tmp_path):
    path = write_zip(tmp_path / "ibm", "trade", "14400009.367,137450,100,D,1,0\n")
    (row,) = read_trades(the_file(path))
    assert (row.us, row.px) == (14_400_009_367, 13.745)


def test_a_feed_refuses_to_start_on_a_damaged_recording(tmp_path):
    ticks = write_recording(tmp_path)
    path = ticks / "ibm" / "20131007_trade.zip"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(RecordingCorrupt):
        ReplayFeed(recording=open_recording(str(ticks)), start_us=START_US)


def test_a_feed_refuses_a_start_after_the_last_tick(tmp_path):
    recording = open_recording(str(write_recording(tmp_path)))
    with pytest.raises(RecordingCorrupt, match="nothing was recorded between"):
        ReplayFeed(recording=recording, start_us=START_US + 3_600_000_000)


def test_a_feed_refuses_a_start_after_the_regular_close(tmp_path):
    ticks = write_recording(tmp_path)
    write_zip(ticks / "ibm", "trade", trade_rows([*TRADES, (61_200_000, "1820000,100,N,1")]))
    recording = open_recording(str(ticks))
    with pytest.raises(RecordingCorrupt, match="nothing was recorded between"):
        ReplayFeed(recording=recording, start_us=16 * 3_600_000_000)


@settings(max_examples=60)
@given(position=st.integers(0, 10_000), value=st.integers(0, 255))
def test_whatever_byte_is_damaged_the_reader_answers_or_names_it(tmp_path_factory, position, value):
    path = write_zip(tmp_path_factory.mktemp("pack") / "ibm", "trade", trade_rows())
    content = bytearray(path.read_bytes())
    content[position % len(content)] = value
    path.write_bytes(content)
    file = the_file(path)
    with contextlib.suppress(RecordingCorrupt):
        inspect(file)
        assert [row.size for row in read_all(file)] == [50, 100, 300]
