"""Each tick goes the whole way or is refused and counted; nothing in between."""

import json
import logging
from datetime import timedelta
from typing import Any

import pytest

from marketdata.contracts import (
    FeedKind,
    LastKnown,
    PriceBand,
    ProviderDailyBar,
    SourceStatus,
    TradingStatus,
)
from marketdata.hub import Hub
from marketdata.pipeline import Pipeline
from tests.marketdata.build import (
    MINUTE_NS,
    T0,
    bar,
    cancel,
    changed,
    correction,
    last_known,
    provider_bar,
    quote,
    trade,
)
from tests.marketdata.fakes import SilentFeed
from trading.kernel.clock import from_ns

HALTED = TradingStatus(
    symbol="IBM",
    status_code="H",
    status_message="Trading Halt",
    reason_code="T12",
    reason_message="Additional Information Requested by NASDAQ",
    ts_event=T0,
    ts_init=T0,
    source="test",
)


@pytest.fixture
def heard():
    return []


@pytest.fixture
def pipeline(standing_clock, heard):
    return Pipeline(
        feed=SilentFeed(),
        known=["IBM", "BAC"],
        hub=Hub(),
        listeners=[heard.append],
        now_ns=standing_clock,
    )


def test_an_accepted_tick_becomes_the_last_value_and_is_told(pipeline, heard):
    first, second, third = quote(), trade(), quote(ask_px=182.6, ts_event=T0 + 1)
    pipeline.accept([first, second])
    pipeline.accept([third])
    assert pipeline.latest.quotes == {"IBM": third}
    assert pipeline.latest.trades == {"IBM": second}
    assert heard == [first, second, third]
    assert pipeline.counters["ACCEPTED"] == 3


@pytest.mark.parametrize(
    ("ticks", "counted"),
    [
        ([quote(symbol="XYZ")], {"UNKNOWN_SYMBOL": 1}),
        ([quote(bid_px=190.0)], {"CROSSED": 1}),
        ([quote(), quote()], {"ACCEPTED": 1, "DUPLICATE": 1}),
        ([quote(ts_event=T0), quote(ts_event=T0 - 1)], {"ACCEPTED": 1, "OUT_OF_ORDER": 1}),
        ([quote(bid_px=182.5)], {"ACCEPTED": 1, "LOCKED": 1}),
        ([trade(px=float("nan"))], {"NOT_FINITE": 1}),
        ([trade(ts_event=T0 + 10**10)], {"FUTURE": 1}),
        ([trade(ts_event=0)], {"PAST": 1}),
        ([quote(ts_event=-62_135_596_800 * 10**9)], {"PAST": 1}),
        ([quote(bid_size=10**20)], {"TOO_LARGE": 1}),
        ([trade(px=1e300)], {"TOO_LARGE": 1}),
    ],
)
def test_what_is_refused_is_counted_by_its_reason(pipeline, heard, ticks, counted):
    pipeline.accept(ticks)
    assert {reason: n for reason, n in pipeline.counters.items() if n} == counted
    assert len(heard) == counted.get("ACCEPTED", 0)


NO_BID: dict[str, Any] = {"bid_px": 0.0, "bid_size": 0}
NO_ASK: dict[str, Any] = {"ask_px": 0.0, "ask_size": 0}


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ({"bid_px": 0.0}, NO_BID),
        ({"bid_size": 0}, NO_BID),
        ({"bid_px": 0.0, "bid_size": 0}, NO_BID),
        ({"ask_px": 0.0, "ask_size": 0}, NO_ASK),
        ({"ask_size": 0}, NO_ASK),
    ],
)
def test_a_side_that_is_withdrawn_leaves_the_other_to_be_seen(pipeline, heard, told, shown):
    stood = quote()
    pipeline.accept([stood, quote(ts_event=T0 + 1, **told)])
    one_sided = quote(ts_event=T0 + 1, **shown)
    assert pipeline.latest.quotes == {"IBM": one_sided}
    assert heard == [stood, one_sided]
    counted = {reason: n for reason, n in pipeline.counters.items() if n}
    assert counted == {"ACCEPTED": 2, "ONE_SIDED": 1}
    frame = json.loads(pipeline.encode("IBM"))
    assert (frame["bp"], frame["ap"]) == (one_sided.bid_px or None, one_sided.ask_px or None)


