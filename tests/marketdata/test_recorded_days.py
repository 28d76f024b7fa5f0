"""A recorded day, played by the replay through the whole pipeline, gives the recorded minutes."""

import asyncio
import json
from datetime import date
from types import SimpleNamespace

import pytest

from marketdata.contracts import Bar
from marketdata.domain import series
from marketdata.domain.conditions import HIGH_LOW, moves
from marketdata.domain.timeframes import midnight_ns
from marketdata.feeds.registry import build_feed
from marketdata.feeds.replay import feed as replay
from marketdata.feeds.replay.catalog import find_recording
from marketdata.feeds.replay.rows import read_trades
from marketdata.hub import Hub
from marketdata.pipeline import Pipeline
from tests.marketdata.build import MINUTE_NS
from tests.marketdata.history import lean
from trading.kernel.clock import NS_PER_SECOND

TICKS = "lean/equity/usa/tick"
CLOSE_NS = 16 * 3_600 * NS_PER_SECOND  # a replay ends there


class Player:
    """Plays a day as fast as it goes: a sleep takes no time, and moves the clock instead."""

    def __init__(self, spec: str, day: date, monkeypatch: pytest.MonkeyPatch) -> None:
        self.bars: dict[tuple[str, int], Bar] = {}
        self.closes_ns = midnight_ns(day) + CLOSE_NS
        monkeypatch.setattr(
            replay, "asyncio", SimpleNamespace(sleep=self._sleep, to_thread=asyncio.to_thread)
        )
        self.feed = build_feed(spec=f"replay:{spec}", speed=1.0, replay_start="00:00", simulated=())
        assert isinstance(self.feed, replay.ReplayFeed)
        # It begins when it was recorded, so that its times are those of the recording.
        self.now_ns = midnight_ns(day) + self.feed._schedule.start_us * 1_000
        self.feed._now_ns = lambda: self.now_ns
        self.pipeline = Pipeline(
            feed=self.feed,
            known=self.feed.symbols,
            hub=Hub(),
            listeners=[],
            now_ns=lambda: self.now_ns,
        )
        self._flushed_ns = 0

    def play(self) -> None:
        asyncio.run(self.feed.run(self._take))

    async def _sleep(self, seconds: float) -> None:
        self.now_ns += round(seconds * NS_PER_SECOND)

    def _take(self, updates) -> None:
        self.pipeline.accept(updates)
        if self.now_ns - self._flushed_ns >= NS_PER_SECOND:
            self._flush()
        if self.now_ns > self.closes_ns + 2 * NS_PER_SECOND:
            self._flush()
            self.feed.stop()

    def _flush(self) -> None:
        self._flushed_ns = self.now_ns
        self.pipeline.flush()
        unsaved = dict(self.pipeline.unsaved)
        self.bars |= unsaved
        self.pipeline.saved(list(unsaved.values()))


@pytest.mark.parametrize("day", [date(2013, 10, 7), date(2013, 10, 8)])
def test_the_pipelines_minutes_are_the_recorded_ones(market_data_pack, monkeypatch, day):
    player = Player(f"{market_data_pack}/{TICKS}@{day:%Y%m%d}", day, monkeypatch)
    player.play()
    expected = json.loads((market_data_pack / "EXPECTED.json").read_text())
    facts = expected["trade_ticks_to_minute"]
    compared = 0
    for symbol in player.feed.symbols:
        name = f"{symbol.lower()}/{day:%Y%m%d}"
        if name not in facts:
            continue  # the pack has no minutes of it
        recorded = [
            each
            for each in series.to_bars(lean.minutes(market_data_pack, symbol, day), symbol=symbol)
            if each.ts_start < player.closes_ns
        ]
        built = {ts: bar for (owner, ts), bar in player.bars.items() if owner == symbol}
        assert built.keys() == {each.ts_start for each in recorded}
        pairs = [(built[each.ts_start], each) for each in recorded]
        # What the pack's own ticks do not give, the manifest counts; no minute more may differ.
        told = facts[name]
        other_volume = [ours for ours, theirs in pairs if ours.volume != theirs.volume]
        assert len(other_volume) <= told["ref"] - told["volume_exact"]
        other_prices = [
            ours
            for ours, theirs in pairs
            if (ours.open, ours.high, ours.low, ours.close)
            != (theirs.open, theirs.high, theirs.low, theirs.close)
        ]
        assert len(other_prices) <= told["ref"] - told["ohlc_exact"]
        outside = {
            ours.ts_start
            for ours, theirs in pairs
            if not ours.low <= theirs.low <= theirs.high <= ours.high
        }
        assert outside <= _strayed(market_data_pack, symbol, day)
        compared += 1
    assert compared >= 2


def _strayed(pack, symbol: str, day: date) -> set[int]:
    """Return the minutes with a print whose price may stray from the market by its conditions."""
    (file,) = find_recording(f"{pack}/{TICKS}/{symbol.lower()}/{day:%Y%m%d}_trade.zip")
    midnight = midnight_ns(day)
    return {
        (midnight + row.us * 1_000) // MINUTE_NS * MINUTE_NS
        for row in read_trades(file)
        if not moves(row.conditions) & HIGH_LOW
    }
