"""A print far from the others moves its bar once another one vouches for it, and not before."""

from collections.abc import Iterable, Sequence
from itertools import chain

import pytest
from hypothesis import given, strategies as st

from marketdata.contracts import Bar, Trade
from marketdata.domain.bars import BarBuilder
from marketdata.domain.print_band import LEVELS, WITHHELD_MAX, PrintBandGuard
from marketdata.hub import Hub
from marketdata.pipeline import Pipeline
from tests.marketdata.build import MINUTE_NS, T0, cancel, changed, correction, trade
from tests.marketdata.fakes import SilentFeed

WIDTH = 0.10


class Market:
    """A pipeline whose clock is that of the newest print."""

    def __init__(self) -> None:
        self.ns = T0
        self.pipeline = Pipeline(
            feed=SilentFeed(),
            known=["IBM", "BAC"],
            hub=Hub(),
            listeners=[],
            band_width=WIDTH,
            now_ns=lambda: self.ns,
        )

    def take(self, prints: Iterable[Trade]) -> None:
        for each in prints:
            self.ns = max(self.ns, each.ts_event)
            self.pipeline.accept([each])

    def bars(self) -> dict[int, Bar]:
        self.pipeline.flush()
        return {ts_start: bar for (_, ts_start), bar in self.pipeline.unsaved.items()}

    def bar(self) -> Bar:
        (bar,) = self.bars().values()
        return bar


def tape(*prices: float, apart_ns: int = 1) -> list[Trade]:
    """Return prints of 100 shares each at these prices, in order."""
    return [
        trade(px=px, trade_id=number + 1, ts_event=T0 + number * apart_ns)
        for number, px in enumerate(prices)
    ]


def plain(prints: Iterable[Trade]) -> dict[int, Bar]:
    """Return the bars of a tape of which every price is believed."""
    builder, bars = BarBuilder(), {}
    last_symbol = ""
    for each in prints:
        last_symbol = each.symbol
        closed = builder.add(each)
        if closed is not None:
            bars[closed.ts_start] = closed
    live = builder.live(last_symbol)
    return bars if live is None else {**bars, live.ts_start: live}


@pytest.mark.parametrize(
    ("prices", "high", "low", "vwap", "last"),
    [
        # Two prices in turn, however often; of the first turn, too, nothing is missing.
        ((10.0, 12.0, 10.0, 12.0), 12.0, 10.0, 11.0, 12.0),
        ((10.0, 12.0, 10.0, 12.0, 10.0), 12.0, 10.0, 10.8, 10.0),
        ((10.0, 10.8, 10.0, 10.8), 10.8, 10.0, 10.4, 10.8),  # within the width from the first on
        ((12.0, 9.0, 12.0, 9.0, 12.0, 9.0), 12.0, 9.0, 10.5, 9.0),
        ((10.0, 10.0, 12.0, 10.0, 10.0, 12.0), 12.0, 10.0, 64 / 6, 12.0),
        ((10.0, 13.0, 17.0, 10.0, 13.0, 17.0), 17.0, 10.0, 80 / 6, 17.0),  # three prices
        # A jump, confirmed at once, or after the old price was seen once more.
        ((10.0, 15.0, 15.1), 15.1, 10.0, 40.1 / 3, 15.1),
        ((10.0, 15.0, 10.0, 15.1, 15.2), 15.2, 10.0, 65.3 / 5, 15.2),
        # A jump back to a price that was good a moment ago needs no second print.
        ((10.0, 15.0, 15.0, 10.0), 15.0, 10.0, 12.5, 10.0),
        # One mistaken print, above, below, at the end; or two that have nothing in common.
        ((10.0, 20.0, 10.1), 10.1, 10.0, 10.05, 10.1),
        ((10.0, 0.01, 10.1), 10.1, 10.0, 10.05, 10.1),
        ((10.0, 10.1, 99.0), 10.1, 10.0, 10.05, 10.1),
        ((10.0, 20.0, 40.0, 10.1), 10.1, 10.0, 10.05, 10.1),
        # The market comes to the price of a print that was far off when it came.
        ((10.0, 11.5, 10.5), 11.5, 10.0, 32 / 3, 10.5),
    ],
)
def test_a_price_counts_once_another_print_vouches_for_it(prices, high, low, vwap, last):
    market = Market()
    market.take(tape(*prices))
    bar = market.bar()
    assert (bar.high, bar.low, bar.volume) == (high, low, 100.0 * len(prices))
    assert bar.vwap == pytest.approx(vwap, abs=1e-6)
    assert market.pipeline.latest.trades["IBM"].px == last


