"""One symbol's ticks are read in order and each once, whatever happens to the files meanwhile."""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from marketdata.contracts import Quote, Trade, TradeCorrection
from marketdata.domain.archive import encode, mark_of
from marketdata.store import archived
from marketdata.store.archived import TickArchiveUnreadable, Wanted, read, read_all
from marketdata.store.compaction import compact
from marketdata.store.ticks import seal
from tests.marketdata.archive.ticks import DAY, NEXT_DAY, TICKS, fill, spooled
from tests.marketdata.build import T0, changed, correction, quote, trade

FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
EVERYTHING = {"ts_from": 0, "ts_to": 1 << 62, "strangers": ("nobody",)}


def wanted(kind: type[Any] = Trade, **what: Any) -> Wanted[Any]:
    return Wanted(**{"kind": kind, "symbol": "IBM", "at_once": 2, **EVERYTHING, **what})


def prints(*moments: int, first: int = 1) -> list[Trade]:
    """Return one trade at each moment, ns after T0; their ids count the order of acceptance."""
    return [
        trade(trade_id=number, ts_event=T0 + ns) for number, ns in enumerate(moments, start=first)
    ]


def ids(rows: Sequence[Any]) -> list[int]:
    return [row.tick.trade_id for row in rows]


class Layout(NamedTuple):
    """How ticks lie in the archive: in which chunks, the last one a spool or not."""

    moments: list[list[int]]
    is_compacted: bool
    is_spooled: bool

    def write(self, root: Path) -> list[Trade]:
        """Archive them, among ticks that are not meant; return them as they were accepted."""
        everything = prints(*(ns for chunk in self.moments for ns in chunk))
        left, seq = iter(everything), 1
        for number, chunk in enumerate(self.moments, start=1):
            taken = [*islice(left, len(chunk)), trade(symbol="BAC"), quote(), correction()]
            if self.is_spooled and number == len(self.moments):
                spooled(root, taken, first=seq)
            else:
                seq = fill(root, [taken], first=seq)
            if self.is_compacted and number == 2:
                compact(root, today=NEXT_DAY)
        return everything


LAYOUTS = st.builds(
    Layout,
    st.lists(st.lists(st.integers(0, 6), min_size=1, max_size=6), min_size=1, max_size=3),
    st.booleans(),
    st.booleans(),
)


@given(
    layout=LAYOUTS,
    ends=st.tuples(st.integers(-1, 7), st.integers(-1, 7)).map(sorted),
    newest_first=st.booleans(),
    at_once=st.integers(1, 5),
)
@FEW
def test_the_ticks_of_a_range_come_in_order_each_once(
    tmp_path_factory, layout, ends, newest_first, at_once
):
    root = tmp_path_factory.mktemp("ticks")
    everything = layout.write(root)
    begin, end = (T0 + ns for ns in ends)
    asked = wanted(ts_from=begin, ts_to=end, newest_first=newest_first, at_once=at_once)
    rows = list(read(root / DAY, asked))
    in_time = sorted(everything, key=lambda tick: (tick.ts_event, tick.trade_id))
    expected = [tick for tick in in_time if begin <= tick.ts_event <= end]
    assert [row.tick for row in rows] == (expected[::-1] if newest_first else expected)


@given(ticks=st.lists(TICKS, max_size=20), symbol=st.sampled_from(["IBM", "A'B", "*?[", "ß/∂"]))
@FEW
def test_a_mark_is_in_the_lines_of_its_kind_and_symbol_and_in_no_other(ticks, symbol):
    for kind in (Quote, Trade, TradeCorrection):
        mark = mark_of(kind=kind, symbol=symbol)
        for tick in ticks:
            is_meant = type(tick) is kind and tick.symbol == symbol
            assert (mark in encode(seq=1, tick=tick)) is is_meant


@given(written=st.lists(TICKS, min_size=1, max_size=12))
@FEW
def test_every_kind_reads_the_same_out_of_spool_chunk_and_folder(tmp_path_factory, written):
    root = tmp_path_factory.mktemp("ticks")
    spool = spooled(root, written)
    found = []
    for step in (lambda: None, lambda: seal(spool), lambda: compact(root, today=NEXT_DAY)):
        step()
        found.append(
            [
                list(read(root / DAY, wanted(kind, symbol=symbol)))
                for kind, symbol in {(type(tick), tick.symbol): None for tick in written}
            ]
        )
    assert found[0] == found[1] == found[2]
    assert sum(map(len, found[0])) == len(written)


def test_ticks_of_another_market_are_not_read(tmp_path):
    fill(tmp_path, [[changed(tick, source="simulated") for tick in prints(1, 2)]])
    spooled(tmp_path, [changed(tick, source="alpaca") for tick in prints(3, first=3)], first=3)
    assert ids(list(read(tmp_path / DAY, wanted(strangers=("simulated",))))) == [3]
    assert ids(list(read(tmp_path / DAY, wanted(strangers=("alpaca", "polygon"))))) == [1, 2]


def test_nothing_is_read_beyond_what_is_taken(tmp_path, monkeypatch):
    asked: list[int] = []
    really_read = archived._rows

    def rows_of(files, wanted, after):
        rows = really_read(files, wanted, after)
        asked.append(len(rows))
        return rows

    monkeypatch.setattr(archived, "_rows", rows_of)
    fill(tmp_path, [prints(*range(50))])
    assert ids(list(islice(read(tmp_path / DAY, wanted(at_once=5)), 7))) == list(range(1, 8))
    assert asked == [5, 5]


