"""Minute bars say what was traded, whatever order it arrived in."""

from collections.abc import Iterable

import pytest
from hypothesis import given, strategies as st

from marketdata.contracts import Bar, Trade
from marketdata.domain.bars import CLOSE_GRACE_NS, BarBuilder
from tests.marketdata.build import MINUTE_NS, T0, bar, trade

SECOND_NS = 1_000_000_000

prices = st.integers(1, 500_000).map(lambda cents: cents / 100)
offsets = st.integers(0, MINUTE_NS - 1)


def built(trades: Iterable[Trade]) -> Bar:
    builder = BarBuilder()
    for each in trades:
        assert builder.add(each) is None
    live = builder.live("IBM")
    assert live is not None
    return live


def test_a_bar_holds_open_high_low_close_volume_count_and_vwap():
    live = built(
        [
            trade(px=10.0, size=100, ts_event=T0),
            trade(px=12.0, size=100, ts_event=T0 + 1),
            trade(px=9.0, size=200, ts_event=T0 + 2),
            trade(px=11.0, size=100, ts_event=T0 + 3),
        ]
    )
    assert live == bar(
        open_px=10.0, high=12.0, low=9.0, close=11.0, volume=500.0, trade_count=4, vwap=10.2
    )


def test_a_trade_of_a_later_minute_closes_the_bar():
    builder = BarBuilder()
    builder.add(trade(px=10.0))
    closed = builder.add(trade(px=11.0, ts_event=T0 + 3 * MINUTE_NS))
    assert closed is not None
    assert (closed.ts_start, closed.close) == (T0, 10.0)
    live = builder.live("IBM")
    assert live is not None
    assert live.ts_start == T0 + 3 * MINUTE_NS


def test_the_clock_closes_a_bar_shortly_after_its_minute():
    builder = BarBuilder()
    builder.add(trade())
    end = T0 + MINUTE_NS
    assert builder.close_passed(now_ns=end + CLOSE_GRACE_NS - 1) == []
    assert [closed.ts_start for closed in builder.close_passed(now_ns=end + CLOSE_GRACE_NS)] == [T0]
    assert builder.live("IBM") is None
    assert builder.close_passed(now_ns=end + MINUTE_NS) == []


@pytest.mark.parametrize("by_clock", [True, False])
def test_a_trade_for_a_closed_minute_is_counted_as_late_and_changes_nothing(by_clock):
    builder = BarBuilder()
    builder.add(trade())
    if by_clock:
        builder.close_passed(now_ns=T0 + 2 * MINUTE_NS)
    else:
        builder.add(trade(ts_event=T0 + MINUTE_NS))
    before = builder.live("IBM")
    assert builder.add(trade(px=999.0, ts_event=T0 + SECOND_NS)) is None
    assert builder.late_trades == 1
    assert builder.live("IBM") == before


def test_a_resumed_bar_goes_on_where_the_last_process_ended():
    builder = BarBuilder()
    builder.resume(bar(open_px=10.0, high=12.0, low=9.0, close=11.0, volume=300.0, vwap=10.5))
    builder.add(trade(px=13.0, size=100, ts_event=T0 + SECOND_NS))
    assert builder.live("IBM") == bar(
        open_px=10.0, high=13.0, low=9.0, close=13.0, volume=400.0, trade_count=4, vwap=11.125
    )


@given(
    st.lists(
        st.tuples(prices, st.integers(1, 10_000), offsets), min_size=1, unique_by=lambda t: t[2]
    ),
    st.randoms(),
)
def test_a_minute_is_the_same_bar_in_any_order_of_arrival(parts, random):
    trades = [
        trade(px=px, size=size, ts_event=T0 + offset, trade_id=number)
        for number, (px, size, offset) in enumerate(parts)
    ]
    ordered = built(sorted(trades, key=lambda each: each.ts_event))
    random.shuffle(trades)
    shuffled = built(trades)
    assert (ordered.open, ordered.high, ordered.low, ordered.close) == (
        shuffled.open,
        shuffled.high,
        shuffled.low,
        shuffled.close,
    )
    assert ordered.volume == shuffled.volume == sum(size for _, size, _ in parts)
    assert ordered.vwap is not None
    assert ordered.vwap == pytest.approx(shuffled.vwap, abs=2e-6)
    assert ordered.low - 1e-6 <= ordered.vwap <= ordered.high + 1e-6


@given(
    st.lists(st.tuples(st.integers(0, 5 * MINUTE_NS), st.integers(1, 1000)), min_size=1),
    st.integers(0, 8 * MINUTE_NS),
)
def test_no_share_is_lost_between_the_bars_and_the_late_trades(parts, clock_at):
    builder = BarBuilder()
    counted = late = 0.0
    for number, (offset, size) in enumerate(parts):
        if number == len(parts) // 2:
            counted += sum(each.volume for each in builder.close_passed(now_ns=T0 + clock_at))
        late_before = builder.late_trades
        closed = builder.add(trade(ts_event=T0 + offset, size=size, trade_id=number))
        counted += closed.volume if closed is not None else 0
        late += size if builder.late_trades > late_before else 0
    live = builder.live("IBM")
    counted += live.volume if live is not None else 0
    assert counted + late == sum(size for _, size in parts)


def test_what_may_not_move_the_price_moves_the_volume_only():
    live = built(
        [
            trade(px=10.0, size=100, ts_event=T0),
            trade(px=99.0, size=5, ts_event=T0 + 1, trade_id=2, conditions=("@", "I")),
            trade(px=1.0, size=200, ts_event=T0 + 2, trade_id=3, conditions=("@", "W")),
        ]
    )
    assert (live.open, live.high, live.low, live.close) == (10.0, 10.0, 10.0, 10.0)
    assert (live.volume, live.trade_count, live.vwap) == (305.0, 3, 10.0)


