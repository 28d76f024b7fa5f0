"""
What a provider's frames cost to read: bare decoding, our Alpaca dialogue, alpaca-py's own client.

All read the same made-up messages, without sockets. See README.md for what each number means.
"""

import argparse
import asyncio
import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import msgpack
import msgspec
from alpaca.data.live import StockDataStream

from bench.stats import middle, say
from marketdata.contracts import Quote, Trade
from marketdata.domain.conflation import Conflated
from marketdata.feeds.alpaca import wire
from marketdata.feeds.alpaca.config import AlpacaConfig, Encoding
from marketdata.feeds.alpaca.dialogue import AlpacaDialogue
from trading.kernel.clock import NS_PER_SECOND, from_ns

SIZES = (10, 50, 200)  # messages a frame
SYMBOLS = 500
QUOTE_SHARE = 0.8
FLUSH_MESSAGES = 10_000  # what came between two flushes of 50 ms, at 0.2 million messages a second
_STARTS_NS = 1_700_000_000 * NS_PER_SECOND
_STEP_NS = 5_003

OF_BARE_MIN = 0.6
OF_ALPACA_PY_MIN = 12.0


@dataclass(slots=True)
class Measured:
    """One way of reading; CPU seconds a message, one element per round."""

    name: str
    read: Callable[[], int]  # returns how many messages it saw
    cpu: list[float] = field(default_factory=list)

    def run(self) -> None:
        started = time.process_time()
        count = self.read()
        self.cpu.append((time.process_time() - started) / count)


def make_messages(count: int) -> list[dict[str, Any]]:
    """Return quotes and trades with every field that the provider sends; ``t`` is int ns."""
    chance = random.Random(1)  # noqa: S311 - the same market at every run
    symbols = [f"S{number:03d}" for number in range(SYMBOLS)]
    messages: list[dict[str, Any]] = []
    for number in range(count):
        px = round(chance.uniform(5, 500), 2)
        common = {
            "S": chance.choice(symbols),
            "t": _STARTS_NS + number * _STEP_NS,
            "z": chance.choice("ABC"),
        }
        if chance.random() < QUOTE_SHARE:
            message = {
                "T": "q", "bx": chance.choice("VNQP"), "bp": px, "bs": chance.randint(1, 40),
                "ax": chance.choice("VNQP"), "ap": round(px + 0.01, 2),
                "as": chance.randint(1, 40), "c": ["R"],
            }  # fmt: skip
        else:
            message = {
                "T": "t", "i": 52_983_525_000 + number, "x": chance.choice("VNQP"), "p": px,
                "s": chance.randint(1, 900), "c": ["@", "I"] if number % 3 else ["@"],
            }  # fmt: skip
        messages.append(message | common)
    return messages


def packed(messages: Sequence[dict[str, Any]]) -> bytes:
    """Return a frame as MessagePack, moments as its extension."""
    moved = [each | {"t": msgpack.Timestamp.from_unix_nano(each["t"])} for each in messages]
    frame: bytes = msgpack.packb(moved)
    return frame


def text(messages: Sequence[dict[str, Any]]) -> str:
    """Return a frame as JSON, moments as RFC 3339 with nanoseconds."""
    return json.dumps(
        [each | {"t": _rfc_3339(each["t"])} for each in messages], separators=(",", ":")
    )


def _rfc_3339(ts: int) -> str:
    second, fraction = divmod(ts, NS_PER_SECOND)
    return f"{from_ns(second * NS_PER_SECOND):%Y-%m-%dT%H:%M:%S}.{fraction:09d}Z"


# --- The ways -------------------------------------------------------------------------------------
def bare(frames: Sequence[str | bytes], encoding: Encoding) -> Callable[[], int]:
    """Decode into the structs of the wire, no more."""
    decoder: Any
    if encoding is Encoding.JSON:
        decoder = msgspec.json.Decoder(list[wire.TradeMessage[str] | wire.QuoteMessage[str]])
    else:
        decoder = msgspec.msgpack.Decoder(
            list[wire.TradeMessage[msgspec.msgpack.Ext] | wire.QuoteMessage[msgspec.msgpack.Ext]]
        )
    decode = decoder.decode
    return lambda: sum(len(decode(frame)) for frame in frames)


