"""A dump restored into a new cluster, whose transactions count from the start, is the same."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e import orders
from tests.e2e.platform import ROOT, Platform, until
from tests.e2e.test_database_loss import (
    account_socket,
    await_frame,
    require_a_switch_that_binds,
)
from trading.infra import embedded

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

# In a process of its own: the server ends with it.
RESTORE = """
import subprocess, sys
from pathlib import Path
from trading.infra import embedded
server = embedded.start(var=Path(sys.argv[1]))
subprocess.run(
    [sys.argv[2], "--dbname", server.url(role=embedded.OWNER_ROLE), "--exit-on-error", sys.argv[3]],
    check=True,
)
"""
TRANSACTIONS = 20_000


def use_up_transaction_numbers(platform: Platform) -> None:
    """Let what is recorded next bear numbers that a new cluster does not reach."""
    with platform.database(role="openbell") as owner:
        for _ in range(TRANSACTIONS):
            owner.execute("SELECT pg_current_xact_id()")


def dump(platform: Platform, to: Path) -> None:
    with platform.database(role="openbell") as owner:
        info = owner.info
        url = f"postgresql://{info.user}:{info.password}@{info.host}:{info.port}/{info.dbname}"
    tool = embedded._binaries(platform.var) / "pg_dump"
    subprocess.run([tool, "--format=custom", f"--file={to}", url], check=True)


def restore(platform: Platform, dumped: Path) -> None:
    tool = embedded._binaries(platform.var) / "pg_restore"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(
        [sys.executable, "-c", RESTORE, platform.var, tool, dumped],
        check=True,
        cwd=ROOT,
        env=environment,
    )


def test_a_restored_platform_knows_its_orders_hears_of_them_and_obeys_its_switches(tmp_path):
    dumped = tmp_path / "openbell.dump"
    with Platform() as first, Platform() as second:
        first.start()
        use_up_transaction_numbers(first)
        alice = first.client("alice")
        waiting = orders.place(alice, orders.resting(limit_price="1.00"))
        orders.await_status(alice, waiting["id"], "new")
        dump(first, dumped)
        first.stop()

        for name in ("demo.json", "secret_key", "provider_secrets.key"):
            if (first.var / name).exists():
                shutil.copy(first.var / name, second.var / name)
        restore(second, dumped)
        second.start()
        with second.database(role="openbell") as owner:
            newest = owner.execute("SELECT max(xid) FROM eventlog_event").fetchone()
            assert newest is not None
        alice = second.client("alice")
        with account_socket(second, second.browser("alice")) as socket:
            await_frame(socket, kind="snapshot")
            placed = orders.place(alice, orders.body())
            await_frame(socket, kind="update")
            orders.await_status(alice, placed["id"], "filled")
        with second.database(role="openbell") as owner:
            rows = owner.execute(
                "SELECT xid < %s FROM eventlog_event ORDER BY id DESC LIMIT 1", newest
            ).fetchone()
        assert rows == (True,), "its numbers did not start over: the test shows nothing"
        assert second.client("alice").delete(f"/v2/orders/{waiting['id']}").status_code == 204
        until(lambda: not alice.get("/v2/orders").json(), what="the old order to end")
        require_a_switch_that_binds(second, alice)
        second.require_true_books()
        second.stop()
