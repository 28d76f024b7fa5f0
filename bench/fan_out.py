"""
What quotes cost on their way to browsers: the product's hub, next to Channels group messages.

Each server and its clients are processes of their own. See README.md for what each number means.
"""

import argparse
import asyncio
import gc
import multiprocessing
import os
import random
import re
import selectors
import socket
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any

import django
import orjson
import uvicorn
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.layers import get_channel_layer

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ |= {"DJANGO_SETTINGS_MODULE": "trading.settings", "SECRET_KEY": "of a measurement"}
django.setup()

from bench.stats import middle, say  # noqa: E402 - after Django is set up
from marketdata.consumers import QuotesConsumer  # noqa: E402
from marketdata.contracts import FeedKind, Quote, Session, Trade  # noqa: E402
from marketdata.domain import frames  # noqa: E402
from marketdata.operations import run_feed  # noqa: E402
from marketdata.pipeline import Pipeline  # noqa: E402
from trading.kernel import clock  # noqa: E402

SYMBOLS = [f"S{number:03d}" for number in range(500)]
EACH = 20  # symbols a socket follows
STEP_S = 0.1
WARM_UP_S = 0.5
SETTLE_S = 0.3  # then what was on its way has arrived
IDLE_CPU_S = 0.01
# Bytes that the system holds for a frozen client, on its side and on the server's. By default these
# are megabytes: a whole round's.
NARROW = 4096
SEND_BYTES = 2**17
_US = 1_000_000
_STAMP = re.compile(rb'"bs":(\d+)')

P99_MS_MAX = 100.0
CORES_MAX = 0.5
RATIO_MIN = 20.0


Look = tuple[float, float, int, float]  # a server's clock, CPU seconds, ticks, memory in MiB


def now_us() -> int:
    """Return a time that all processes of this machine share."""
    return time.monotonic_ns() // 1000


# --- The servers ----------------------------------------------------------------------------------
class _Market:
    """A feed that is always open and says nothing of its own accord."""

    name = "simulated"
    kind = FeedKind.SIMULATED
    symbols: Sequence[str] = SYMBOLS
    previous_closes: Mapping[str, float] = dict.fromkeys(SYMBOLS, 99.5)

    async def run(self, emit: object) -> None: ...

    def stop(self) -> None: ...

    def session(self, *, now: datetime) -> Session:
        hour = timedelta(hours=1)
        return Session(
            kind=self.kind,
            is_open=True,
            opens_at=now - hour,
            closes_at=now + hour,
            next_open=now + 2 * hour,
            next_close=now + hour,
        )


def make_quotes(stamp: int) -> list[Quote]:
    """Return a quote of every symbol; ``stamp``, in us, travels as the size of the bid."""
    ts = clock.now_ns()
    bid_px = 100 + stamp % 100 / 100
    return [
        Quote(
            symbol=symbol, bid_px=bid_px, bid_size=stamp, ask_px=bid_px + 0.01, ask_size=300,
            bid_exchange="N", ask_exchange="Q", ts_event=ts, ts_init=ts, source="simulated",
        )
        for symbol in SYMBOLS
    ]  # fmt: skip


def make_trades() -> list[Trade]:
    ts = clock.now_ns()
    return [
        Trade(
            symbol=symbol, px=100.25, size=100, exchange="N", conditions=("@",), trade_id=1,
            ts_event=ts, ts_init=ts, source="simulated",
        )
        for symbol in SYMBOLS
    ]  # fmt: skip


def make_pipeline() -> Pipeline:
    """Return the product's pipeline, whose every symbol has traded, as this process's."""
    feed: Any = _Market()
    pipeline = Pipeline(feed=feed, known=SYMBOLS, hub=run_feed.hub, listeners=[])
    pipeline.accept(make_trades())
    pipeline.accept(make_quotes(now_us()))
    pipeline.flush()
    run_feed._running = pipeline  # noqa: SLF001 - start() would want a database
    return pipeline


class _User:
    is_authenticated = True


class GroupConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # it ships no types
    """The usual way with Channels: join groups, send on to the client what comes from them."""

    wanted: frozenset[str] = frozenset()

    async def receive(self, text_data: str = "", bytes_data: bytes | None = None) -> None:  # noqa: ARG002 - Channels' signature
        self.wanted = frozenset(orjson.loads(text_data)["symbols"])
        for group in self.wanted if self.scope["per_symbol"] else ("ticks",):
            await self.channel_layer.group_add(group, self.channel_name)

    async def disconnect(self, code: int) -> None: ...

    async def ticks_values(self, event: Mapping[str, Any]) -> None:
        """All symbols' values as dicts: choose, encode, send."""
        values = [value for symbol, value in event["data"].items() if symbol in self.wanted]
        await self.send(text_data=orjson.dumps({"type": "ticks", "data": values}).decode())

    async def ticks_text(self, event: Mapping[str, Any]) -> None:
        """All symbols' values, encoded already: choose, join, send."""
        values = [value for symbol, value in event["data"].items() if symbol in self.wanted]
        await self.send(text_data=frames.ticks_frame(values=values))

    async def tick_value(self, event: Mapping[str, Any]) -> None:
        """One symbol's value."""
        await self.send(text_data=frames.ticks_frame(values=[event["data"]]))


class _Server:
    """One process: an ASGI server, a market that moves when told to, the orders in a pipe."""

    def __init__(self, pipe: Pipe, *, way: str) -> None:
        self.ticks = 0
        self.stamp = 0
        self.pipeline = make_pipeline()
        self._pipe = pipe
        self._way = way
        self._moving: list[asyncio.Task[None]] = []
        self._layer: Any = get_channel_layer()

    async def serve(self) -> None:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BYTES)
        listener.bind(("127.0.0.1", 0))
        listener.listen(2048)
        config = uvicorn.Config(
            self._application,
            interface="asgi3",
            lifespan="off",
            ws="websockets-sansio",
            ws_per_message_deflate=False,
            ws_ping_interval=None,  # sockets rest between rounds, and their clients with them
            log_config=None,
            log_level="error",
            access_log=False,
            proxy_headers=False,
        )
        asyncio.get_running_loop().add_reader(self._pipe.fileno(), self._obey)
        serving = asyncio.create_task(uvicorn.Server(config).serve(sockets=[listener]))
        self._pipe.send(listener.getsockname()[1])
        await serving

    async def _application(self, scope: Mapping[str, Any], receive: object, send: object) -> None:
        consumer = QuotesConsumer if self._way == "hub" else GroupConsumer
        known = {"user": _User(), "per_symbol": self._way == "symbol"}
        await consumer.as_asgi()({**scope, **known}, receive, send)

    def _obey(self) -> None:
        order = self._pipe.recv()
        if order == "look":
            pages = int(Path("/proc/self/statm").read_text().split()[1])
            memory = pages * os.sysconf("SC_PAGE_SIZE") / 2**20
            self._pipe.send((time.monotonic(), time.process_time(), self.ticks, memory))
        elif order == "end":
            for task in self._moving:
                task.cancel()
            self._moving = []
            self.pipeline.flush()
            self._pipe.send(self.stamp)
        else:
            self._moving = [asyncio.create_task(self._move(order))]
            if order == "hub":
                self._moving.append(asyncio.create_task(run_feed.keep_flushing(self.pipeline)))

    async def _move(self, rhythm: str) -> None:
        """Move every symbol ten times a second; a stamp is when a move was due."""
        says: Mapping[str, Callable[[], Awaitable[None]]] = {
            "values": self._group_values,
            "text": self._group_text,
            "symbol": self._group_symbols,
        }
        due = time.monotonic()
        while True:
            self.stamp = round(due * _US)
            self.ticks += 1
            self.pipeline.accept(make_quotes(self.stamp))
            if rhythm in says:
                await says[rhythm]()
            due += STEP_S
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    async def _group_values(self) -> None:
        values = {symbol: orjson.loads(self.pipeline.encode(symbol)) for symbol in SYMBOLS}
        await self._layer.group_send("ticks", {"type": "ticks.values", "data": values})

    async def _group_text(self) -> None:
        values = {symbol: self.pipeline.encode(symbol) for symbol in SYMBOLS}
        await self._layer.group_send("ticks", {"type": "ticks.text", "data": values})

    async def _group_symbols(self) -> None:
        for symbol in SYMBOLS:
            event = {"type": "tick.value", "data": self.pipeline.encode(symbol)}
            await self._layer.group_send(symbol, event)