@pytest.mark.parametrize("told", [{"bid_px": 0.0, "ask_px": 0.0}, {"bid_px": 0.0, "ask_size": 0}])
def test_a_withdrawn_quote_leaves_no_old_one_standing(pipeline, heard, told):
    stood = quote()
    gone = quote(ts_event=T0 + 1, **told)
    marks: list[object] = []
    pipeline._mark_listeners = [marks.append]
    pipeline.accept([stood, gone])
    assert pipeline.latest.quotes == {}
    assert pipeline.counters["WITHDRAWN"] == 1
    assert heard == [stood]
    assert marks == [stood, gone]  # what rests at the paper market hears of it, too
    again = quote(ts_event=T0 + 2)
    pipeline.accept([again])
    assert pipeline.latest.quotes == {"IBM": again}


@pytest.mark.parametrize(
    "told",
    [
        {"bid_px": 0.0, "ts_event": T0},  # older
        {"bid_px": 0.0, "ask_px": 0.0, "ts_event": T0},
        {"bid_px": -1.0, "ts_event": T0 + 6},
        {"bid_px": 0.0, "ask_px": float("nan"), "ts_event": T0 + 6},
        {"bid_px": 0.0, "ask_px": 1_000.0, "ts_event": T0 + 6},  # far from the last good price
        {"bid_px": 0.0, "ts_event": T0 + 10**10},  # from the future
    ],
)
def test_an_older_withdrawal_or_nonsense_takes_nothing_away(pipeline, told):
    stood = quote(ts_event=T0 + 5)
    pipeline.accept([stood, quote(**told)])
    assert pipeline.latest.quotes == {"IBM": stood}


def test_the_last_known_quote_may_be_of_one_side(pipeline):
    known = LastKnown(symbol="IBM", quote=quote(**NO_BID), trade=None, source="test")
    pipeline.accept([known])
    assert pipeline.latest.quotes == {"IBM": quote(**NO_BID)}


@pytest.fixture
def marked(pipeline):
    """What those hear who trade on what the market shows."""
    marked: list[object] = []
    pipeline._mark_listeners = [marked.append]
    return marked


def test_a_feed_that_is_left_has_no_quotes_any_more_and_says_nothing_more(pipeline, marked):
    pipeline.accept([quote(), trade()])
    pipeline.leave_feed()
    assert pipeline.latest.quotes == {}
    gone = marked[-1]
    assert (gone.symbol, gone.bid_px, gone.ask_px, gone.bid_size) == ("IBM", 0.0, 0.0, 0)
    pipeline.accept([quote(ts_event=T0 + 1)])
    assert pipeline.latest.quotes == {}
    assert pipeline.status(now=from_ns(T0)).detail == "the feed is being replaced"


@pytest.mark.parametrize(("name", "px"), [("test", 182.46), ("polygon,test", 182.46), ("x", None)])
def test_a_last_price_goes_over_to_a_feed_that_has_its_source_and_to_no_other(pipeline, name, px):
    pipeline.accept([quote(), trade()])
    pipeline.leave_feed()
    other = SilentFeed()
    other.name = name
    pipeline.replace_feed(other)
    last = pipeline.latest.trades.get("IBM")
    assert (last and last.px) == px
    assert pipeline.latest.quotes == {}
    # Nor is a price of the new source measured by those of the old one.
    pipeline.accept([quote(bid_px=50.0, ask_px=50.1)])
    assert pipeline.latest.quotes["IBM"].bid_px == 50.0


def test_a_trade_out_of_order_counts_in_its_bar_but_is_not_the_last_price(pipeline):
    pipeline.accept([trade(px=10.0, ts_event=T0 + 5), trade(px=9.0, ts_event=T0 + 3, trade_id=2)])
    pipeline.flush()
    assert pipeline.latest.trades["IBM"].px == 10.0
    bar = pipeline.newest_bars["IBM"]
    assert (bar.low, bar.close, bar.trade_count) == (9.0, 10.0, 2)


def test_fractions_of_shares_count_as_they_were_told(pipeline, heard):
    sizes = (100, 0.4, 0.9, 1.6, 2.5)
    pipeline.accept([trade(px=97.4, size=size, trade_id=n) for n, size in enumerate(sizes, 1)])
    pipeline.flush()
    bar = pipeline.newest_bars["IBM"]
    assert (bar.volume, bar.trade_count, bar.vwap) == (105.4, 5, 97.4)
    assert tuple(each.size for each in heard) == sizes


