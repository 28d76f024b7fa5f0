"""
Invariants: what somebody needs is wanted, before anything that nobody does; nothing is wanted
twice; what nobody needs any longer stays wanted until too much of it has piled up.
"""

from hypothesis import given, strategies as st

from marketdata.contracts import Need
from marketdata.domain.following import ASKED_MAX, KEPT_MAX, Following

SYMBOLS = st.sets(st.sampled_from(["AAPL", "BAC", "F", "IBM", "MSFT", "SPY"]))


def test_what_is_traded_comes_before_what_is_looked_at_and_that_before_the_rest():
    following = Following()
    following.always = ["AAPL", "IBM"]
    following.need(who=Need.SCREENS, symbols=["SPY", "IBM"])
    following.need(who=Need.TRADING, symbols=["F"])
    following.need(who=Need.STREAMS, symbols=["MSFT"])
    assert following.wanted() == ["F", "MSFT", "IBM", "SPY", "AAPL"]


def test_what_nobody_needs_any_longer_stays_the_last_one_first():
    following = Following()
    following.need(who=Need.SCREENS, symbols=["SPY"])
    following.need(who=Need.SCREENS, symbols=["F"])
    following.need(who=Need.SCREENS, symbols=[])
    assert following.wanted() == ["F", "SPY"]


def test_what_somebody_wants_to_trade_comes_right_after_what_is_traded():
    following = Following()
    following.always = ["IBM"]
    following.need(who=Need.TRADING, symbols=["F"])
    following.need(who=Need.STREAMS, symbols=["MSFT"])
    following.ask(symbol="SPY")
    following.ask(symbol="BAC")
    assert following.wanted() == ["F", "BAC", "SPY", "MSFT", "IBM"]


def test_what_nobody_needs_does_not_pile_up_for_ever():
    following = Following()
    for number in range(KEPT_MAX + ASKED_MAX + 10):
        following.ask(symbol=f"S{number}")
    wanted = following.wanted()
    assert len(wanted) == KEPT_MAX + ASKED_MAX
    assert (wanted[0], wanted[-1]) == (f"S{KEPT_MAX + ASKED_MAX + 9}", "S10")


def test_only_a_change_is_news():
    following = Following()
    assert following.need(who=Need.SCREENS, symbols=["SPY"])
    assert not following.need(who=Need.SCREENS, symbols=["SPY"])
    assert following.need(who=Need.SCREENS, symbols=[])


@given(st.lists(st.tuples(st.sampled_from(Need), SYMBOLS)), SYMBOLS)
def test_every_need_is_wanted_once_and_before_what_nobody_needs(said, always):
    following = Following()
    following.always = sorted(always)
    needs: dict[Need, set[str]] = {}
    for who, symbols in said:
        following.need(who=who, symbols=symbols)
        needs[who] = symbols
    wanted = following.wanted()
    needed = set().union(*needs.values())
    assert len(set(wanted)) == len(wanted)
    assert set(wanted[: len(needed)]) == needed
    assert set(wanted) == needed | always | set().union(*(symbols for _, symbols in said))