def test_a_withheld_print_is_given_back_to_a_bar_that_has_closed():
    market = Market()
    prints = tape(10.0, 12.0, 10.0, 12.1, apart_ns=MINUTE_NS)
    market.take(prints[:3])
    assert T0 + MINUTE_NS not in market.bars()  # its only price is not believed yet
    market.take(prints[3:])
    assert market.bars() == plain(prints)


@pytest.mark.parametrize(("minutes", "high"), [(6, 12.0), (7, 10.0)])
def test_a_print_is_remembered_as_long_as_its_bar_can_be_mended(minutes, high):
    market = Market()
    market.take([trade(px=10.0), trade(px=12.0, trade_id=2, ts_event=T0 + 1)])
    market.take(
        trade(px=10.0, trade_id=10 + n, ts_event=T0 + n * MINUTE_NS) for n in range(1, minutes)
    )
    market.take([trade(px=12.0, trade_id=3, ts_event=T0 + minutes * MINUTE_NS)])
    market.take([trade(px=12.0, trade_id=4, ts_event=T0 + minutes * MINUTE_NS + 1)])
    bars = market.bars()
    assert (bars[T0].high, bars[T0].volume) == (high, 200.0)
    assert bars[T0 + minutes * MINUTE_NS].high == 12.0


def test_a_thin_market_may_take_hours_over_two_prices_in_turn():
    market = Market()
    prints = tape(10.0, 12.0, 10.0, 12.0, 10.0, 12.0, apart_ns=47 * MINUTE_NS)
    market.take(prints)
    assert market.bars() == plain(prints)


def test_a_price_not_traded_at_for_long_needs_a_second_print_again():
    market = Market()
    market.take(tape(12.0, 10.0, 10.0))
    market.take(trade(px=10.0, trade_id=10 + n, ts_event=T0 + n * MINUTE_NS) for n in range(1, 8))
    market.take([trade(px=12.0, trade_id=50, ts_event=T0 + 7 * MINUTE_NS + 1)])
    assert market.bars()[T0 + 7 * MINUTE_NS].high == 10.0


@pytest.mark.parametrize("px", [20.0, 1.0])
def test_one_mistaken_print_that_comes_out_of_order_moves_nothing_either(px):
    market = Market()
    late = trade(px=px, trade_id=9, ts_event=T0 + 3)
    market.take([trade(px=10.0, ts_event=T0 + 5), late])
    bar = market.bar()
    assert (bar.high, bar.low, bar.close, bar.volume) == (10.0, 10.0, 10.0, 200.0)
    market.take([changed(late, trade_id=10, ts_event=T0 + 2)])
    bar = market.bar()
    assert (bar.high, bar.low, bar.open, bar.close) == (max(px, 10), min(px, 10), px, 10.0)


@pytest.mark.parametrize("amendment", [cancel(trade_id=2), correction(original_trade_id=2, px=10)])
def test_a_withheld_print_that_is_taken_back_vouches_for_no_other(amendment):
    market = Market()
    market.take(tape(10.0, 20.0))
    market.pipeline.accept([changed(amendment, trade_id=amendment.trade_id)])
    market.take([trade(px=20.0, trade_id=7, ts_event=T0 + 5)])
    assert market.bar().high == 10.0
    assert market.pipeline.latest.trades["IBM"].px == 10.0


def test_a_print_that_was_confirmed_can_be_taken_back():
    market = Market()
    market.take(tape(10.0, 20.0, 10.0, 20.0))
    market.pipeline.accept([cancel(trade_id=2), cancel(trade_id=4)])
    bar = market.bar()
    assert (bar.high, bar.close, bar.volume, bar.vwap) == (10.0, 10.0, 200.0, 10.0)


