"""Whatever a provider tells as the id of a print, ours has 63 bits and tells prints apart."""

import pytest
from hypothesis import given, strategies as st

from marketdata.feeds.print_ids import ID_MAX, number_of, number_of_text
from marketdata.store.compaction import compact
from tests.marketdata.archive.ticks import NEXT_DAY, fill, read_all
from tests.marketdata.build import trade


@given(st.integers())
def test_a_number_of_63_bits_stays_and_any_other_becomes_one(told):
    number = number_of(told)
    assert 0 <= number <= ID_MAX
    assert number == number_of(told)
    if 0 <= told <= ID_MAX:
        assert number == told


@given(st.text() | st.from_regex(r"[0-9]{17,21}", fullmatch=True))
def test_a_text_becomes_a_number_of_63_bits(told):
    assert 0 <= number_of_text(told) <= ID_MAX


def test_ids_that_differ_stay_different():
    told = [-(2**63), -1, 0, 1, 2**63 - 1, 2**63, 2**64 - 1, 2**64]
    assert len({number_of(each) for each in told}) == len(told)
    texts = ["", "1", "A0F-77", "A0F-78", "9" * 18, "9" * 19, "9" * 20]
    assert len({number_of_text(each) for each in texts}) == len(texts)


@pytest.mark.parametrize("told", [ID_MAX, 2**64 - 1, -(2**70)])
def test_the_archive_keeps_a_print_whatever_its_id(tmp_path, told):
    tick, other = trade(trade_id=number_of(told)), trade(trade_id=2)
    fill(tmp_path, [[tick], [other]])
    assert compact(tmp_path, today=NEXT_DAY)
    assert read_all(tmp_path) == [tick, other]
