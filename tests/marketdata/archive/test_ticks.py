"""What was archived is what is read back, in order, whatever is interrupted in between."""

import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from marketdata.domain.archive import (
    COLUMNS,
    Chunk,
    chunks_of,
    current,
    encode,
    file_name,
    symbol_of,
)
from marketdata.feeds.recording import RecordingCorrupt
from marketdata.store import compaction, ticks
from marketdata.store.compaction import compact, retain
from tests.marketdata.archive.ticks import DAY, NEXT_DAY, TICKS, fill, read_all
from tests.marketdata.build import correction, quote, trade

FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def names(root: Path, day: str = DAY) -> list[str]:
    return sorted(path.name for path in (root / day).iterdir())


@given(written=st.lists(st.lists(TICKS, min_size=1, max_size=12), min_size=1, max_size=4))
@FEW
def test_what_was_archived_is_read_back_in_order_before_and_after_each_compaction(
    tmp_path_factory, written
):
    root = tmp_path_factory.mktemp("ticks")
    fill(root, written)
    everything = [tick for chunk in written for tick in chunk]
    assert read_all(root) == everything
    compact(root, today=DAY)  # the day still grows and has few chunks: nothing happens
    assert len(chunks_of(names(root))) == len(written)
    compact(root, today=NEXT_DAY)
    (joint,) = chunks_of(names(root))
    assert joint == Chunk(1, len(everything), is_folder=True)
    assert read_all(root) == everything
    assert {symbol_of(path.name) for path in (root / DAY / joint.name).iterdir()} == {
        tick.symbol for tick in everything
    }


def test_compacted_chunks_of_a_day_become_one_when_it_is_over(tmp_path, monkeypatch):
    monkeypatch.setattr(compaction, "YOUNG_MAX", 2)
    written: list[list[Any]] = [[quote(), trade(trade_id=number)] for number in range(6)]
    seq = 1
    for number in range(0, 6, 2):
        seq = fill(tmp_path, written[number : number + 2], first=seq)
        compact(tmp_path, today=DAY)
    assert names(tmp_path) == ["1-4", "5-8", "9-12"]
    assert compact(tmp_path, today=NEXT_DAY) == 3
    assert names(tmp_path) == ["1-12"]
    assert compact(tmp_path, today=NEXT_DAY) == 0
    assert read_all(tmp_path) == [tick for chunk in written for tick in chunk]


def test_a_compaction_that_died_counts_nothing_twice_and_is_cleaned_up(tmp_path):
    written: list[list[Any]] = [[quote()], [trade()]]
    fill(tmp_path, written)
    saved = {path: path.read_bytes() for path in (tmp_path / DAY).iterdir()}
    compact(tmp_path, today=NEXT_DAY)
    for path, content in saved.items():
        path.write_bytes(content)  # as if it had died before it removed its sources
    (tmp_path / DAY / ".joining").mkdir()  # and another one in the middle of its work
    assert read_all(tmp_path) == [quote(), trade()]
    compact(tmp_path, today=NEXT_DAY)
    assert names(tmp_path) == ["1-2"]
    assert read_all(tmp_path) == [quote(), trade()]


def test_only_one_compaction_is_at_work(tmp_path):
    fill(tmp_path, [[quote()]])
    with ticks.held(tmp_path / ".keeping") as is_ours:
        assert is_ours
        assert compact(tmp_path, today=NEXT_DAY) == 0
    assert compact(tmp_path, today=NEXT_DAY) == 1


@given(cut=st.integers(0, 600))
@FEW
def test_a_spool_that_a_crash_left_gives_all_its_whole_lines(tmp_path_factory, cut):
    root = tmp_path_factory.mktemp("ticks")
    lines = [encode(seq=number, tick=trade(trade_id=number)) for number in range(7, 10)]
    content = b"".join(lines)[:cut]
    (root / DAY).mkdir()
    (root / DAY / "7.spool").write_bytes(content)
    whole = content.count(b"\n")
    assert ticks.recover(root) == (6 + whole if whole else 0)
    assert [tick.trade_id for tick in read_all(root)] == list(range(7, 7 + whole))
    assert not list((root / DAY).glob("*.spool"))


def test_a_spool_that_was_sealed_but_not_removed_counts_once(tmp_path):
    fill(tmp_path, [[trade()]])
    (tmp_path / DAY / "1.spool").write_bytes(encode(seq=1, tick=trade()))
    assert ticks.recover(tmp_path) == 1
    assert read_all(tmp_path) == [trade()]


def test_a_spool_that_makes_no_sense_is_put_aside(tmp_path):
    (tmp_path / DAY).mkdir()
    (tmp_path / DAY / "1.spool").write_bytes(b"not json\n")
    assert ticks.recover(tmp_path) == 0
    assert names(tmp_path)[-1] == "1.damaged"


