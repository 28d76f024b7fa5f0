"""The simulated market is plausible, the same for the same seed, and always open."""

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from marketdata.contracts import Quote, Tick
from marketdata.domain.quality import refuse_quote, refuse_trade
from marketdata.feeds.simulated import SimulatedFeed, SimulatedSymbol, Walk
from tests.marketdata.build import T0
from trading.kernel.clock import NEW_YORK, to_ns

STEP_NS = 100_000_000


def walked(
    *,
    symbol: str = "IBM",
    start_px: float = 283.2,
    seed: str = "seed",
    steps: int = 3000,
    ts: int = T0,
) -> list[Tick]:
    walk = Walk(symbol=symbol, start_px=start_px, seed=seed)
    ticks = list(walk.opening(ts=ts))
    for number in range(1, steps + 1):
        ticks.extend(walk.step(ts=ts + number * STEP_NS))
    return ticks


def test_the_same_seed_gives_the_same_market():
    assert walked() == walked()
    assert walked() != walked(seed="another")
    assert [t.bid_px for t in walked(ts=0) if isinstance(t, Quote)] == [
        t.bid_px for t in walked() if isinstance(t, Quote)
    ]


@given(start_px=st.floats(0.01, 800_000), seed=st.text(max_size=5))
def test_every_tick_is_true_and_every_trade_is_at_the_quote(start_px, seed):
    quoted: Quote | None = None
    for tick in walked(start_px=start_px, seed=seed, steps=60):
        if isinstance(tick, Quote):
            quoted = tick
            assert refuse_quote(quote=tick, now_ns=tick.ts_event) is None
            assert tick.bid_size % 100 == tick.ask_size % 100 == 0
        else:
            assert quoted is not None
            assert refuse_trade(trade=tick, now_ns=tick.ts_event) is None
            assert tick.px in {quoted.bid_px, quoted.ask_px}
            assert tick.size % 100 == 0
            assert tick.size <= max(quoted.bid_size, quoted.ask_size)


def test_spreads_are_a_cent_or_two_and_prices_stay_plausible():
    ticks = walked(steps=36_000)  # an hour
    quotes = [tick for tick in ticks if isinstance(tick, Quote)]
    assert {round((q.ask_px - q.bid_px) * 100) for q in quotes} == {1, 2}
    assert all(283.2 * 0.97 < q.bid_px < 283.2 * 1.03 for q in quotes)
    assert len({q.bid_px for q in quotes}) > 20
    assert 2 < len(quotes) / 3600 < 4


@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 11, 24, 20, 0, tzinfo=UTC),
        datetime(2026, 3, 8, 12, 0, tzinfo=UTC),  # 23 hours
        datetime(2026, 11, 1, 12, 0, tzinfo=UTC),  # 25 hours, a Sunday
    ],
)
def test_the_session_is_open_until_midnight_new_york(now):
    feed = SimulatedFeed(symbols=[])
    session = feed.session(now=now)
    assert session.is_open
    assert session.opens_at <= now < session.closes_at
    assert session.next_close == session.closes_at < session.next_open
    local = session.closes_at.astimezone(NEW_YORK)
    assert (local.hour, local.minute, local.second) == (0, 0, 0)
    assert local.date() - now.astimezone(NEW_YORK).date() == timedelta(days=1)
    assert not feed.session(now=session.closes_at).is_open
    assert feed.session(now=session.next_open).is_open
    assert feed.session(now=session.closes_at).next_open == session.next_open


async def test_the_feed_opens_with_a_price_for_every_symbol_and_goes_on(monkeypatch):
    clock = itertools.count(to_ns(datetime(2026, 11, 24, 20, tzinfo=UTC)), STEP_NS)
    feed = SimulatedFeed(
        symbols=[
            SimulatedSymbol(symbol="KO", start_px=69.8, previous_close=69.5),
            SimulatedSymbol(symbol="F", start_px=11.7, previous_close=11.6),
        ],
        now_ns=lambda: next(clock),
    )
    monkeypatch.setattr("marketdata.feeds.simulated.PACE_S", 0)
    batches: list[Sequence[Tick]] = []

    def emit(ticks):
        batches.append(ticks)
        if len(batches) == 50:
            feed.stop()

    await feed.run(emit)
    assert [(type(t).__name__, t.symbol) for t in batches[0]] == [
        ("Quote", "KO"),
        ("Trade", "KO"),
        ("Quote", "F"),
        ("Trade", "F"),
    ]
    assert sum(map(len, batches[1:])) > 10
    assert feed.previous_closes == {"KO": 69.5, "F": 11.6}
    assert feed.symbols == ["F", "KO"]


async def test_at_midnight_the_last_price_becomes_the_previous_close(monkeypatch):
    before_midnight = datetime(2026, 11, 24, 23, 59, 59, tzinfo=NEW_YORK)
    clock = itertools.count(to_ns(before_midnight), STEP_NS)
    feed = SimulatedFeed(
        symbols=[SimulatedSymbol(symbol="KO", start_px=69.8, previous_close=60.0)],
        now_ns=lambda: next(clock),
    )
    monkeypatch.setattr("marketdata.feeds.simulated.PACE_S", 0)
    prices: list[float] = []

    def emit(ticks):
        prices.extend(tick.px for tick in ticks if not isinstance(tick, Quote))
        if feed.previous_closes != {"KO": 60.0}:
            feed.stop()

    await feed.run(emit)
    assert feed.previous_closes["KO"] in prices
