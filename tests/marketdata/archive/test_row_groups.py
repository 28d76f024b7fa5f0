"""A range is read in parts: all of it, nothing twice, and only what is needed of the files."""

from functools import partial
from itertools import pairwise

from hypothesis import given, strategies as st

from marketdata.domain.row_groups import RowGroup, parts

TIMES = st.integers(0, 100)
GROUPS = st.lists(
    st.builds(
        lambda first, length, rows: RowGroup(first, first + length, rows),
        TIMES, st.integers(0, 30), st.integers(1, 50),
    ),
    max_size=12,
)  # fmt: skip


@given(groups=GROUPS, ends=st.tuples(TIMES, TIMES).map(sorted), newest_first=st.booleans())
def test_parts_are_the_whole_range_in_order_and_overlap_nowhere(groups, ends, newest_first):
    first, last = ends
    found = list(parts(groups=groups, ts_from=first, ts_to=last, newest_first=newest_first, rows=8))
    if not any(group.first <= last and group.last >= first for group in groups):
        assert found == []
        return
    in_time = found[::-1] if newest_first else found
    assert [in_time[0][0], in_time[-1][1]] == [first, last]
    assert all(begin <= end for begin, end in found)
    assert all(one[1] + 1 == other[0] for one, other in pairwise(in_time))


def test_the_first_rows_need_one_group_whatever_comes_after():
    hours = [RowGroup(hour * 100, hour * 100 + 99, 1_000) for hour in range(24)]
    cut = partial(parts, groups=hours, ts_to=2_399, rows=1_000)
    assert list(cut(ts_from=0, newest_first=False))[:3] == [(0, 99), (100, 299), (300, 699)]
    assert list(cut(ts_from=0, newest_first=True))[:2] == [(2_300, 2_399), (2_100, 2_299)]
    assert next(cut(ts_from=1_250, newest_first=False)) == (1_250, 1_299)


def test_a_late_tick_does_not_make_a_part_of_a_whole_day():
    hours = [RowGroup(hour * 100, hour * 100 + 99, 1_000) for hour in range(24)]
    hours[20] = RowGroup(5, 2_099, 1_000)  # one of its ticks came twenty hours late
    found = list(parts(groups=hours, ts_from=0, ts_to=2_399, newest_first=False, rows=1_000))
    assert found[0] == (0, 4)
    assert found[1] == (5, 199)
