"""
How long POST /v2/orders takes and what it costs, next to a bare commit of the same rows.

The real platform runs as its own process on a temporary data folder, with all durability on. See
README.md for what each number means.
"""

import argparse
import atexit
import csv
import json
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import psycopg

from bench import bare_commit
from bench.platform_process import (
    FILL_SECONDS_MAX,
    ROOT,
    RunningPlatform,
    Trader,
    manage,
    run_module,
    running_platform,
)
from bench.stats import (
    cpu_seconds,
    fdatasync_ms,
    middle,
    percentile,
    say,
    tree_cpu_seconds,
)
from trading.infra import embedded

CLIENTS = 16
OPEN_CONNECTIONS = 64  # so that the load generator itself is never what an order waits for
SYMBOLS = ("F", "BAC", "KO", "WMT", "XOM", "DIS")
STOCK = 100  # shares each account holds before the first round
WARM_UP_SECONDS = 1.5
SETTLE_SECONDS = 0.4  # fills are booked after the answer; their cost is the order's, too
IDLE_SECONDS = 2.0

_DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


@dataclass(slots=True)
class Measured:
    """One line of the table, one element per round."""

    name: str
    rates: list[float] = field(default_factory=list)
    p50s: list[float] = field(default_factory=list)
    p99s: list[float] = field(default_factory=list)
    client_cpu: list[float] = field(default_factory=list)  # ms per order of the process that serves
    database_cpu: list[float] = field(default_factory=list)
    orders: int = 0

    def line(self) -> str:
        served, stored = middle(self.client_cpu), middle(self.database_cpu)
        return (
            f"  {self.name:<34}{middle(self.rates):>9.0f}{middle(self.p50s):>9.2f}"
            f"{middle(self.p99s):>9.2f}{served:>10.2f}{stored:>10.2f}{served + stored:>8.2f}"
        )


@dataclass(slots=True)
class Bench:
    """The running platform and what has been measured on it."""

    platform: RunningPlatform
    postmaster: int
    url: str
    requests: list[str]
    refused: Counter[str] = field(default_factory=Counter)
    unanswered: int = 0
    sent: int = 0

    def post(self, measured: Measured, *, seconds: float, rate: float) -> None:
        """One round of orders over HTTP; the resting ones are canceled after it, uncounted."""
        job = {
            "port": self.platform.port,
            "requests": self.requests,
            "connections": OPEN_CONNECTIONS if rate else CLIENTS,
            "seconds": seconds,
            "rate": rate,
        }
        server, database = cpu_seconds(self.platform.pid), tree_cpu_seconds(self.postmaster)
        done = json.loads(run_module("bench.load", var=self.platform.var, job=job))
        time.sleep(SETTLE_SECONDS)
        server = cpu_seconds(self.platform.pid) - server
        database = tree_cpu_seconds(self.postmaster) - database
        self.refused.update(done["refused"])
        self.unanswered += done["unanswered"]
        accepted = len(done["latencies_ms"])
        self.sent += accepted + sum(done["refused"].values()) + done["unanswered"]
        _note(measured, done, orders=accepted, served=server, stored=database)
        for trader in self.platform.traders:
            self.platform.call(trader, "DELETE", "/v2/orders")

    def bare(self, measured: Measured, *, seconds: float, rate: float) -> None:
        """One round of bare commits."""
        job = {"url": self.url, "workers": CLIENTS, "seconds": seconds, "rate": rate}
        database = tree_cpu_seconds(self.postmaster)
        done = json.loads(run_module("bench.bare_commit", var=self.platform.var, job=job))
        time.sleep(SETTLE_SECONDS)
        database = tree_cpu_seconds(self.postmaster) - database
        if done["failed"]:
            raise RuntimeError(f"{done['failed']} bare commits failed")
        orders = len(done["latencies_ms"])
        _note(measured, done, orders=orders, served=done["cpu_seconds"], stored=database)


def _note(
    measured: Measured, done: dict[str, Any], *, orders: int, served: float, stored: float
) -> None:
    if not orders:
        raise RuntimeError(f"{measured.name}: not one order was accepted: {done}")
    measured.rates.append(orders / done["seconds"])
    measured.p50s.append(percentile(done["latencies_ms"], 0.50))
    measured.p99s.append(percentile(done["latencies_ms"], 0.99))
    measured.client_cpu.append(served * 1000 / orders)
    measured.database_cpu.append(stored * 1000 / orders)
    measured.orders += orders