def test_replayed_prints_are_told_and_counted_once(pipeline, heard):
    prints = [trade(trade_id=n, ts_event=T0 + n) for n in (1, 2, 3)]
    pipeline.accept(prints)
    pipeline.accept(prints)
    pipeline.flush()
    assert heard == prints
    assert pipeline.newest_bars["IBM"].volume == 300
    assert pipeline.counters["DUPLICATE"] == 3


def test_a_trade_for_a_closed_minute_is_counted_as_late(pipeline, standing_clock):
    pipeline.accept([trade()])
    standing_clock.ns += MINUTE_NS
    pipeline.accept([trade(ts_event=T0 + MINUTE_NS, trade_id=2)])
    pipeline.accept([trade(ts_event=T0 + 1, trade_id=3)])
    assert pipeline.counters["LATE_TRADE"] == 1


def test_bars_stay_unsaved_until_their_newest_state_is_saved(pipeline, standing_clock):
    pipeline.accept([trade()])
    pipeline.flush()
    batch = list(pipeline.unsaved.values())
    pipeline.accept([trade(trade_id=2)])  # grows while the batch is being written
    pipeline.flush()
    pipeline.saved(batch)
    assert [bar.trade_count for bar in pipeline.unsaved.values()] == [2]
    pipeline.saved(list(pipeline.unsaved.values()))
    assert not pipeline.unsaved
    standing_clock.ns += 2 * MINUTE_NS
    pipeline.flush()  # the clock closes the bar
    assert [bar.ts_start for bar in pipeline.unsaved.values()] == [T0]


def test_a_listener_that_fails_stops_nobody(pipeline, heard, caplog):
    def broken(tick):
        raise ZeroDivisionError(tick.symbol)

    pipeline._listeners = [broken, heard.append]
    with caplog.at_level(logging.CRITICAL):
        pipeline.accept([quote()])
    assert heard == [quote()]
    assert pipeline.counters["LISTENER_FAILED"] == 1


def test_a_value_holds_null_for_what_is_not_known(pipeline):
    assert json.loads(pipeline.encode("BAC")) == {
        "S": "BAC",
        "bp": None,
        "bs": None,
        "ap": None,
        "as": None,
        "lp": None,
        "ls": None,
        "pc": None,
        "t": None,
        "qt": None,
        "src": None,
        "bar": None,
    }


def test_a_value_holds_quote_trade_previous_close_and_live_bar(pipeline, standing_clock):
    standing_clock.ns += 7_000_000
    pipeline.accept([quote(), trade(ts_event=T0 + 7_000_000)])
    pipeline.flush()
    assert json.loads(pipeline.encode("IBM")) == {
        "S": "IBM",
        "bp": 182.44,
        "bs": 200,
        "ap": 182.5,
        "as": 100,
        "lp": 182.46,
        "ls": 100,
        "pc": 181.1,
        "t": T0 // 10**6 + 7,
        "qt": T0 // 10**6,
        "src": "test",
        "bar": {
            "t": T0 // 10**6,
            "o": 182.46,
            "h": 182.46,
            "l": 182.46,
            "c": 182.46,
            "v": 100.0,
            "n": 1,
            "vw": 182.46,
        },
    }


def test_a_silent_feed_is_not_connected_while_its_session_is_open(pipeline):
    def status(seconds: float) -> tuple[bool, str]:
        found = pipeline.status(now=from_ns(T0) + timedelta(seconds=seconds))
        return found.connected, found.detail

    assert status(0) == (False, "the feed has not started")
    pipeline.accept([quote()])
    assert status(5) == (True, "")
    assert status(7) == (False, "no tick for 7 s")
    assert pipeline.status(now=from_ns(T0)).last_tick_at == from_ns(T0)
    pipeline.feed.is_open = False
    assert status(7) == (True, "")


def test_an_empty_batch_is_a_sign_of_life(pipeline, standing_clock):
    pipeline.accept([quote()])
    standing_clock.ns += 60 * 10**9
    pipeline.accept([])
    status = pipeline.status(now=from_ns(standing_clock.ns))
    assert status.connected
    assert status.last_tick_at == from_ns(T0)