def ours(frames: Sequence[str | bytes], encoding: Encoding, *, keep: bool) -> Callable[[], int]:
    """Take each frame as the feed does and, if ``keep``, keep each symbol's newest values."""
    config = AlpacaConfig(key_id="key", secret_key="secret", encoding=encoding)  # noqa: S106
    dialogue = AlpacaDialogue(config=config, symbols=())
    quotes: Conflated[str, Quote] = Conflated()
    trades: Conflated[str, Trade] = Conflated()

    def conflate() -> int:
        count = since_flush = 0
        for frame in frames:
            updates = dialogue.receive(frame).updates
            for update in updates:
                if type(update) is Quote:
                    quotes.put(update.symbol, update)
                elif type(update) is Trade:
                    trades.put(update.symbol, update)
            since_flush += len(updates)
            if since_flush >= FLUSH_MESSAGES:
                count, since_flush = count + since_flush, 0
                quotes.take()
                trades.take()
        return count + since_flush

    def receive() -> int:
        return sum(len(dialogue.receive(frame).updates) for frame in frames)

    return conflate if keep else receive


class _Frames:
    """Stands in for alpaca-py's socket: hands out the frames, then has the client stop."""

    def __init__(self, frames: Sequence[bytes], stop: Callable[[], object]) -> None:
        self._frames = iter(frames)
        self._left = len(frames)
        self._stop = stop

    async def recv(self) -> bytes:
        self._left -= 1
        if not self._left:
            self._stop()
        return next(self._frames)

    async def close(self) -> None:
        pass


def alpaca_py(frames: Sequence[bytes], *, raw: bool) -> Callable[[], int]:
    """Let alpaca-py's own consumer take the frames and call a handler that keeps the newest."""
    client: Any = StockDataStream("key", "secret", raw_data=raw)
    newest: dict[str, object] = {}
    seen = 0

    async def keep(message: Any) -> None:  # noqa: ANN401 - a model, or a dict if raw
        nonlocal seen
        seen += 1
        newest[message["S"] if raw else message.symbol] = message

    client.subscribe_quotes(keep, "*")
    client.subscribe_trades(keep, "*")

    def read() -> int:
        before = seen
        client._ws = _Frames(frames, lambda: client._stop_stream_queue.put_nowait({}))  # noqa: SLF001
        asyncio.run(client._consume())  # noqa: SLF001 - it offers no other way in
        return seen - before

    return read


# --- The run --------------------------------------------------------------------------------------
def main() -> int:
    options = _options()
    messages = make_messages(options.messages)
    say(f"{len(messages):,} messages, {SYMBOLS} symbols; medians of {options.rounds} rounds, CPU")
    missed = 0
    for encoding in Encoding:
        for size in SIZES:
            lines = _lines(messages, encoding, size)
            for line in lines:
                line.read()
            for _ in range(options.rounds):
                for line in lines:
                    line.run()
            missed += _print(f"{encoding.value}, {size} messages a frame", lines)
    say()
    say(f"targets: {OF_BARE_MIN} of bare, {OF_ALPACA_PY_MIN:.0f} x alpaca-py; missed: {missed}")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="rounds; medians are printed")
    parser.add_argument("--messages", type=int, default=20_000)
    return parser.parse_args()


def _lines(
    messages: Sequence[dict[str, Any]], encoding: Encoding, size: int
) -> tuple[Measured, ...]:
    parts = [messages[start : start + size] for start in range(0, len(messages), size)]
    binary = [packed(part) for part in parts]
    frames = [text(part) for part in parts] if encoding is Encoding.JSON else binary
    return (
        Measured("bare msgspec decoding", bare(frames, encoding)),
        Measured("ours: dialogue", ours(frames, encoding, keep=False)),
        Measured("ours: dialogue + conflation", ours(frames, encoding, keep=True)),
        Measured("alpaca-py, models (its default)", alpaca_py(binary, raw=False)),
        Measured("alpaca-py, raw_data=True", alpaca_py(binary, raw=True)),
    )


def _print(title: str, lines: Sequence[Measured]) -> int:
    """Print one table; return how many of its targets were missed."""
    floor, _, kept, models, _ = (middle(line.cpu) for line in lines)
    say()
    say(f"  {title:<34}{'CPU us a message':>18}{'M/s/core':>10}{'of bare':>9}{'x alpaca-py':>13}")
    for line in lines:
        cpu = middle(line.cpu)
        say(
            f"  {line.name:<34}{cpu * 1e6:>18.3f}{1e-6 / cpu:>10.3f}"
            f"{floor / cpu:>9.2f}{models / cpu:>13.1f}"
        )
    return (floor / kept < OF_BARE_MIN) + (models / kept < OF_ALPACA_PY_MIN)


if __name__ == "__main__":
    sys.exit(main())
