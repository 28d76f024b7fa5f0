"""A client that stops reading, over a real socket, costs the platform nothing."""

import json
import socket

import pytest
from websockets.sync.client import ClientConnection, connect

from tests.e2e.platform import Platform, until

pytestmark = pytest.mark.e2e

# Fast enough to fill every buffer on the way in seconds.
SPEED = "200"
NARROW = 4096


@pytest.fixture(scope="module")
def platform():
    with Platform(SPEED=SPEED) as running:
        running.start()
        yield running
        running.stop()


def log_in(platform: Platform, username: str, **options) -> ClientConnection:
    user = platform.users()[username]
    client = connect(
        f"ws://127.0.0.1:{platform.port}/v2/iex", max_size=None, legacy=True, **options
    )
    assert json.loads(client.recv()) == [{"T": "success", "msg": "connected"}]
    client.send(
        json.dumps({"action": "auth", "key": user["api_key"], "secret": user["secret_key"]})
    )
    (answer,) = json.loads(client.recv())
    if answer["T"] == "error":
        client.close()
        raise ConnectionRefusedError(answer["code"])
    return client


def narrow_socket(platform: Platform) -> socket.socket:
    """A connection whose own buffer is small, so that the platform's fill early."""
    narrow = socket.socket()
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, NARROW)
    narrow.connect(("127.0.0.1", platform.port))
    return narrow


def resident_kb(platform: Platform) -> int:
    with open(f"/proc/{platform.pid}/status") as status:  # noqa: PTH123 - not a file of ours
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def test_a_frozen_client_is_dropped_and_its_account_may_come_back(platform):
    frozen = log_in(
        platform, "alice", sock=narrow_socket(platform), max_queue=1, ping_interval=None
    )
    reader = log_in(platform, "bob")
    everything = json.dumps({"action": "subscribe", "trades": ["*"], "quotes": ["*"]})
    for client in (frozen, reader):
        client.send(everything)

    def returns() -> ClientConnection | None:
        # Bob reads all the while; Alice does not read at all.
        for _ in range(20):
            reader.recv(timeout=10)
        try:
            return log_in(platform, "alice")
        except ConnectionRefusedError:
            return None

    before = resident_kb(platform)
    second = until(returns, what="the frozen client to be dropped", seconds=120)
    assert resident_kb(platform) - before < 100_000
    assert platform.log.read_text().count("reads too slowly") == 1
    reader.recv(timeout=10)
    second.close()
    reader.close()
    frozen.socket.close()
