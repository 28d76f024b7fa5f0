"""A tick counts once, and an older one never replaces a newer one."""

from hypothesis import given, strategies as st

from marketdata.domain.quality import Refusal
from marketdata.domain.sequence import REMEMBERED_NS, SequenceGuard
from tests.marketdata.build import T0, changed, quote, trade


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


def test_prints_of_one_id_on_different_exchanges_are_different_prints():
    guard = SequenceGuard()
    for exchange in "VQD":
        assert guard.judge_trade(changed(trade(), exchange=exchange)) is None
        assert guard.judge_trade(changed(trade(), exchange=exchange)) is Refusal.DUPLICATE


def test_a_replayed_print_counts_once_even_when_it_is_not_the_newest():
    guard = SequenceGuard()
    prints = [trade(trade_id=n, ts_event=T0 + n) for n in (1, 2, 3)]
    assert [guard.judge_trade(each) for each in prints] == [None] * 3
    late = trade(trade_id=4, ts_event=T0 + 1)
    assert guard.judge_trade(late) is Refusal.OUT_OF_ORDER
    assert [guard.judge_trade(each) for each in [*prints, late]] == [Refusal.DUPLICATE] * 4


def test_prints_are_remembered_for_minutes_and_then_let_go():
    guard = SequenceGuard()
    first = trade(trade_id=1, ts_event=T0)
    guard.judge_trade(first)
    for n in range(2, 40):
        ts = T0 + n * REMEMBERED_NS // 10
        guard.judge_trade(trade(trade_id=n, ts_event=ts))
        if ts - T0 <= REMEMBERED_NS:
            assert guard.judge_trade(first) is Refusal.DUPLICATE
    assert len(guard._prints["IBM"].young | guard._prints["IBM"].old) < 25


def test_prints_without_an_id_are_told_apart_by_what_they_say():
    guard = SequenceGuard()
    assert guard.judge_trade(trade(trade_id=0)) is None
    assert guard.judge_trade(trade(trade_id=0, size=200)) is None
    assert guard.judge_trade(trade(trade_id=0)) is Refusal.DUPLICATE


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