def main() -> int:
    options = _options()
    # Ended from outside, it still stops the platform and the database that it started.
    signal.signal(signal.SIGTERM, _end)
    var = Path(tempfile.mkdtemp(prefix="openbell-bench-"))
    var.chmod(0o755)  # a database that runs as another user must get in
    # At the very end: the database, which is also held by us, leaves before.
    atexit.register(shutil.rmtree, var, ignore_errors=True)
    server = embedded.start(var=var)
    with running_platform(var) as platform:
        bench = _prepare(platform, server)
        say(f"{len(platform.traders)} accounts, simulated feed, {_durability(bench.url)}")
        idle = _idle(bench)
        _warm_up(bench)
        _measure(bench, options)
    sound = [_check(name, var) for name in ("check_books", "verify_records")]
    syncs = fdatasync_ms(var)
    say(
        f"Disk: fdatasync p50 {percentile(syncs, 0.5):.2f} ms, p99 {percentile(syncs, 0.99):.2f} ms"
    )
    say(f"Idle: {idle[0]:.0f} ms CPU a second, the database {idle[1]:.0f} (contained above)")
    accepted = bench.sent - bench.refused.total() - bench.unanswered
    say(
        f"Orders: {bench.sent} sent, {accepted} accepted, {bench.refused.total()} refused, "
        f"{bench.unanswered} unanswered"
    )
    for text, count in bench.refused.most_common(5):
        say(f"  refused {count} times: {text}")
    return 0 if all(sound) and not bench.refused and not bench.unanswered else 1


def _end(*_: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough: the cleaning up is not cut off
    sys.exit(1)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=200, help="orders a second, open loop")
    parser.add_argument("--seconds", type=float, default=3, help="length of an open-loop round")
    parser.add_argument("--rounds", type=int, default=5, help="rounds; medians are printed")
    return parser.parse_args()


def _prepare(platform: RunningPlatform, server: embedded.Embedded) -> Bench:
    bare_commit.prepare(
        owner_url=server.url(role=embedded.OWNER_ROLE),
        application_role=embedded.APPLICATION_ROLE,
    )
    postmaster = int((server.data / "postmaster.pid").read_text().split("\n", 1)[0])
    prices = _reference_prices()
    symbols = {
        trader: SYMBOLS[number % len(SYMBOLS)] for number, trader in enumerate(platform.traders)
    }
    for trader, symbol in symbols.items():
        order = _order(symbol, "buy", "day", STOCK, prices[symbol] * Decimal("1.03"))
        platform.call(trader, "POST", "/v2/orders", order)
    _await_stock(platform)
    return Bench(
        platform=platform,
        postmaster=postmaster,
        url=server.url(role=embedded.APPLICATION_ROLE),
        requests=[
            _request(platform, trader, order)
            for turn in range(3)
            for trader, symbol in symbols.items()
            for order in [_turn(turn, symbol, prices[symbol])]
        ],
    )


def _turn(turn: int, symbol: str, price: Decimal) -> dict[str, str]:
    """A buy that fills, a buy that rests, a sale that fills: in the end nothing is held more."""
    if turn == 0:
        return _order(symbol, "buy", "ioc", 1, price * Decimal("1.03"))
    if turn == 1:
        return _order(symbol, "buy", "day", 1, price * Decimal("0.50"))
    return _order(symbol, "sell", "ioc", 1, price * Decimal("0.97"))


def _order(symbol: str, side: str, life: str, qty: int, price: Decimal) -> dict[str, str]:
    return {
        "symbol": symbol,
        "side": side,
        "type": "limit",
        "time_in_force": life,
        "qty": str(qty),
        "limit_price": str(price.quantize(Decimal("0.01"))),
    }


