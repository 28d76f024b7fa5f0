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
from typing import Any, Generic

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import msgpack
import msgspec
from alpaca.data.live import StockDataStream

from bench.stats import middle, say
from marketdata.contracts import Quote, Trade, Update
from marketdata.domain.each_quote import EachQuote
from marketdata.feeds.alpaca import wire
from marketdata.feeds.alpaca.config import AlpacaConfig, Encoding
from marketdata.feeds.alpaca.dialogue import AlpacaDialogue
from marketdata.feeds.alpaca.wire import Moment
from trading.kernel.clock import NS_PER_SECOND, from_ns

SIZES = (10, 50, 200)  # messages a frame
SYMBOLS = 500
# As recorded: IBM and BAC on 2013-10-07 had 585,920 changes of the NBBO and 112,463 trades.
QUOTE_SHARE = 0.84
TURN_MESSAGES = 8_000  # what the feed reads in a row, 5 ms, when it is behind
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
class _WholeQuote(wire.QuoteMessage[Moment], Generic[Moment]):
    """A quote with the fields that we have no use for."""

    c: tuple[str, ...] = ()
    z: str = ""


def bare(frames: Sequence[str | bytes], encoding: Encoding, *, is_whole: bool) -> Callable[[], int]:
    """Decode into structs of the wire, no more."""
    quote: Any = _WholeQuote if is_whole else wire.QuoteMessage
    decoder: Any = msgspec.json.Decoder
    moment: Any = str
    if encoding is Encoding.MSGPACK:
        decoder, moment = msgspec.msgpack.Decoder, msgspec.msgpack.Ext
    trade: Any = wire.TradeMessage
    one: Any = trade[moment] | quote[moment]
    decode = decoder(list[one]).decode
    return lambda: sum(len(decode(frame)) for frame in frames)


def ours(
    frames: Sequence[str | bytes], encoding: Encoding, counts: Sequence[int], each: EachQuote
) -> Callable[[], int]:
    """Take each frame as the feed does, and keep each symbol's newest quote and trade."""
    config = AlpacaConfig(key_id="key", secret_key="secret", encoding=encoding)  # noqa: S106
    dialogue = AlpacaDialogue(config=config, symbols=(), each_quote=each)
    newest: dict[type, dict[str, Any]] = {Quote: {}, Trade: {}}

    def keep(updates: Sequence[Update]) -> None:
        for update in updates:
            newest[type(update)][update.symbol] = update

    def read() -> int:
        unsettled = 0
        for frame, count in zip(frames, counts, strict=True):
            keep(dialogue.receive(frame).updates)
            unsettled += count
            if unsettled >= TURN_MESSAGES:
                keep(dialogue.settle())
                unsettled = 0
        keep(dialogue.settle())
        return sum(counts)

    return read


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
    counts = [len(part) for part in parts]
    binary = [packed(part) for part in parts]
    frames = [text(part) for part in parts] if encoding is Encoding.JSON else binary
    return (
        Measured("bare msgspec, whole messages", bare(frames, encoding, is_whole=True)),
        Measured("bare msgspec, what we use", bare(frames, encoding, is_whole=False)),
        Measured("ours, newest quotes", ours(frames, encoding, counts, EachQuote())),
        Measured("ours, each quote", ours(frames, encoding, counts, EachQuote(symbols=None))),
        Measured("alpaca-py, models (its default)", alpaca_py(binary, raw=False)),
        Measured("alpaca-py, raw_data=True", alpaca_py(binary, raw=True)),
    )


def _print(title: str, lines: Sequence[Measured]) -> int:
    """Print one table; return how many of its targets were missed."""
    whole, used, newest, _, models, _ = (middle(line.cpu) for line in lines)
    say()
    say(
        f"  {title:<34}{'CPU us a message':>18}{'M/s/core':>10}{'of whole':>10}{'of used':>9}"
        f"{'x alpaca-py':>13}"
    )
    for line in lines:
        cpu = middle(line.cpu)
        say(
            f"  {line.name:<34}{cpu * 1e6:>18.3f}{1e-6 / cpu:>10.3f}"
            f"{whole / cpu:>10.2f}{used / cpu:>9.2f}{models / cpu:>13.1f}"
        )
    return (whole / newest < OF_BARE_MIN) + (models / newest < OF_ALPACA_PY_MIN)


if __name__ == "__main__":
    sys.exit(main())