def test_a_late_report_moves_high_and_low_but_not_open_and_close():
    live = built(
        [
            trade(px=12.0, size=100, ts_event=T0, conditions=("@", "Z")),
            trade(px=10.0, size=100, ts_event=T0 + 1, trade_id=2),
            trade(px=8.0, size=100, ts_event=T0 + 2, trade_id=3, conditions=("@", "4")),
        ]
    )
    assert (live.open, live.high, live.low, live.close) == (10.0, 12.0, 8.0, 10.0)


def test_a_minute_of_odd_lots_has_no_bar():
    builder = BarBuilder()
    builder.add(trade(conditions=("@", "I")))
    assert builder.live("IBM") is None
    assert builder.close_passed(now_ns=T0 + 2 * MINUTE_NS) == []


def test_a_minute_of_average_prices_has_a_bar_of_them():
    live = built([trade(px=10.0, conditions=("@", "W")), trade(px=9.0, conditions=("@", "I"))])
    assert (live.open, live.high, live.low, live.close) == (10.0, 10.0, 10.0, 10.0)
    assert live.volume == 200.0


def test_a_price_that_is_not_to_be_trusted_counts_in_the_volume_only():
    builder = BarBuilder()
    builder.add(trade(px=10.0))
    builder.add(trade(px=99.0, trade_id=2), is_priced=False)
    live = builder.live("IBM")
    assert live is not None
    assert (live.high, live.volume) == (10.0, 200.0)


def test_a_print_of_a_closed_minute_is_corrected_too():
    builder = BarBuilder()
    builder.add(trade(px=10.0, trade_id=1))
    builder.add(trade(px=99.0, trade_id=2, ts_event=T0 + 1))
    builder.add(trade(px=11.0, trade_id=3, ts_event=T0 + MINUTE_NS))
    amended = builder.amend(symbol="IBM", trade_id=2, exchange="N", replacement=None)
    assert amended is not None
    assert not amended.is_open
    assert amended.bar is not None
    assert (amended.bar.ts_start, amended.bar.high, amended.bar.volume) == (T0, 10.0, 100.0)


def test_a_print_that_is_not_known_any_more_corrects_nothing():
    builder = BarBuilder()
    builder.add(trade(trade_id=1))
    assert builder.amend(symbol="IBM", trade_id=7, exchange="N", replacement=None) is None
    assert builder.amend(symbol="IBM", trade_id=1, exchange="P", replacement=None) is None


def test_a_bar_whose_last_print_is_taken_back_is_none():
    builder = BarBuilder()
    builder.add(trade(trade_id=1))
    amended = builder.amend(symbol="IBM", trade_id=1, exchange="N", replacement=None)
    assert amended is not None
    assert amended.bar is None


def test_the_providers_bar_takes_the_place_of_one_with_a_hole():
    builder = BarBuilder()
    builder.add(trade(px=10.0))
    theirs = bar(ts_start=T0)
    assert builder.replace(theirs) is theirs
    assert builder.live("IBM") is None
    assert builder.add(trade(px=50.0, trade_id=2)) is None
    assert builder.late_trades == 1
    assert builder.replace(theirs) is None  # told again


def test_the_providers_bar_is_not_needed_where_ours_says_the_same():
    builder = BarBuilder()
    builder.add(trade(px=10.0, size=100))
    same = bar(
        open_px=10.0, high=10.0, low=10.0, close=10.0, volume=100.0, trade_count=1, vwap=10.01
    )
    assert builder.replace(same) is None
    assert builder.live("IBM") is not None


@given(
    st.lists(
        st.tuples(
            prices,
            st.integers(1, 10_000),
            st.integers(0, 3 * MINUTE_NS - 1),
            st.sampled_from([("@",), ("@", "I"), ("@", "Z"), ("@", "W"), ("@", "4"), ("@", "9")]),
        ),
        min_size=1,
        max_size=30,
    ),
    st.lists(
        st.tuples(
            st.integers(0, 29),
            st.one_of(
                st.none(),
                st.tuples(prices, st.integers(1, 10_000), st.sampled_from([("@",), ("@", "I")])),
            ),
        ),
        max_size=10,
    ),
)
def test_bars_after_corrections_equal_the_bars_of_the_corrected_tape(parts, changes):
    """Invariant: a tape with a mistake and its correction makes the bars of a tape without."""
    tape: dict[int, Trade | None] = {
        number: trade(px=px, size=size, ts_event=T0 + at, trade_id=number, conditions=letters)
        for number, (px, size, at, letters) in enumerate(sorted(parts, key=lambda each: each[2]))
    }
    builder = BarBuilder()
    for each in tape.values():
        assert each is not None
        builder.add(each)
    found = _bars_of(builder)
    for number, (position, change) in enumerate(changes):
        before = tape.get(position)
        if before is None:
            continue
        after = None
        if change is not None:
            px, size, letters = change
            after = trade(
                px=px,
                size=size,
                ts_event=before.ts_event,
                trade_id=1000 + number,
                conditions=letters,
            )
        amended = builder.amend(
            symbol="IBM", trade_id=before.trade_id, exchange="N", replacement=after
        )
        assert amended is not None
        found[amended.ts_start] = amended.bar
        tape[position] = after
    corrected = BarBuilder()
    for each in tape.values():
        if each is not None:
            corrected.add(each)
    assert {ts: each for ts, each in found.items() if each is not None} == {
        ts: each for ts, each in _bars_of(corrected).items() if each is not None
    }


def _bars_of(builder: BarBuilder) -> dict[int, Bar | None]:
    minutes = [*builder._recent.get("IBM", ()), *builder._open.values()]
    return {minute.ts_start: minute.bar() for minute in minutes}
