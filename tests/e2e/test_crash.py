"""``kill -9`` during a stream of orders, twenty times: nothing acknowledged is lost or doubled."""

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal

import httpx
import pytest

from tests.e2e import orders
from tests.e2e.platform import Platform, until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]

CRASHES = 20
STREAMS = ("alice", "bob") * 3
SYMBOLS = ("BAC", "F", "KO")  # cheap enough that nobody runs out of money
OPENING_CASH = Decimal(100_000)
PAUSE_SECONDS_MAX = 0.01
# What an answer of this kind says of its order: it was not placed.
REFUSED = frozenset({403, 422})


@dataclass
class Memory:
    """What the clients know of their orders, by (username, client order id)."""

    acknowledged: dict[tuple[str, str], str] = field(default_factory=dict)
    refused: set[tuple[str, str]] = field(default_factory=set)
    canceled: set[tuple[str, str]] = field(default_factory=set)
    # Sent, and no answer came back.
    unknown: dict[tuple[str, str], dict[str, object]] = field(default_factory=dict)


class Stream(threading.Thread):
    """A client that sends one order after the other until the platform is gone."""

    def __init__(self, platform: Platform, username: str, *, name: str, seed: str) -> None:
        super().__init__(name=name)
        self.memory = Memory()
        self._client = platform.client(username)
        self._username = username
        self._random = random.Random(seed)

    def run(self) -> None:
        number = 0
        try:
            while True:
                number += 1
                self._send(f"{self.name}-{number}")
                time.sleep(self._random.uniform(0, PAUSE_SECONDS_MAX))
        except httpx.TransportError:
            pass  # killed: what was under way stays unknown
        finally:
            self._client.close()

    def _send(self, name: str) -> None:
        key = (self._username, name)
        order = {**self._order(), "client_order_id": name}
        self.memory.unknown[key] = order
        answer = self._client.post("/v2/orders", json=order)
        if answer.status_code in REFUSED:
            del self.memory.unknown[key]
            self.memory.refused.add(key)
        elif answer.status_code == 200:
            del self.memory.unknown[key]
            self.memory.acknowledged[key] = answer.json()["id"]
            if "limit_price" in order and self._random.random() < 0.5:
                self._cancel(key)
        else:  # the database went first: the answer must not pretend to know
            assert answer.status_code in {500, 503, 504}, answer.text

    def _cancel(self, key: tuple[str, str]) -> None:
        answer = self._client.delete(f"/v2/orders/{self.memory.acknowledged[key]}")
        if answer.status_code == 204:
            self.memory.canceled.add(key)

    def _order(self) -> dict[str, object]:
        side = self._random.choice(("buy", "buy", "sell"))
        order = orders.body(
            symbol=self._random.choice(SYMBOLS), qty=str(self._random.randint(1, 5)), side=side
        )
        if self._random.random() < 0.4:  # a limit that waits
            price = "5.00" if side == "buy" else "500.00"
            order |= {"type": "limit", "limit_price": price, "time_in_force": "gtc"}
        return order


def merge(memories: list[Memory]) -> Memory:
    whole = Memory()
    for memory in memories:
        whole.acknowledged |= memory.acknowledged
        whole.refused |= memory.refused
        whole.canceled |= memory.canceled
        whole.unknown |= memory.unknown
    return whole


def crash_during_orders(platform: Platform, *, crash: int, chance: random.Random) -> Memory:
    """Stream orders, kill the platform at a random moment; return what the clients know."""
    streams = [
        Stream(platform, username, name=f"{crash}-{number}", seed=f"{crash}:{number}")
        for number, username in enumerate(STREAMS)
    ]
    for stream in streams:
        stream.start()
    until(lambda: any(stream.memory.acknowledged for stream in streams), what="an order")
    time.sleep(chance.uniform(0.05, 1.0))
    if crash % 3 == 0:
        platform.cut_power(database_first=chance.random() < 0.5)
    else:
        platform.kill()
    for stream in streams:
        stream.join()
    return merge([stream.memory for stream in streams])