def serve(pipe: Pipe, way: str) -> None:
    asyncio.run(_Server(pipe, way=way).serve())


# --- The clients ----------------------------------------------------------------------------------
class _Client:
    """A raw socket that speaks just enough WebSocket."""

    def __init__(self, port: int, symbols: Sequence[str], *, narrow: bool = False) -> None:
        self.symbols = symbols
        self.newest: bytes = b""  # the last frame of ticks
        self._received = bytearray()
        self.socket = socket.socket()
        if narrow:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, NARROW)
        self.socket.connect(("127.0.0.1", port))
        self.socket.sendall(
            b"GET /ws/quotes HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        while b"\r\n\r\n" not in self._received:
            self._received += self.socket.recv(4096)
        del self._received[: self._received.index(b"\r\n\r\n") + 4]
        request = orjson.dumps({"action": "subscribe", "symbols": symbols})
        # Masked, as clients must; a mask of zeros leaves the text as it is.
        self.socket.sendall(b"\x81\xfe" + len(request).to_bytes(2) + bytes(4) + request)

    def fileno(self) -> int:
        return self.socket.fileno()

    def receive(self) -> list[bytes]:
        """Read what is there and return the frames that are whole."""
        part = self.socket.recv(2**20)
        if not part:
            raise ConnectionError("the server closed a connection")
        received = self._received
        if not received and part[1] == 126 and len(part) == 4 + int.from_bytes(part[2:4]):  # noqa: PLR2004
            return [part[4:]]  # as nearly always: one frame, and the whole of it
        received += part
        found: list[bytes] = []
        while len(received) > 1:
            length, start = received[1], 2
            if length >= 126:  # noqa: PLR2004 - the length follows, in 2 or 8 bytes
                start = 4 if length == 126 else 10  # noqa: PLR2004
                length = int.from_bytes(received[2:start])
            if len(received) < start + length:
                break
            found.append(bytes(received[start : start + length]))
            del received[: start + length]
        return found


@dataclass(slots=True)
class Report:
    """What the clients of one server saw: updates by how late they were, in tenths of a ms."""

    late: Counter[int] = field(default_factory=Counter)

    @property
    def updates(self) -> int:
        return self.late.total()

    def percentile_ms(self, share: float) -> float:
        left = self.updates * share
        for late, count in sorted(self.late.items()):
            left -= count
            if left <= 0:
                return late / 10
        return 0.0


class _Clients:
    """One process: all sockets of one server, read by one loop."""

    def __init__(self, pipe: Pipe, port: int, count: int) -> None:
        self._pipe = pipe
        self._port = port
        self._report = Report()
        self._frozen: _Client | None = None
        self._selector = selectors.DefaultSelector()
        self._selector.register(pipe, selectors.EVENT_READ)
        choice = random.Random(1)  # noqa: S311 - the same at every run
        self._clients = [_Client(port, choice.sample(SYMBOLS, EACH)) for _ in range(count)]
        for client in self._clients:
            self._selector.register(client, selectors.EVENT_READ)

    def run(self) -> None:
        self._pipe.send("ready")
        while True:
            for key, _ in self._selector.select():
                if isinstance(key.fileobj, _Client):
                    self._read(key.fileobj)
                else:
                    self._obey(*self._pipe.recv())

    def _read(self, client: _Client) -> None:
        found = client.receive()
        now = now_us()
        for frame in found:
            start = frame.find(b'"bs":') + 5
            if start > 5:  # noqa: PLR2004 - not found is -1
                client.newest = frame
                first = frame[start : frame.index(b",", start)]
                count = frame.count(b'"bs":%b,' % first)
                # Mostly all values of a frame are of one move, and looking at each costs time.
                is_one = count == frame.count(b'"bs":')
                stamps = {first: count} if is_one else Counter(_STAMP.findall(frame))
                for stamp, times in stamps.items():
                    self._report.late[(now - int(stamp)) // 100] += times

    def _obey(self, order: str, stamp: int = 0) -> None:
        if order == "freeze":
            self._frozen = _Client(self._port, SYMBOLS, narrow=True)
            self._pipe.send(None)
        elif order == "thaw":
            self._pipe.send(self._thaw(stamp))
        elif order == "stale":
            mark = b'"bs":%d,' % stamp
            stale = sum(client.newest.count(mark) != EACH for client in self._clients)
            self._pipe.send(stale)
        else:
            report, self._report = self._report, Report()
            self._pipe.send(report)

    def _thaw(self, stamp: int) -> tuple[int, bool]:
        """Read all that waits for the frozen client: how many frames, and whether it is whole."""
        client, self._frozen = self._frozen, None
        if client is None:
            raise RuntimeError("nobody is frozen")
        client.socket.settimeout(0.5)
        newest: dict[str, int] = {}
        count = 0
        try:
            while True:
                for frame in client.receive():
                    count += 1
                    for value in orjson.loads(frame).get("data", ()):
                        newest[value["S"]] = value["bs"]
        except TimeoutError:
            client.socket.close()
        return count, newest == dict.fromkeys(SYMBOLS, stamp)


def read(pipe: Pipe, port: int, count: int) -> None:
    gc.freeze()
    _Clients(pipe, port, count).run()


# --- The run --------------------------------------------------------------------------------------
@dataclass(slots=True)
class Measured:
    """One line of the table, one element per round."""

    name: str
    rhythm: str
    seconds: float
    frozen: bool = False
    drains: bool = False  # its server falls behind: what it does until all is sent is counted
    p50s: list[float] = field(default_factory=list)
    p99s: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    cores: list[float] = field(default_factory=list)
    cpu_us: list[float] = field(default_factory=list)
    ticks: list[float] = field(default_factory=list)
    grown_mb: list[float] = field(default_factory=list)
    stale: int = 0
    thawed: list[tuple[int, bool]] = field(default_factory=list)


class Party:
    """A server and its clients, running."""

    def __init__(self, stack: ExitStack, way: str, count: int) -> None:
        self.count = count
        self._server = _start(stack, serve, way)
        self._clients = _start(stack, read, self._server.recv(), count)
        self._clients.recv()

    def measure(self, line: Measured) -> None:
        """One round of one line."""
        if line.frozen:
            _ask(self._clients, ("freeze",))
        if line.drains:
            before = _ask(self._server, "look")
            self._server.send(line.rhythm)
        else:
            self._server.send(line.rhythm)
            time.sleep(WARM_UP_S)
            _ask(self._clients, ("report",))
            before = _ask(self._server, "look")
        time.sleep(line.seconds)
        if line.drains:
            stamp = _ask(self._server, "end")
            after = self._drained()
            report: Report = _ask(self._clients, ("report",))
        else:
            after = _ask(self._server, "look")
            report = _ask(self._clients, ("report",))
            stamp = _ask(self._server, "end")
            time.sleep(SETTLE_S)
        _note(line, before, after, report)
        if line.frozen:
            line.thawed.append(_ask(self._clients, ("thaw", stamp)))
        line.stale += _ask(self._clients, ("stale", stamp))
        _ask(self._clients, ("report",))

    def _drained(self) -> Look:
        """Wait until the server has sent all that waits, and say how it was then."""
        last: Look = _ask(self._server, "look")
        while True:
            time.sleep(SETTLE_S)
            look: Look = _ask(self._server, "look")
            if look[1] - last[1] < IDLE_CPU_S:
                return last
            last = look


def _note(line: Measured, before: Look, after: Look, report: Report) -> None:
    wall, cpu, ticks, grown = (new - old for new, old in zip(after, before, strict=True))
    line.p50s.append(report.percentile_ms(0.5))
    line.p99s.append(report.percentile_ms(0.99))
    line.rates.append(report.updates / wall)
    line.cores.append(cpu / wall)
    line.cpu_us.append(cpu * _US / max(1, report.updates))
    line.ticks.append(ticks / wall)
    line.grown_mb.append(grown)


def _start(stack: ExitStack, target: Callable[..., None], *arguments: object) -> Pipe:
    ours, theirs = multiprocessing.Pipe()
    # Forked, so that all share what is imported already.
    process = multiprocessing.get_context("fork").Process(
        target=target, args=(theirs, *arguments), daemon=True
    )
    process.start()
    stack.callback(process.kill)
    return ours


def _ask(pipe: Pipe, order: object) -> Any:  # noqa: ANN401 - whatever is answered
    pipe.send(order)
    return pipe.recv()


def main() -> int:
    options = _options()
    many, few = options.sockets, options.channels_sockets
    long, short = options.seconds, options.seconds / 4
    ours = [
        Measured(f"hub, {many} sockets", "hub", long),
        Measured("  and one frozen client", "hub", long, frozen=True),
    ]
    theirs = [
        Measured(f"group message a tick, {few} sockets", "values", short, drains=True),
        Measured("  of values encoded once", "text", short, drains=True),
    ]
    name = f"group message an update, {few} sockets"
    each = [Measured(name, "symbol", short, drains=True)]
    with ExitStack() as stack:
        parties = [
            (Party(stack, "hub", many), ours),
            (Party(stack, "group", few), theirs),
            (Party(stack, "symbol", few), each),
        ]
        for _ in range(options.rounds):
            for party, lines in parties:
                for line in lines:
                    party.measure(line)
    _print(options, ours, theirs + each)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds; medians are printed")
    parser.add_argument(
        "--seconds", type=float, default=2.0, help="of a round; Channels: a quarter"
    )
    parser.add_argument("--sockets", type=int, default=1_000, help="of the product's hub")
    parser.add_argument("--channels-sockets", type=int, default=100)
    return parser.parse_args()


def _print(options: argparse.Namespace, ours: list[Measured], theirs: list[Measured]) -> None:
    say(
        f"{EACH} of {len(SYMBOLS)} symbols a socket, {1 / STEP_S:.0f} updates a second; "
        f"medians of {options.rounds} interleaved rounds of {options.seconds:g} s"
    )
    say()
    titles = ("p50 ms", "p99 ms", "ticks/s", "updates/s", "cores", "CPU us an update", "x hub")
    say(f"  {'':<36}" + "".join(f"{title:>{len(title) + 3}}" for title in titles))
    floor = middle(ours[0].cpu_us)
    for line in ours + theirs:
        cpu = middle(line.cpu_us)
        say(
            f"  {line.name:<36}{middle(line.p50s):>9.1f}{middle(line.p99s):>9.1f}"
            f"{middle(line.ticks):>10.1f}{middle(line.rates):>12,.0f}{middle(line.cores):>8.2f}"
            f"{cpu:>19.2f}{cpu / floor:>8.1f}"
        )
    plain, frozen = ours[0], ours[1]
    thawed = [count for count, _ in frozen.thawed]
    say()
    say(f"  frozen: p99 {middle(frozen.p99s) / middle(plain.p99s):.2f} of without;")
    say(f"    memory of the server {sum(frozen.grown_mb):+.2f} MiB in all its rounds,")
    say(f"    {max(frozen.grown_mb):+.2f} at most (without: {sum(plain.grown_mb):+.2f} in all);")
    say(f"    thawed, it found {middle(thawed):.0f} frames, the newest value of every symbol:")
    say(f"    {all(is_newest for _, is_newest in frozen.thawed)}")
    say(f"  sockets whose last frame was not the last tick: {sum(line.stale for line in ours)}")
    ratio = middle(theirs[0].cpu_us) / floor
    _judge(f"p99 < {P99_MS_MAX:.0f} ms", middle(plain.p99s), is_met=middle(plain.p99s) < P99_MS_MAX)
    _judge(f"cores < {CORES_MAX}", middle(plain.cores), is_met=middle(plain.cores) < CORES_MAX)
    _judge(f"group message >= {RATIO_MIN:.0f} x hub", ratio, is_met=ratio >= RATIO_MIN)


def _judge(target: str, found: float, *, is_met: bool) -> None:
    say(f"  target {target:<28}{found:>8.2f}  {'met' if is_met else 'MISSED'}")


if __name__ == "__main__":
    sys.exit(main())
