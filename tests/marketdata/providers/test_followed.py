"""
Invariants: a stream follows no more than its plan has room for, the most important first; a
connection that was told every change follows exactly that; a refusal takes back what was added last
and nothing else.
"""

from hypothesis import given, strategies as st

from marketdata.feeds.followed import Followed

SYMBOLS = st.permutations(["AAPL", "BAC", "F", "IBM", "MSFT"]).flatmap(
    lambda symbols: st.integers(0, len(symbols)).map(lambda count: symbols[:count])
)


class Connection:
    """What the other side of a connection follows."""

    def __init__(self, followed: Followed) -> None:
        self.followed = followed
        self.symbols = set(followed.begin())

    def take_up(self, *, has_room: bool = True) -> None:
        added, left = self.followed.changes()
        assert not set(added) & self.symbols
        assert set(left) <= self.symbols
        self.symbols -= set(left)
        if has_room:
            self.symbols |= set(added)
        elif added:
            assert self.followed.refuse_last() == added


@given(SYMBOLS, st.none() | st.integers(0, 5), st.lists(st.tuples(SYMBOLS, st.booleans())))
def test_a_connection_follows_what_there_is_room_for(first, room, wanted):
    followed = Followed(symbols=first, room=room)
    connection = Connection(followed)
    for symbols, has_room in wanted:
        followed.follow(symbols, ts_from=None)
        assert set(followed.symbols) == set(symbols[: followed.room])
        connection.take_up(has_room=has_room)
        assert connection.symbols == set(followed.symbols)
        assert followed.room is None or len(followed.symbols) <= followed.room
        assert followed.symbols == tuple(sorted(followed.symbols))


def test_what_a_refusal_left_is_the_room_from_then_on():
    followed = Followed(symbols=["AAPL", "IBM"], room=None)
    connection = Connection(followed)
    followed.follow(["AAPL", "IBM", "MSFT"], ts_from=None)
    connection.take_up(has_room=False)
    assert (followed.symbols, followed.room) == (("AAPL", "IBM"), 2)
    assert followed.refuse_last() == []
    followed.follow(["MSFT", "IBM", "AAPL"], ts_from=None)
    connection.take_up()
    assert connection.symbols == {"IBM", "MSFT"}


def test_only_new_symbols_have_bars_to_be_fetched_and_only_once():
    followed = Followed(symbols=["AAPL"], room=2)
    followed.follow(["AAPL", "IBM"], ts_from=60)
    followed.follow(["AAPL", "MSFT", "SPY"], ts_from=120)
    assert followed.take_unfilled() == {120: ["MSFT"]}  # IBM is followed no longer
    assert followed.take_unfilled() == {}