def test_a_failed_feed_says_why_and_keeps_its_last_values(pipeline):
    pipeline.accept([quote()])
    pipeline.fail("RECORDING_CORRUPT: row 3")
    status = pipeline.status(now=from_ns(T0))
    assert (status.connected, status.detail) == (False, "RECORDING_CORRUPT: row 3")
    assert pipeline.latest.quotes["IBM"] == quote()


def test_an_odd_lot_is_heard_of_and_counted_but_does_not_move_the_last_price(standing_clock):
    everything: list[object] = []
    moving: list[object] = []
    pipeline = Pipeline(
        feed=SilentFeed(),
        known=["IBM"],
        hub=Hub(),
        listeners=[everything.append],
        mark_listeners=[moving.append],
        now_ns=standing_clock,
    )
    regular = trade(px=182.46)
    odd = trade(px=182.9, size=7, trade_id=2, conditions=("@", "I"), ts_event=T0 + 1)
    pipeline.accept([regular, odd])
    pipeline.flush()
    assert pipeline.latest.trades["IBM"] is regular
    assert (everything, moving) == ([regular, odd], [regular])
    assert pipeline.counters["NOT_LAST"] == 1
    assert (pipeline.newest_bars["IBM"].high, pipeline.newest_bars["IBM"].volume) == (182.46, 107.0)


def test_a_price_far_off_moves_nothing_until_a_second_one_confirms_it(pipeline):
    pipeline.accept([trade(px=100.0), trade(px=140.0, trade_id=2, ts_event=T0 + 1)])
    assert pipeline.latest.trades["IBM"].px == 100.0
    assert pipeline.counters["OUT_OF_BAND"] == 1
    pipeline.accept([trade(px=100.1, trade_id=3, ts_event=T0 + 2)])
    assert pipeline.latest.trades["IBM"].px == 100.1
    pipeline.flush()
    live = pipeline.newest_bars["IBM"]
    assert (live.high, live.low, live.volume) == (100.1, 100.0, 300.0)
    pipeline.accept([trade(px=139.0, trade_id=4, ts_event=T0 + 3)])
    assert pipeline.latest.trades["IBM"].px == 139.0
    assert (pipeline.counters["OUT_OF_BAND"], pipeline.counters["CONFIRMED"]) == (1, 1)
    pipeline.flush()
    live = pipeline.newest_bars["IBM"]
    assert (live.high, live.low, live.volume) == (140.0, 100.0, 400.0)


def test_a_quote_far_off_moves_nothing_until_a_second_one_confirms_it(pipeline):
    pipeline.accept([quote(), quote(bid_px=10.0, ask_px=11.0, ts_event=T0 + 1)])
    assert pipeline.latest.quotes["IBM"] == quote()
    assert pipeline.counters["OUT_OF_BAND"] == 1
    pipeline.accept([quote(bid_px=10.1, ask_px=11.0, ts_event=T0 + 2)])
    assert pipeline.latest.quotes["IBM"].bid_px == 10.1


def test_a_correction_mends_the_bar_and_the_last_price(pipeline, heard):
    pipeline.accept([trade(px=182.46), correction(px=182.4, size=50)])
    pipeline.flush()
    live = pipeline.newest_bars["IBM"]
    assert (live.open, live.close, live.volume, live.trade_count) == (182.4, 182.4, 50.0, 1)
    assert pipeline.latest.trades["IBM"].px == 182.4
    assert pipeline.counters["CORRECTION"] == 1
    assert heard[-1] == correction(px=182.4, size=50)


def test_a_cancel_brings_back_the_price_before(pipeline):
    first = trade(px=182.46)
    pipeline.accept([first, trade(px=182.9, trade_id=2, ts_event=T0 + 1), cancel(trade_id=2)])
    pipeline.flush()
    assert pipeline.latest.trades["IBM"] is first
    assert pipeline.newest_bars["IBM"].high == 182.46


def test_a_cancel_of_the_only_print_leaves_no_bar(pipeline):
    pipeline.accept([trade()])
    pipeline.flush()
    pipeline.accept([cancel()])
    pipeline.flush()
    assert pipeline.latest.trades == {}
    assert pipeline.newest_bars == {}
    assert pipeline.unsaved == {}
    assert pipeline.bars.withdrawn == {("IBM", T0)}
    pipeline.accept([trade(trade_id=9)])
    pipeline.flush()
    assert pipeline.bars.withdrawn == set()


