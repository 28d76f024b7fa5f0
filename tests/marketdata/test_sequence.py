"""A tick counts once, and an older one never replaces a newer one."""

from hypothesis import given, strategies as st

from marketdata.domain.quality import Refusal
from marketdata.domain.sequence import SequenceGuard
from tests.marketdata.build import T0, quote, trade


def test_the_same_quote_twice_is_a_duplicate():
    guard = SequenceGuard()
    assert guard.judge_quote(quote()) is None
    assert guard.judge_quote(quote()) is Refusal.DUPLICATE


def test_a_different_quote_of_the_same_instant_is_news():
    guard = SequenceGuard()
    guard.judge_quote(quote())
    assert guard.judge_quote(quote(ask_size=300)) is None
    assert guard.judge_quote(quote()) is None  # and back again


def test_the_same_market_later_is_news():
    guard = SequenceGuard()
    guard.judge_quote(quote())
    assert guard.judge_quote(quote(ts_event=T0 + 1)) is None


def test_an_older_quote_is_out_of_order_for_its_symbol_only():
    guard = SequenceGuard()
    guard.judge_quote(quote(ts_event=T0 + 1))
    assert guard.judge_quote(quote(ts_event=T0)) is Refusal.OUT_OF_ORDER
    assert guard.judge_quote(quote(symbol="BAC", ts_event=T0)) is None


def test_trades_of_one_instant_are_told_apart_by_their_id():
    guard = SequenceGuard()
    assert guard.judge_trade(trade(trade_id=1)) is None
    assert guard.judge_trade(trade(trade_id=2)) is None
    assert guard.judge_trade(trade(trade_id=1)) is Refusal.DUPLICATE


@given(times=st.lists(st.integers(T0, T0 + 20), max_size=30))
def test_the_times_that_are_let_through_never_go_back(times):
    guard = SequenceGuard()
    passed = [
        ts
        for number, ts in enumerate(times)
        if guard.judge_trade(trade(trade_id=number, ts_event=ts)) is None
    ]
    assert passed == sorted(passed)
    assert not times or max(times) in passed
