"""
How many ticks one core decodes, normalises and conflates, next to bare decoding of the same rows.

The ticks go the product's own way: replay feed, pipeline, hub, one subscriber of every symbol. See
README.md for what each number means.
"""

import argparse
import asyncio
import os
import selectors
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.recording import write_recording  # noqa: E402 - after the path is set
from bench.stats import middle, say  # noqa: E402
from marketdata.feeds.registry import build_feed  # noqa: E402
from marketdata.feeds.replay.catalog import find_recording  # noqa: E402
from marketdata.feeds.replay.feed import REGULAR_CLOSE_US  # noqa: E402
from marketdata.feeds.replay.rows import PRICE_SCALE, RecordedFile  # noqa: E402
from marketdata.feeds.replay.tape import read_tape  # noqa: E402
from marketdata.hub import Hub  # noqa: E402
from marketdata.pipeline import Pipeline  # noqa: E402
from trading.kernel.clock import NS_PER_SECOND, from_ns, to_ns  # noqa: E402

# Fast enough that each look of the feed finds a batch, as in a busy market.
SPEED = 60.0
FLUSH_S = 0.05  # as often as the platform flushes
_MIDNIGHT_NS = 1_700_000_000 * NS_PER_SECOND  # when the made-up clock starts


@dataclass(slots=True)
class Measured:
    """One line of the table; CPU seconds, one element per round."""

    name: str
    action: Callable[[], object]
    cpu: list[float] = field(default_factory=list)


class _Jump(selectors.DefaultSelector):
    """Waits for nothing that only time brings: it moves the loop's clock there instead."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            return super().select(None)  # a thread is at work: it will wake us
        found = super().select(0)
        if not found:
            self.now += max(timeout, 0.0)
        return found


class _SkippingLoop(asyncio.SelectorEventLoop):
    """An event loop whose sleeps take no time, so that a day is played as fast as it goes."""

    def __init__(self) -> None:
        self._jump = _Jump()
        super().__init__(self._jump)

    def time(self) -> float:
        return self._jump.now


@dataclass(slots=True)
class Played:
    """What came of one day."""

    told: int = 0
    batches: int = 0
    flushes: int = 0
    frames: int = 0
    characters: int = 0
    counters: Mapping[str, int] = field(default_factory=dict)


def play(spec: str) -> Played:
    """Play the day from its first tick to the close through the product's feed and pipeline."""
    loop = _SkippingLoop()
    try:
        return loop.run_until_complete(_play(loop, spec))
    finally:
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


async def _play(loop: _SkippingLoop, spec: str) -> Played:
    day = _Day(loop, spec)
    reader = asyncio.create_task(day.read())
    await day.feed.run(day.emit)
    await asyncio.sleep(0)
    reader.cancel()
    day.played.counters = dict(day.pipeline.counters)
    return day.played


class _Day:
    """The product's parts, put together as the platform does, and one socket that reads."""

    def __init__(self, loop: _SkippingLoop, spec: str) -> None:
        self.played = Played()
        self._loop = loop
        self._next_flush = 0.0
        self._closes_ns = 0  # once the session has begun
        hub = Hub()
        self.feed = build_feed(
            spec=f"replay:{spec}", speed=SPEED, replay_start="00:00", simulated=()
        )
        # Feeds keep the real time unless they are told otherwise; this one keeps the loop's.
        self.feed._now_ns = self._now_ns  # type: ignore[attr-defined]  # noqa: SLF001
        self.pipeline = Pipeline(
            feed=self.feed,
            known=self.feed.symbols,
            hub=hub,
            listeners=[self._listen],
            now_ns=self._now_ns,
        )
        self._screen = hub.open()
        values = {symbol: self.pipeline.encode(symbol) for symbol in self.feed.symbols}
        hub.subscribe(self._screen, values)

    def emit(self, ticks: Sequence[Any]) -> None:
        """Take a batch from the feed; flush when it is time, end when the session does."""
        self.pipeline.accept(ticks)
        self.played.batches += bool(ticks)
        if self._loop.time() >= self._next_flush:
            self.pipeline.flush()
            self.pipeline.saved(list(self.pipeline.unsaved.values()))
            self.played.flushes += 1
            self._next_flush = self._loop.time() + FLUSH_S
        now_ns = self._now_ns()
        if ticks and not self._closes_ns:
            self._closes_ns = to_ns(self.feed.session(now=from_ns(now_ns)).closes_at)
        if 0 < self._closes_ns <= now_ns:
            self.feed.stop()

    async def read(self) -> None:
        while True:
            frame = await self._screen.next_frame()
            self.played.frames += 1
            self.played.characters += len(frame)

    def _now_ns(self) -> int:
        return _MIDNIGHT_NS + round(self._loop.time() * NS_PER_SECOND)

    def _listen(self, _tick: object) -> None:
        self.played.told += 1