def test_a_cancel_of_a_print_that_nobody_knows_is_counted(pipeline):
    pipeline.accept([trade(), cancel(trade_id=77)])
    assert pipeline.counters["UNKNOWN_PRINT"] == 1


def test_a_providers_bar_of_a_minute_that_is_over_replaces_ours(pipeline, standing_clock):
    pipeline.accept([trade(px=10.0)])
    standing_clock.ns += MINUTE_NS
    theirs = bar(ts_start=T0)
    pipeline.accept([provider_bar(theirs)])
    pipeline.flush()
    assert pipeline.newest_bars["IBM"] is theirs
    assert pipeline.unsaved == {("IBM", T0): theirs}
    assert pipeline.counters["BAR_REPLACED"] == 1


def test_an_older_bar_of_the_provider_does_not_become_the_newest(pipeline, standing_clock):
    standing_clock.ns += 10 * MINUTE_NS
    pipeline.accept([trade(px=10.0, ts_event=standing_clock.ns)])
    pipeline.accept([provider_bar(bar(ts_start=T0))])
    pipeline.flush()
    assert pipeline.newest_bars["IBM"].ts_start == standing_clock.ns
    assert ("IBM", T0) in pipeline.unsaved


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (bar(ts_start=T0 + MINUTE_NS), "FUTURE"),  # its minute is not over
        (bar(ts_start=T0 + 1), "IMPOSSIBLE_BAR"),
        (bar(high=8.0), "IMPOSSIBLE_BAR"),
        (bar(low=-1.0), "NOT_POSITIVE"),
        (bar(close=float("nan")), "NOT_FINITE"),
        (bar(vwap=float("inf")), "NOT_FINITE"),
        (bar(volume=1e20), "IMPOSSIBLE_BAR"),
        (bar(trade_count=2**40), "IMPOSSIBLE_BAR"),
        (bar(ts_start=-62_135_596_800 * 10**9), "PAST"),  # the year 1, as Go writes no time
    ],
)
def test_a_providers_bar_that_cannot_be_true_is_counted(pipeline, standing_clock, told, reason):
    standing_clock.ns += MINUTE_NS
    pipeline.accept([provider_bar(told)])
    pipeline.flush()
    assert pipeline.counters[reason] == 1
    assert pipeline.unsaved == {}


def test_a_providers_bar_without_trades_never_takes_the_place_of_one_with_some(
    pipeline, standing_clock
):
    pipeline.accept([trade(px=10.0)])
    standing_clock.ns += MINUTE_NS
    pipeline.accept([provider_bar(bar(ts_start=T0, volume=0.0, trade_count=0))])
    pipeline.flush()
    assert pipeline.newest_bars["IBM"].volume == 100
    assert pipeline.counters["PLACEHOLDER"] == 1


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (bar(open_px=125.0, high=120.0, low=126.0, close=122.0), "IMPOSSIBLE_BAR"),
        (bar(open_px=0.0, high=0.0, low=0.0, close=0.0, volume=0.0), "NOT_POSITIVE"),
        (bar(open_px=9.5, high=9.5, low=9.5, close=9.5, volume=0.0), "PLACEHOLDER"),
    ],
)
def test_a_days_bar_that_cannot_be_true_leaves_the_one_before(pipeline, told, reason):
    good = ProviderDailyBar(bar=bar(), ts_init=T0, source="test")
    pipeline.accept([good, ProviderDailyBar(bar=told, ts_init=T0, source="test")])
    assert pipeline.latest.daily_bars == {"IBM": good}
    assert pipeline.counters[reason] == 1


def test_what_is_said_of_trading_is_kept_as_the_last_value(pipeline, heard):
    halted = HALTED
    band = PriceBand(
        symbol="IBM",
        upper_px=190.0,
        lower_px=175.0,
        indicator="B",
        ts_event=T0,
        ts_init=T0,
        source="test",
    )
    day = ProviderDailyBar(bar=bar(), ts_init=T0, source="test")
    pipeline.accept([halted, band, day])
    assert pipeline.latest.statuses == {"IBM": halted}
    assert pipeline.latest.price_bands == {"IBM": band}
    assert pipeline.latest.daily_bars == {"IBM": day}
    assert heard == [halted, band, day]