def test_prints_without_an_id_are_given_back_each():
    market = Market()
    prints = [changed(each, trade_id=0) for each in tape(10.0, 12.0, 14.0, 10.0, 13.0)]
    market.take(prints)
    assert market.bars() == plain(prints)


def test_what_a_withheld_print_may_not_move_it_does_not_move_afterwards():
    market = Market()
    first, odd, late, other = tape(10.0, 12.0, 12.0, 12.0)
    market.take([first, changed(odd, conditions=("I",)), changed(late, conditions=("Z",)), other])
    bar = market.bar()
    assert (bar.open, bar.high, bar.close, bar.vwap) == (10.0, 12.0, 12.0, round(34 / 3, 6))


def test_a_hostile_tape_is_remembered_in_bounds():
    guard = PrintBandGuard(width=WIDTH, remembered_since=lambda _: 0)
    for number in range(1, 400):
        guard.judge(trade(px=1.3**number, trade_id=number))
        guard.judge(trade(px=1.3 ** (number // 2), trade_id=-number))
    (prices,) = guard._prices.values()
    assert len(prices.levels) <= LEVELS
    assert len(prices.withheld) <= WITHHELD_MAX


# Prices at some levels, each a few percent wide and further than the width from the next.
levels = st.lists(st.sampled_from([10.0, 13.0, 17.0, 23.0]), min_size=1, max_size=4, unique=True)
steps = st.integers(0, 3 * MINUTE_NS // 10)


def priced(choices: Sequence[float]) -> st.SearchStrategy[list[tuple[float, int, int]]]:
    one = st.tuples(st.sampled_from(choices), st.integers(0, 20), steps)
    return st.lists(one.map(lambda each: (each[0] + each[1] / 100, 100 + each[1], each[2])))


@st.composite
def real_tapes(draw):
    """Prints at levels of which each is seen twice within the minutes that can be mended."""
    chosen = draw(levels)
    # Twice each in the end, so that none stays unconfirmed; few enough to be within the time.
    parts = draw(priced(chosen).map(lambda each: each[:14]))
    parts += [(px, 100, 1_000) for px in chosen * 2]
    moment, prints = T0, []
    for number, (px, size, step) in enumerate(parts):
        moment += step
        prints.append(trade(px=px, size=size, trade_id=number + 1, ts_event=moment))
    return prints


@given(real_tapes())
def test_once_each_level_is_confirmed_the_bars_are_those_of_the_tape(prints):
    market = Market()
    market.take(prints)
    assert market.bars() == plain(prints)
    assert market.pipeline.latest.trades["IBM"] == prints[-1]


@given(
    st.lists(st.integers(1000, 1040), min_size=1, max_size=20),
    st.floats(0.01, 1_000).filter(lambda px: not 8.5 < px < 12),
    st.integers(0, 19),
    st.integers(1, 10_000),
)
def test_a_lone_outlier_moves_neither_high_nor_low_nor_last(cents, outlier, after, size):
    real = tape(*(each / 100 for each in cents), apart_ns=1_000)
    position = min(after, len(real) - 1)
    alone = trade(px=outlier, size=size, trade_id=99, ts_event=real[position].ts_event + 1)
    market = Market()
    market.take(chain(real[: position + 1], [alone], real[position + 1 :]))
    bar, right = market.bar(), plain(real)[T0]
    assert (bar.open, bar.high, bar.low, bar.close) == (
        right.open,
        right.high,
        right.low,
        right.close,
    )
    assert (bar.vwap, bar.volume) == (right.vwap, right.volume + size)
    assert market.pipeline.latest.trades["IBM"] == real[-1]


@given(st.lists(st.tuples(st.floats(0.01, 1_000), st.integers(1, 10_000)), min_size=1))
def test_the_volume_of_a_bar_is_the_sum_of_its_prints_whatever_they_cost(parts):
    market = Market()
    market.take(
        trade(px=px, size=size, trade_id=number + 1, ts_event=T0 + number)
        for number, (px, size) in enumerate(parts)
    )
    bar = market.bar()
    assert (bar.volume, bar.trade_count) == (sum(size for _, size in parts), len(parts))
    assert bar.low <= bar.open <= bar.high
    assert bar.low <= bar.close <= bar.high
    assert bar.close == market.pipeline.latest.trades["IBM"].px