class Truth:
    """Asks the restarted platform what there is."""

    def __init__(self, platform: Platform) -> None:
        self.clients = {name: platform.client(name) for name in sorted(set(STREAMS))}

    def find(self, key: tuple[str, str]) -> dict[str, object] | None:
        username, name = key
        answer = self.clients[username].get(
            "/v2/orders:by_client_order_id", params={"client_order_id": name}
        )
        assert answer.status_code in {200, 404}, answer.text
        found: dict[str, object] | None = answer.json() if answer.status_code == 200 else None
        return found

    def find_many(self, keys: list[tuple[str, str]]) -> list[dict[str, object] | None]:
        with ThreadPoolExecutor(4) as pool:
            return list(pool.map(self.find, keys))

    def require(self, memory: Memory) -> None:
        """Every acknowledged order is there under its id, canceled if that was acknowledged too."""
        keys = list(memory.acknowledged)
        for key, order in zip(keys, self.find_many(keys), strict=True):
            assert order is not None, f"the acknowledged order {key} is missing"
            assert order["id"] == memory.acknowledged[key]
            if key in memory.canceled:
                assert order["status"] == "canceled", f"{key} was canceled before the crash"
        refused = list(memory.refused)
        for key, order in zip(refused, self.find_many(refused), strict=True):
            assert order is None, f"{key} was refused, and is there"

    def settle(self, memory: Memory) -> None:
        """Send again what got no answer: it exists already, or is placed or refused now, once."""
        for key, order in memory.unknown.items():
            before = self.find(key)
            answer = self.clients[key[0]].post("/v2/orders", json=order)
            if before is not None:
                assert answer.status_code == 422, answer.text
                assert answer.json()["existing_order_id"] == before["id"]
                memory.acknowledged[key] = str(before["id"])
            elif answer.status_code == 200:
                memory.acknowledged[key] = answer.json()["id"]
            else:
                assert answer.status_code == 403, answer.text
                memory.refused.add(key)
        memory.unknown.clear()


@pytest.fixture(scope="module")
def survived():
    """Return the platform after all its crashes, with everything that its clients know."""
    chance = random.Random("twenty crashes")
    memories = []
    with Platform() as platform:
        platform.start()
        for crash in range(1, CRASHES + 1):
            memory = crash_during_orders(platform, crash=crash, chance=chance)
            platform.start()
            truth = Truth(platform)
            for client in truth.clients.values():
                assert client.get("/v2/account").status_code == 200
            truth.require(memory)
            truth.settle(memory)
            memories.append(memory)
        yield platform, merge(memories)
        platform.stop()


def test_no_acknowledged_order_is_missing_or_another_after_all_crashes(survived):
    platform, memory = survived
    assert len(memory.acknowledged) >= CRASHES
    Truth(platform).require(memory)


def test_no_order_is_doubled_or_made_up(survived):
    platform, memory = survived
    with platform.database(role="openbell_app") as connection:
        rows = connection.execute(
            "SELECT u.username, o.cl_ord_id, o.id::text FROM oms_order o "
            "JOIN oms_account a ON a.id = o.account_id JOIN identity_user u ON u.id = a.owner_id "
            "WHERE o.status <> 'DENIED'"
        ).fetchall()
    assert Counter((row[0], row[1]) for row in rows).most_common(1)[0][1] == 1
    assert {(row[0], row[1]): row[2] for row in rows} == memory.acknowledged


def test_positions_and_cash_are_what_the_executions_say(survived):
    platform, _ = survived
    for username, client in Truth(platform).clients.items():
        # Nothing that could still fill may wait while two reads are compared.
        assert client.delete("/v2/orders").status_code == 207
        expected_cash, expected_qty = OPENING_CASH, Counter[str]()
        with platform.database(role="openbell_app") as connection:
            executions = connection.execute(
                "SELECT e.symbol, e.side, e.last_qty, e.last_px FROM oms_execution e "
                "JOIN oms_account a ON a.id = e.account_id "
                "JOIN identity_user u ON u.id = a.owner_id WHERE u.username = %s",
                [username],
            ).fetchall()
        assert executions
        for symbol, side, qty, px in executions:
            sign = 1 if side == "BUY" else -1
            expected_cash -= sign * qty * px
            expected_qty[symbol] += sign * qty
        held = {one["symbol"]: Decimal(one["qty"]) for one in client.get("/v2/positions").json()}
        assert held == {symbol: qty for symbol, qty in expected_qty.items() if qty}
        assert orders.cash(client) == expected_cash


def test_the_books_balance_and_the_records_verify(survived):
    platform, _ = survived
    platform.require_true_books()