def test_a_feed_of_providers_says_how_each_of_them_is(pipeline):
    down = SourceStatus(
        name="alpaca",
        kind=FeedKind.LIVE,
        connected=False,
        last_update_at=None,
        detail="PROVIDER_UNREACHABLE: alpaca: no route",
    )
    up = SourceStatus(
        name="polygon", kind=FeedKind.LIVE, connected=True, last_update_at=None, detail=""
    )
    pipeline.feed.sources = lambda: (down,)
    status = pipeline.status(now=from_ns(T0))
    assert (status.connected, status.detail) == (False, down.detail)
    pipeline.accept([])
    pipeline.feed.sources = lambda: (down, up)
    status = pipeline.status(now=from_ns(T0))
    assert (status.connected, status.sources) == (True, (down, up))


def test_what_was_last_known_is_shown_and_told_to_nobody(pipeline, heard):
    standing, last = quote(ts_event=T0 - 5), trade(ts_event=T0 - 7)
    pipeline.accept([last_known(quote=standing, trade=last)])
    assert pipeline.latest.quotes == {"IBM": standing}
    assert pipeline.latest.trades == {"IBM": last}
    assert heard == []
    assert pipeline.unsaved == {}
    assert pipeline.counters["ACCEPTED"] == 0


def test_what_was_last_known_never_takes_the_place_of_something_newer(pipeline):
    standing, last = quote(), trade()
    pipeline.accept([standing, last])
    old = last_known(quote=quote(ask_px=190.0, ts_event=T0 - 1), trade=trade(ts_event=T0 - 1))
    pipeline.accept([old])
    assert pipeline.latest.quotes == {"IBM": standing}
    assert pipeline.latest.trades == {"IBM": last}


@pytest.mark.parametrize(
    "known",
    [
        last_known(quote=quote(bid_px=190.0)),
        last_known(trade=trade(px=float("nan"))),
        last_known(trade=trade(ts_event=T0 + 10**10)),
        last_known(symbol="XYZ", trade=trade(symbol="XYZ")),
    ],
)
def test_what_cannot_be_true_is_not_shown_as_last_known(pipeline, known):
    pipeline.accept([known])
    assert pipeline.latest.quotes == {}
    assert pipeline.latest.trades == {}


def test_an_odd_lot_is_no_last_price_to_begin_with(pipeline):
    pipeline.accept([last_known(trade=trade(conditions=("@", "I")))])
    assert pipeline.latest.trades == {}


@pytest.mark.parametrize("odd", [-62_135_596_800 * 10**9, T0 + 7_200 * 10**9, 2**70, 0])
def test_a_halt_of_no_true_time_is_a_halt_from_when_it_came(pipeline, standing_clock, heard, odd):
    halted = changed(HALTED, ts_event=odd)
    pipeline.accept([halted, changed(cancel(), ts_event=odd)])
    assert pipeline.latest.statuses["IBM"].is_halted
    assert [each.ts_event for each in heard] == [standing_clock.ns] * 2
    assert pipeline.counters["WRONG_TIME"] == 2


def test_an_update_that_we_fail_on_costs_itself_alone(pipeline, heard, caplog):
    pipeline.accept(
        [trade(trade_id=1), object(), quote(), changed(trade(), px="dear"), trade(trade_id=2)]
    )
    assert [each.ts_event for each in heard] == [T0] * 3
    assert pipeline.counters["FAILED"] == 2
    assert "could not be taken" in caplog.text


def test_how_long_ago_a_quote_came_is_told_by_a_clock_that_nobody_sets(pipeline, monkeypatch):
    assert pipeline.latest.quote_heard_ns_ago("IBM") is None
    ticking = [1_000]
    monkeypatch.setattr("trading.kernel.clock.time.monotonic_ns", lambda: ticking[0])
    pipeline.accept([quote()])
    ticking[0] += 70
    assert pipeline.latest.quote_heard_ns_ago("IBM") == 70
    pipeline.accept([quote(ts_event=T0 - 5)])  # refused: it says nothing new
    assert pipeline.latest.quote_heard_ns_ago("IBM") == 70