# --- Files that come and go -----------------------------------------------------------------------
@pytest.mark.parametrize("newest_first", [False, True])
def test_a_day_that_is_compacted_in_the_middle_of_reading_is_read_on(tmp_path, newest_first):
    fill(tmp_path, [prints(3, 1, 4), prints(1, 5, 9, first=4), prints(2, 6, 5, first=7)])
    rows = read(tmp_path / DAY, wanted(newest_first=newest_first))
    found = [next(rows)]
    assert compact(tmp_path, today=NEXT_DAY) == 3
    found += rows
    in_time = [2, 4, 7, 1, 3, 5, 9, 8, 6]
    assert ids(found) == (in_time[::-1] if newest_first else in_time)


def test_a_chunk_that_is_let_go_takes_only_its_own_ticks_along(tmp_path):
    fill(tmp_path, [prints(1, 3, 5), prints(2, 4, 6, first=4)])
    rows = read(tmp_path / DAY, wanted())
    found = [next(rows)]
    (tmp_path / DAY / "1-3.parquet").unlink()
    assert ids([*found, *rows]) == [1, 4, 5, 6]  # those at 1 and 2 had been read


def test_a_spool_that_is_sealed_after_it_was_read_counts_once(tmp_path):
    spool = spooled(tmp_path, prints(1, 2, 3))
    rows = read(tmp_path / DAY, wanted())
    seal(spool)
    assert ids(list(rows)) == [1, 2, 3]


def test_a_spool_that_is_sealed_before_it_is_read_is_not_lost(tmp_path, monkeypatch):
    spool = spooled(tmp_path, prints(1, 2, 3))
    really_read = archived._content

    def content(path: Path) -> bytes:
        seal(spool)
        return really_read(path)

    monkeypatch.setattr(archived, "_content", content)
    assert ids(list(read(tmp_path / DAY, wanted()))) == [1, 2, 3]


def test_a_spool_that_a_crash_left_beside_its_chunk_counts_once(tmp_path):
    fill(tmp_path, [prints(1, 2)])
    spooled(tmp_path, prints(1, 2))
    assert ids(list(read(tmp_path / DAY, wanted()))) == [1, 2]


def test_the_line_that_is_being_written_is_not_there_yet(tmp_path):
    spool = spooled(tmp_path, prints(1))
    spool.write_bytes(spool.read_bytes() + encode(seq=2, tick=prints(2)[0])[:-1])
    assert ids(list(read(tmp_path / DAY, wanted()))) == [1]


def test_a_compaction_that_died_counts_nothing_twice(tmp_path):
    fill(tmp_path, [prints(1, 2), prints(3, first=3)])
    saved = {path: path.read_bytes() for path in (tmp_path / DAY).iterdir()}
    compact(tmp_path, today=NEXT_DAY)
    for path, content in saved.items():
        path.write_bytes(content)
    assert ids(list(read(tmp_path / DAY, wanted()))) == [1, 2, 3]


def test_a_day_without_a_folder_has_no_ticks(tmp_path):
    assert list(read(tmp_path / NEXT_DAY, wanted())) == []
    assert list(read_all(tmp_path / NEXT_DAY, wanted())) == []
    assert archived.list_days(tmp_path) == set()


def test_a_damaged_chunk_is_named_by_its_day_and_not_by_its_path(tmp_path):
    fill(tmp_path, [prints(1)])
    (tmp_path / DAY / "1-1.parquet").write_bytes(b"PAR1garbage")
    for ask in (read, read_all):
        with pytest.raises(TickArchiveUnreadable, match=f"of {DAY} cannot be read") as refusal:
            list(ask(tmp_path / DAY, wanted()))
        assert str(tmp_path) not in refusal.value.message


def test_a_damaged_spool_is_named(tmp_path):
    spool = spooled(tmp_path, prints(1))
    spool.write_bytes(b'{"seq":1,"kind":"trade","symbol":"IBM",nonsense}\n')
    with pytest.raises(TickArchiveUnreadable, match=DAY):
        read(tmp_path / DAY, wanted())


# --- What is rare ---------------------------------------------------------------------------------
def test_what_is_rare_is_read_once_and_remembered_until_there_is_a_new_chunk(tmp_path, monkeypatch):
    asked: list[int] = []
    really_read = archived._rows
    monkeypatch.setattr(
        archived,
        "_rows",
        lambda *args: asked.append(1) or really_read(*args),  # type: ignore[func-returns-value]
    )
    archived._all_in.cache_clear()
    told = [correction(trade_id=number, original_conditions=("I",)) for number in (1, 2, 3)]
    seq = fill(tmp_path, [[told[0], *prints(1)]])
    rare = wanted(TradeCorrection)
    for _ in range(3):
        assert [row.tick for row in read_all(tmp_path / DAY, rare)] == told[:1]
    assert len(asked) == 1
    seq = fill(tmp_path, [[told[1]]], first=seq)
    spooled(tmp_path, [told[2]], first=seq)
    assert [row.tick for row in read_all(tmp_path / DAY, rare)] == told
    compact(tmp_path, today=NEXT_DAY)
    assert [row.tick for row in read_all(tmp_path / DAY, rare)] == told
