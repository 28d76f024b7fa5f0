"""A book is sorted, has no empty level, and nobody sees half an event or a crossed market."""

import pytest
from hypothesis import given, strategies as st

from marketdata.contracts import BookSide, PriceLevel
from marketdata.domain.book import DEPTH, Book, Books
from tests.marketdata.build import T0

CHANGES = st.lists(
    st.tuples(
        st.sampled_from(BookSide),
        st.integers(1, 40).map(lambda cents: cents / 100),
        st.sampled_from([0, 0, 1, 100, 700]),
        st.booleans(),
    ),
    max_size=80,
)


def level(side: BookSide, px: float, size: int, *, is_complete: bool = True) -> PriceLevel:
    return PriceLevel(
        symbol="IBM", side=side, px=px, size=size, is_complete=is_complete,
        ts_event=T0, ts_init=T0, source="test",
    )  # fmt: skip


@given(changes=CHANGES)
def test_a_view_is_sorted_whole_and_what_a_plain_dictionary_says(changes):
    books = Books()
    shown: dict[BookSide, dict[float, int]] = {side: {} for side in BookSide}
    waiting: list[tuple[BookSide, float, int]] = []
    for side, px, size, is_complete in changes:
        books.apply(level(side, px, size, is_complete=is_complete))
        waiting.append((side, px, size))
        if is_complete:
            for each_side, each_px, each_size in waiting:
                shown[each_side][each_px] = each_size
            waiting.clear()
        books.renew()
        view = books.view("IBM")
        bids, asks = (
            sorted((each for each in shown[one].items() if each[1]), reverse=one is BookSide.BID)
            for one in BookSide
        )
        if view is None:
            assert not shown[BookSide.BID] | shown[BookSide.ASK] or bids[0][0] > asks[0][0]
            continue
        assert list(view.bids) == bids[:DEPTH]
        assert list(view.asks) == asks[:DEPTH]
        assert all(size > 0 for _, size in view.bids + view.asks)
        if view.bids and view.asks:
            assert view.bids[0][0] <= view.asks[0][0]


@given(changes=CHANGES)
def test_the_best_of_a_book_is_the_top_of_its_view(changes):
    book = Book("IBM")
    for side, px, size, is_complete in changes:
        book.apply(side=side, px=px, size=size, is_complete=is_complete, ts=T0)
    view = book.view(depth=1)
    if view is not None:
        assert book.best() == (next(iter(view.bids), None), next(iter(view.asks), None))


@given(changes=CHANGES)
def test_taking_every_level_away_leaves_nothing(changes):
    book = Book("IBM")
    for side, px, size, is_complete in changes:
        book.apply(side=side, px=px, size=size, is_complete=is_complete, ts=T0)
    for side, px in book.levels():
        book.apply(side=side, px=px, size=0, is_complete=True, ts=T0)
    assert book.best() == (None, None)


def test_half_an_event_is_seen_by_nobody():
    books = Books()
    books.apply(level(BookSide.BID, 10.0, 100))
    books.apply(level(BookSide.BID, 10.0, 0, is_complete=False))
    assert books.renew() == {"IBM"}
    view = books.view("IBM")
    assert view is not None
    assert view.bids == ((10.0, 100),)
    books.apply(level(BookSide.BID, 9.0, 50))
    assert books.renew() == {"IBM"}
    assert books.renew() == set()
    view = books.view("IBM")
    assert view is not None
    assert view.bids == ((9.0, 50),)


def test_a_crossed_book_is_withdrawn_until_it_is_true_again():
    books = Books()
    books.apply(level(BookSide.BID, 10.0, 100))
    books.apply(level(BookSide.ASK, 9.0, 100))
    assert books.renew() == {"IBM"}
    assert books.view("IBM") is None
    books.apply(level(BookSide.BID, 10.0, 0))
    books.renew()
    assert books.view("IBM") is not None


@pytest.mark.parametrize(("depth", "shown"), [(0, 0), (1, 1), (10, 10), (99, 10)])
def test_at_most_ten_levels_are_shown(depth, shown):
    books = Books()
    for cents in range(1, 21):
        books.apply(level(BookSide.ASK, cents / 100, cents))
    books.renew()
    view = books.view("IBM", depth=depth)
    assert view is not None
    assert len(view.asks) == shown


def test_a_symbol_without_levels_has_no_book():
    assert Books().view("IBM") is None
