"""A slow reader gets the newest value, never a queue."""

from hypothesis import given, strategies as st

from marketdata.domain.conflation import Conflated


@given(
    rounds=st.lists(
        st.lists(st.tuples(st.sampled_from("abc"), st.integers()), max_size=20), max_size=10
    )
)
def test_each_take_holds_the_newest_value_of_every_changed_key(rounds):
    conflated: Conflated[str, int] = Conflated()
    for changes in rounds:
        for key, value in changes:
            conflated.put(key, value)
            assert len(conflated) <= 3
        assert conflated.take() == dict(changes)
        assert conflated.take() == {}


def test_a_dropped_key_is_not_taken():
    conflated: Conflated[str, int] = Conflated()
    conflated.put("IBM", 1)
    conflated.put("BAC", 2)
    conflated.drop("IBM")
    conflated.drop("SPY")
    assert conflated.take() == {"BAC": 2}