def test_a_chunk_that_is_damaged_is_named(tmp_path):
    fill(tmp_path, [[trade()]])
    (tmp_path / DAY / "1-1.parquet").write_bytes(b"PAR1garbage")
    with pytest.raises(RecordingCorrupt, match=r"1-1\.parquet"):
        read_all(tmp_path)


def test_old_days_go_and_then_the_oldest_chunks_until_the_rest_fits(tmp_path):
    fill(tmp_path, [[quote()]], day="20231110")
    fill(tmp_path, [[quote()], [trade()]], day=DAY)
    size = (tmp_path / DAY / "2-2.parquet").stat().st_size
    assert retain(tmp_path, oldest="20231111", bytes_max=10**9) == ["20231110/1-1.parquet"]
    assert [path.name for path in ticks.days(tmp_path)] == [DAY]
    assert retain(tmp_path, oldest="20231111", bytes_max=size) == [f"{DAY}/1-1.parquet"]
    assert read_all(tmp_path) == [trade()]
    compact(tmp_path, today=NEXT_DAY)
    assert retain(tmp_path, oldest="20231111", bytes_max=0) == [f"{DAY}/2-2"]
    assert read_all(tmp_path) == []


def test_an_archive_that_is_not_there_needs_no_keeping(tmp_path):
    shutil.rmtree(tmp_path)
    assert (compact(tmp_path, today=DAY), retain(tmp_path, oldest=DAY, bytes_max=0)) == (0, [])
    assert ticks.recover(tmp_path) == 0


def test_duckdb_and_pandas_read_it_without_us(tmp_path):
    fill(tmp_path, [[quote(), trade(px=182.5)], [trade(symbol="BAC")]])
    where = str(tmp_path / DAY / "**" / "*.parquet")
    query = "SELECT symbol, count(*) FROM read_parquet(?) GROUP BY ALL ORDER BY ALL"
    assert duckdb.execute(query, [where]).fetchall() == [("BAC", 1), ("IBM", 2)]
    frame = duckdb.execute("FROM read_parquet(?) WHERE kind = 'trade'", [where]).fetchdf()
    assert frame["px"].tolist() == [182.5, 182.46]
    assert list(frame.columns) == list(COLUMNS)


@given(symbol=st.text(min_size=1, max_size=12))
def test_every_symbol_is_the_name_of_a_file(symbol):
    name = file_name(symbol)
    assert symbol_of(name) == symbol
    assert not set(name) & set("/*?[\0")


@given(
    chunks=st.sets(
        st.builds(
            lambda first, length, is_folder: Chunk(first, first + length, is_folder),
            st.integers(0, 30), st.integers(0, 30), st.booleans(),
        ),
        max_size=8,
    )
)  # fmt: skip
def test_a_covered_chunk_is_left_out_and_no_other(chunks):
    kept = current(sorted(chunks))
    for chunk in chunks:
        is_covered = any(other.covers(chunk) for other in chunks)
        assert (chunk in kept) is not is_covered
    assert chunks_of([chunk.name for chunk in chunks] + [".keeping", "1.spool"]) == sorted(chunks)


# --- Chunks of an older version -------------------------------------------------------------------
def age(path: Path) -> None:
    """Take away the column that chunks did not have at first."""
    duckdb.execute(
        f"COPY (SELECT * EXCLUDE original_conditions FROM read_parquet('{path}')) "
        f"TO '{path}.old' (FORMAT parquet)"
    )
    Path(f"{path}.old").rename(path)


def test_a_chunk_that_is_older_than_a_column_is_read_and_compacted_with_younger_ones(tmp_path):
    told = correction(original_conditions=("@", "I"))
    fill(tmp_path, [[quote(), correction(trade_id=3)], [told]])
    age(tmp_path / DAY / "1-2.parquet")
    everything = [quote(), correction(trade_id=3), told]
    assert read_all(tmp_path) == everything
    compact(tmp_path, today=NEXT_DAY)
    assert names(tmp_path) == ["1-3"]
    assert read_all(tmp_path) == everything


def test_compacted_chunks_of_two_versions_are_joined_without_a_loss(tmp_path, monkeypatch):
    monkeypatch.setattr(compaction, "YOUNG_MAX", 1)
    told = [correction(trade_id=number, original_conditions=("I",)) for number in (2, 3)]
    seq = fill(tmp_path, [[told[0]]])
    compact(tmp_path, today=DAY)
    age(tmp_path / DAY / "1-1" / "IBM.parquet")
    fill(tmp_path, [[told[1]]], first=seq)
    compact(tmp_path, today=DAY)
    assert compact(tmp_path, today=NEXT_DAY) == 2
    assert read_all(tmp_path) == [correction(trade_id=2), told[1]]