def _request(platform: RunningPlatform, trader: Trader, order: dict[str, str]) -> str:
    body = json.dumps(order)
    headers = {
        "Host": f"127.0.0.1:{platform.port}",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        **trader.headers(),
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST /v2/orders HTTP/1.1\r\n{lines}\r\n{body}"


def _reference_prices() -> dict[str, Decimal]:
    """Where the simulated market starts; it moves by far less than our limits are away from it."""
    with (ROOT / "marketdata" / "data" / "security_master.csv").open(newline="") as file:
        return {row["symbol"]: Decimal(row["reference_price"]) for row in csv.DictReader(file)}


def _await_stock(platform: RunningPlatform) -> None:
    deadline = time.monotonic() + FILL_SECONDS_MAX
    for trader in platform.traders:
        while not _holds_stock(platform.call(trader, "GET", "/v2/positions")):
            if time.monotonic() > deadline:
                raise RuntimeError("the opening buys were not filled")
            time.sleep(0.05)


def _holds_stock(positions: list[dict[str, Any]]) -> bool:
    return bool(positions) and positions[0]["qty"] == str(STOCK)


def _durability(url: str) -> str:
    """
    Say that the database is as durable as the product promises.

    :raises RuntimeError: if it is not
    """
    with psycopg.connect(url) as connection:
        for name, wanted in _DURABLE.items():
            row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
            if row != (wanted,):
                raise RuntimeError(f"{name} is {row}: this would measure something else")
    return ", ".join(f"{name}={wanted}" for name, wanted in _DURABLE.items())


def _idle(bench: Bench) -> tuple[float, float]:
    """Return ms of CPU a second of the platform and its database when nobody trades."""
    server, database = cpu_seconds(bench.platform.pid), tree_cpu_seconds(bench.postmaster)
    time.sleep(IDLE_SECONDS)
    server = cpu_seconds(bench.platform.pid) - server
    database = tree_cpu_seconds(bench.postmaster) - database
    return server * 1000 / IDLE_SECONDS, database * 1000 / IDLE_SECONDS


def _warm_up(bench: Bench) -> None:
    bench.post(Measured("warm-up"), seconds=WARM_UP_SECONDS, rate=0)
    bench.bare(Measured("warm-up"), seconds=WARM_UP_SECONDS / 3, rate=0)


def _measure(bench: Bench, options: argparse.Namespace) -> None:
    rate, seconds = options.rate, options.seconds
    runs: list[tuple[Measured, Callable[..., None], float, float]] = [
        (Measured(f"POST /v2/orders, {rate:.0f}/s open loop"), bench.post, seconds, rate),
        (Measured(f"bare commit, {rate:.0f}/s open loop"), bench.bare, seconds, rate),
        (Measured(f"POST /v2/orders, {CLIENTS} clients"), bench.post, seconds / 2, 0),
        (Measured(f"bare commit, {CLIENTS} clients"), bench.bare, seconds / 2, 0),
    ]
    for _ in range(options.rounds):
        for measured, act, length, offered in runs:
            act(measured, seconds=length, rate=offered)
    lines = [measured for measured, *_ in runs]
    say(
        f"Medians of {options.rounds} interleaved rounds of {seconds:g} s; {seconds / 2:g} s closed"
    )
    say()
    say(f"  {'':<34}{'orders/s':>9}{'p50 ms':>9}{'p99 ms':>9}   CPU ms an order")
    say(f"  {'':<34}{'':>27}{'process':>10}{'database':>10}{'sum':>8}")
    for measured in lines:
        say(measured.line())
    for ours, bare in ((lines[0], lines[1]), (lines[2], lines[3])):
        say(_ratio(ours, bare))
    say()


def _ratio(ours: Measured, bare: Measured) -> str:
    def cpu(measured: Measured) -> float:
        return middle(measured.client_cpu) + middle(measured.database_cpu)

    kind = ours.name.rpartition(", ")[2]
    return (
        f"  {f'ratio, {kind}':<34}{middle(ours.rates) / middle(bare.rates):>9.2f}"
        f"{middle(ours.p50s) / middle(bare.p50s):>9.2f}"
        f"{middle(ours.p99s) / middle(bare.p99s):>9.2f}{cpu(ours) / cpu(bare):>28.2f}"
    )


def _check(command: str, var: Path) -> bool:
    sound, text = manage(command, var=var)
    say(f"{command}: {text.splitlines()[-1] if sound and text else text}")
    return sound


if __name__ == "__main__":
    sys.exit(main())
