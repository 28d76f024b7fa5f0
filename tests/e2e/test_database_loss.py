"""The database goes away under the platform: nobody is told yes, and every part comes back."""

from typing import Any

import httpx
import orjson
import pytest
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from tests.e2e import orders
from tests.e2e.platform import Platform, until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

# 503: nothing was done, try again later. 504: nobody knows, ask by client order id.
HONEST = frozenset({503, 504})
PARTS = {
    "beat", "database", "desk", "market data", "reader account-screens", "reader kill-switch",
    "reader providers", "worker", "day start",
}  # fmt: skip

ENGAGE = """
from risk import interface as risk
from risk.contracts import SwitchScope
from trading.kernel.clock import utc_now
risk.engage_kill_switch(
    scope=SwitchScope.FIRM, actor="user:principal", reason="a test", now=utc_now()
)
"""
LIFT = """
from risk import interface as risk
from trading.kernel.clock import utc_now
for one in risk.list_active_switches():
    risk.lift_kill_switch(switch_id=one.id, actor="user:other", reason="over", now=utc_now())
"""


def do(platform: Platform, script: str) -> None:
    done = platform.manage("shell", "-c", script)
    assert done.returncode == 0, done.stdout + done.stderr


def account_socket(platform: Platform, browser: httpx.Client) -> ClientConnection:
    return connect(
        f"{platform.base_url.replace('http', 'ws')}/ws/account",
        origin=Origin(platform.base_url),
        additional_headers={"Cookie": f"sessionid={browser.cookies['sessionid']}"},
    )


def await_frame(socket: ClientConnection, *, kind: str) -> dict[str, Any]:
    return until(
        lambda: next((one for one in [orjson.loads(socket.recv(60))] if one["type"] == kind), None),
        what=f"a frame of kind {kind}",
    )


def place_at_last(client: httpx.Client, **changes: object) -> dict[str, Any]:
    """Place as a patient client does; each answer until then must be an honest one."""

    def answer() -> dict[str, Any] | None:
        found = client.post("/v2/orders", json=orders.body(**changes))
        if found.status_code == 422 and "existing_order_id" in found.json():
            return orders.get(client, found.json()["existing_order_id"])
        assert found.status_code in {200, *HONEST}, found.text
        if found.status_code != 200:
            assert found.json()["code"] // 100_000 == found.status_code
            return None
        placed: dict[str, Any] = found.json()
        return placed

    return until(answer, what="an order to be taken", seconds=120)


def require_a_death_told(platform: Platform, name: str) -> None:
    """A part that slept notices its lost connection at its next look only."""

    def death() -> dict[str, Any] | None:
        part = platform.stranger().get("/readyz").json()["parts"][name]
        return part["last_death"] if part["deaths"] else None

    assert until(death, what=f"the death of {name} to be told")["reason"]


def open_orders(client: httpx.Client) -> list[dict[str, Any]]:
    answer = client.get("/v2/orders", params={"status": "open", "limit": 500})
    return answer.json() if answer.status_code == 200 else [{"not": "known"}]


def require_a_switch_that_binds(platform: Platform, client: httpx.Client) -> None:
    waiting = [place_at_last(client, **orders.resting(symbol="BAC", limit_price="1.00"))
               for _ in range(26)]  # fmt: skip
    assert len(open_orders(client)) == len(waiting)
    do(platform, ENGAGE)
    until(lambda: not open_orders(client), what="26 orders to be canceled", seconds=30)
    do(platform, LIFT)


@pytest.fixture(scope="module")
def alice(platform):
    client = platform.client("alice")
    client.timeout = 120
    return client


def test_each_part_is_told_with_its_lag_and_its_last_death(platform):
    body = platform.stranger().get("/readyz").json()
    assert body["status"] == "ready"
    assert set(body["parts"]) == PARTS
    for part in body["parts"].values():
        assert set(part) == {"lag_seconds", "deaths", "last_death"}


def test_every_connection_is_cut_and_every_part_comes_back(platform, alice):
    browser = platform.browser("alice")
    with account_socket(platform, browser) as socket:
        await_frame(socket, kind="snapshot")
        with platform.database(role="openbell") as owner:
            owner.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )
        placed = place_at_last(alice, client_order_id="after the cut")
        platform.await_answer("/readyz", status=200)
        await_frame(socket, kind="snapshot")  # what was not told meanwhile nobody knows
        orders.await_status(alice, placed["id"], "filled")
        place_at_last(alice, client_order_id="heard")
        await_frame(socket, kind="update")
    for name in ("database", "desk", "reader kill-switch", "reader account-screens"):
        require_a_death_told(platform, name)
    require_a_switch_that_binds(platform, alice)


def test_every_statement_is_canceled_for_a_while_and_every_part_comes_back(platform, alice):
    with platform.database(role="openbell") as owner:
        for _ in range(200):
            owner.execute(
                "SELECT pg_cancel_backend(pid) FROM pg_stat_activity "
                "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )
    placed = place_at_last(alice, client_order_id="after the cancels")
    orders.await_status(alice, placed["id"], "filled")
    platform.await_answer("/readyz", status=200)
    require_a_switch_that_binds(platform, alice)


def test_a_killed_server_is_started_again_and_orders_are_honest_meanwhile(platform, alice):
    cash = orders.cash(alice)
    platform.kill_database()
    answer = alice.post("/v2/orders", json=orders.body(client_order_id="lost"))
    assert answer.status_code in {200, *HONEST}, answer.text
    assert alice.get("/healthz").status_code == 200
    placed = place_at_last(alice, client_order_id="lost")
    orders.await_status(alice, placed["id"], "filled")
    assert orders.cash(alice) < cash
    platform.await_answer("/readyz", status=200)
    require_a_switch_that_binds(platform, alice)


def test_the_books_are_true_after_all_of_it(platform):
    platform.require_true_books()
