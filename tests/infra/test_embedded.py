"""The embedded server, killed in whatever way, is started again on its port with its data."""

import atexit
import os
import shutil
import signal
import tempfile
from pathlib import Path

import psycopg
import pytest

from tests.waiting import until
from trading.infra import embedded, postmaster

PORT_LINE = 3


@pytest.fixture(scope="module")
def server():
    var = Path(tempfile.mkdtemp(prefix="openbell-embedded-"))
    var.chmod(0o711)  # the server's user must be able to walk in
    atexit.register(shutil.rmtree, var, ignore_errors=True)  # last: the server stops before
    started = embedded.start(var=var, durable=False)
    with connect(started) as connection:
        connection.execute("CREATE TABLE kept (number int)")
        connection.execute("INSERT INTO kept VALUES (7)")
        connection.execute("CHECKPOINT")  # it runs without fsync
    yield var, started
    embedded.stop(var=var)


def connect(started) -> psycopg.Connection:
    return psycopg.connect(started.url(role=embedded.OWNER_ROLE), autocommit=True)


def kill(var, started) -> int:
    pid = postmaster.running_pid(started.data)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)  # it stays in the process table: nobody asks for it
    until(lambda: postmaster.running_pid(started.data) is None, what="the server to be dead")
    return pid


def revive(var, started) -> bool:
    return embedded.revive(var=var, port=started.port, durable=False)


def require_kept(started) -> None:
    with connect(started) as connection:
        assert connection.execute("SELECT number FROM kept").fetchall() == [(7,)]


def test_a_server_that_runs_is_left_alone(server):
    assert not revive(*server)


def test_a_killed_server_is_started_again_where_it_is_looked_for(server):
    kill(*server)
    assert revive(*server)
    require_kept(server[1])
    assert not revive(*server)


def test_a_killed_server_is_started_again_where_nothing_lists_shared_memory(
    server, monkeypatch, tmp_path
):
    monkeypatch.setattr(postmaster, "SHARED_MEMORY", tmp_path / "absent")
    kill(*server)
    assert revive(*server)
    require_kept(server[1])
    assert not revive(*server)


def test_only_the_shared_memory_is_looked_up_where_linux_alone_has_it():
    source = Path(postmaster.__file__).read_text()
    assert source.count("/proc") == 1 and "/proc" not in Path(embedded.__file__).read_text()


@pytest.mark.parametrize("case", ["empty", "cut", "another process", "another server"])
def test_whatever_a_killed_server_left_in_its_lock_file_it_is_started_again(server, case):
    _, started = server
    kill(*server)
    lock = started.data / "postmaster.pid"
    lines = lock.read_text().splitlines(keepends=True)
    if case == "empty":
        lock.write_text("")
    elif case == "cut":
        lock.write_text(lines[0])
    else:
        # The number went to another process meanwhile: this one, or the server of all tests.
        other = os.getpid()
        if case == "another server":
            other = next(
                int(entry.name)
                for entry in Path("/proc").iterdir()
                if entry.name.isdecimal() and b"postgres\0-D\0" in command_of(entry)
            )
        lock.write_text("".join([f"{other}\n", *lines[1:]]))
    assert revive(*server)
    require_kept(started)


def command_of(entry: Path) -> bytes:
    try:
        return (entry / "cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""
