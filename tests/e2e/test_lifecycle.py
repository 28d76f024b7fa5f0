"""Starting, stopping, starting again; two side by side; days that end."""

import json
import signal
import socket
import stat

import httpx
import pytest
from websockets.sync.client import connect
from websockets.typing import Origin

from tests.e2e import orders
from tests.e2e.platform import Platform, free_port

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def alice(platform):
    return platform.client("alice")


def test_it_says_that_it_lives_and_is_ready(platform):
    stranger = platform.stranger()
    for path, status in (("/healthz", "alive"), ("/readyz", "ready")):
        answer = stranger.get(path)
        assert (answer.status_code, answer.json()["status"]) == (200, status)


def test_the_demo_file_is_private_and_names_everybody(platform):
    path = platform.var / "demo.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    demo = json.loads(path.read_text())
    assert demo["base_url"] == platform.base_url
    people = {user["username"]: user for user in demo["users"]}
    assert {name: user["role"] for name, user in people.items()} == {
        "alice": "TRADER",
        "bob": "TRADER",
        "charlie": "TRADER",
        "officer": "COMPLIANCE_OFFICER",
        "principal": "COMPLIANCE_PRINCIPAL",
        "admin": "ADMINISTRATOR",
    }
    for user in people.values():
        assert user["name"] and user["password"]
        is_trader = user["role"] == "TRADER"
        assert bool(user["api_key"]) is bool(user["secret_key"]) is is_trader
    assert stat.S_IMODE((platform.var / "postgres.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((platform.var / "secret_key").stat().st_mode) == 0o600


def test_everybody_can_sign_in_with_the_demo_passwords(platform):
    for username, user in platform.users().items():
        browser = platform.browser(username)
        place = "/" if user["role"] == "TRADER" else "/admin/"
        assert browser.get(place).status_code == 200


def test_a_second_run_on_the_same_database_is_refused_and_says_who_has_it(platform, tmp_path):
    password = json.loads((platform.var / "postgres.json").read_text())["openbell_app"]
    port = (platform.data / "postmaster.pid").read_text().splitlines()[3]
    url = f"postgresql://openbell_app:{password}@127.0.0.1:{port}/openbell"
    second = platform.manage("run", VAR=str(tmp_path), PORT=str(free_port()), DATABASE_URL=url)
    assert second.returncode != 0
    said = second.stdout + second.stderr
    assert f"already runs on this database: openbell desk pid {platform.pid} on " in said
    assert "backend" in said
    assert password not in said
    assert platform.stranger().get("/readyz").status_code == 200


def test_a_second_run_on_the_same_data_folder_is_refused(platform, alice):
    refusal = platform.manage("run")
    assert refusal.returncode == 1
    assert f"the platform already runs on {platform.var}" in refusal.stderr
    assert "Traceback" not in refusal.stderr
    assert alice.get("/readyz").status_code == 200


def test_a_command_beside_the_running_platform_leaves_it_its_database(platform, alice):
    platform.require_true_books()
    assert alice.get("/v2/account").status_code == 200


def test_a_port_in_use_is_refused(platform):
    with Platform() as other, socket.socket() as taken:
        taken.bind(("127.0.0.1", other.port))
        taken.listen()
        refusal = other.manage("run")
        assert refusal.returncode != 0
        assert f"could not start on {other.base_url}; is the port free?" in refusal.stderr
        assert "Traceback" not in refusal.stderr
        assert other.database_pids() == []


def test_two_platforms_side_by_side_know_nothing_of_each_other(platform, alice):
    with Platform() as other:
        other.start()
        assert other.users()["alice"]["api_key"] != platform.users()["alice"]["api_key"]
        placed = orders.place(alice, orders.resting())
        theirs = other.client("alice")
        assert theirs.get(f"/v2/orders/{placed['id']}").status_code == 404
        assert theirs.get("/v2/account").json()["id"] != alice.get("/v2/account").json()["id"]
        keys = {name: alice.headers[name] for name in ("APCA-API-KEY-ID", "APCA-API-SECRET-KEY")}
        assert other.stranger().get("/v2/account", headers=keys).status_code == 401
        other.stop()
    assert alice.get("/readyz").status_code == 200


@pytest.mark.parametrize("time_in_force", ["day", "gtc"])
def test_an_order_whose_time_is_over_expires(platform, alice, time_in_force):
    power = alice.get("/v2/account").json()["buying_power"]
    placed = orders.place(alice, orders.resting(time_in_force=time_in_force))
    orders.await_status(alice, placed["id"], "new")
    assert alice.get("/v2/account").json()["buying_power"] != power
    with platform.database(role="openbell") as connection:
        connection.execute(
            "UPDATE oms_order SET expires_at = now() - interval '1 second' WHERE id = %s",
            [placed["id"]],
        )
    expired = orders.await_status(alice, placed["id"], "expired")
    assert expired["expired_at"] is not None
    assert expired["filled_qty"] == "0"
    assert alice.get("/v2/account").json()["buying_power"] == power
    late = alice.delete(f"/v2/orders/{placed['id']}")
    assert (late.status_code, late.json()["code"]) == (422, 42210000)
    assert late.json()["message"] == 'order is already in "expired" state'


# --- Stopping and starting again ------------------------------------------------------------------


def snapshot(client):
    """Return what must be the same after a restart; the market moves, so without its marks."""
    account = client.get("/v2/account").json()
    positions = client.get("/v2/positions").json()
    return {
        "account": {name: account[name] for name in ("id", "account_number", "cash", "created_at")},
        "orders": orders.list_all(client),
        "positions": [
            {name: one[name] for name in ("symbol", "qty", "qty_available", "cost_basis")}
            for one in positions
        ],
    }


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_it_stops_with_sockets_open_and_starts_again_with_everything(number):
    with Platform() as platform:
        platform.start()
        alice, browser = platform.client("alice"), platform.browser("alice")
        bought = orders.place(alice, orders.body(qty="3"))
        orders.await_status(alice, bought["id"], "filled")
        sold = orders.place(alice, orders.body(qty="1.5", side="sell"))
        orders.await_status(alice, sold["id"], "filled")
        waiting = orders.place(alice, orders.resting(qty="4"))
        orders.await_status(alice, waiting["id"], "new")
        before, people = snapshot(alice), platform.users()

        cookies = f"sessionid={browser.cookies['sessionid']}"
        socket_url = platform.base_url.replace("http", "ws")
        with (
            connect(
                f"{socket_url}/ws/account",
                origin=Origin(platform.base_url),
                additional_headers={"Cookie": cookies},
            ) as account,
            connect(
                f"{socket_url}/ws/quotes",
                origin=Origin(platform.base_url),
                additional_headers={"Cookie": cookies},
            ) as quotes,
        ):
            assert account.recv(timeout=30)
            assert quotes.recv(timeout=30)
            platform.stop(number=number)
        with pytest.raises(httpx.TransportError):
            alice.get("/healthz")

        platform.start()
        assert platform.users() == people
        again = platform.client("alice")
        assert snapshot(again) == before
        assert browser.get("/v2/account").status_code == 200, "the browser is signed in still"
        assert again.delete(f"/v2/orders/{waiting['id']}").status_code == 204
        ended = orders.await_status(again, waiting["id"], "canceled")
        assert ended["filled_qty"] == "0"
        platform.require_true_books()
        platform.stop()


def test_a_killed_platform_leaves_its_database_to_the_next():
    with Platform() as platform:
        platform.start()
        database = platform.database_pids()[0]
        platform.kill()
        assert platform.database_pids()[0] == database
        platform.start()
        assert platform.database_pids()[0] == database
        platform.stop()
        platform.require_true_books()
        assert platform.database_pids() == [], "a command stops the database it had to start"


def test_it_starts_at_once_after_everything_was_killed():
    with Platform() as platform:
        platform.start()
        platform.kill()
        platform.kill_database()
        platform.start()
        platform.stop()