def decode(files: Sequence[RecordedFile]) -> int:
    """Decode the same rows into numbers and strings, no more; return how many there are."""
    count = 0
    row: tuple[object, ...] = ()
    for file in files:
        with zipfile.ZipFile(file.path) as archive:
            name = archive.namelist()[0]
            with archive.open(name) as raw, BufferedReader(raw) as lines:  # type: ignore[type-var]
                for line in lines:
                    cells = line.rstrip(b"\r\n").split(b",")
                    us = round(float(cells[0]) * 1000)
                    if us >= REGULAR_CLOSE_US:
                        break
                    if file.kind == "trade":
                        row = (us, int(cells[1]) / PRICE_SCALE, int(cells[2]), cells[3].decode())
                    else:
                        bid, ask = int(cells[1]) / PRICE_SCALE, int(cells[3]) / PRICE_SCALE
                        row = (us, bid, int(cells[2]), ask, int(cells[4]), cells[5].decode())
                    count += 1
    del row
    return count


def read_only(files: Sequence[RecordedFile]) -> int:
    """Let the product read, check, merge and join the rows, and do nothing with them."""
    count = 0
    for row in read_tape(files):
        if row.us >= REGULAR_CLOSE_US:
            break
        count += 1
    return count


def main() -> int:
    options = _options()
    with tempfile.TemporaryDirectory(prefix="openbell-bench-") as folder:
        spec = _recording(Path(folder), options.date)
        files = find_recording(spec)
        symbols = ", ".join(sorted({file.symbol for file in files}))
        say(f"{len(files)} files of {files[0].date}: {symbols}")
        _measure(spec, files, options.rounds)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds; medians are printed")
    parser.add_argument("--date", default="20131007", help="recorded day, YYYYMMDD")
    return parser.parse_args()


def _recording(folder: Path, date: str) -> str:
    """Name the data pack's day or, without a pack, a made-up one, as FEED=replay: would."""
    pack = Path(os.environ.get("MARKET_DATA_PACK") or ROOT.parent / "shared" / "data")
    if pack.is_dir():
        return f"{pack}@{date}"
    say("No market data pack (MARKET_DATA_PACK): a SYNTHETIC recording of the same shape is used.")
    write_recording(folder)
    return str(folder)


def _measure(spec: str, files: Sequence[RecordedFile], rounds: int) -> None:
    rows, played = decode(files), play(spec)
    lines = [
        Measured("bare decoding", lambda: decode(files)),
        Measured("product: decode, check, merge, join", lambda: read_only(files)),
        Measured("product: the whole path", lambda: play(spec)),
    ]
    for _ in range(rounds):
        for line in lines:
            started = time.process_time()
            line.action()
            line.cpu.append(time.process_time() - started)
    _print(rows, played, lines)


def _print(rows: int, played: Played, lines: Sequence[Measured]) -> None:
    accepted = played.counters.get("ACCEPTED", 0)
    refused = {
        str(name): count
        for name, count in played.counters.items()
        if count and name not in {"ACCEPTED", "LOCKED"}
    }
    batch = accepted / max(1, played.batches)
    say(f"{rows:,} rows (a quote's change is two: bid, offer) -> {accepted:,} ticks accepted")
    say(f"  {batch:.0f} ticks a batch; not accepted: {refused or 'none'}")
    say(f"  {played.flushes:,} flushes, {played.frames:,} frames, {played.characters:,} characters")
    say()
    titles = ("CPU us a row", "M rows/s/core", "M ticks/s/core", "of bare")
    say(f"  {'':<38}{titles[0]:>14}{titles[1]:>15}{titles[2]:>16}{titles[3]:>9}")
    floor = middle(lines[0].cpu)
    for line in lines:
        cpu = middle(line.cpu)
        say(
            f"  {line.name:<38}{cpu * 1e6 / rows:>14.2f}{rows / cpu / 1e6:>15.3f}"
            f"{accepted / cpu / 1e6:>16.3f}{floor / cpu:>9.2f}"
        )


if __name__ == "__main__":
    sys.exit(main())
