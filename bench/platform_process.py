"""The platform as its own process on its own data folder, and what a measurement asks of it."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS_MAX = 90
FILL_SECONDS_MAX = 60
MORE_ACCOUNTS = 9


@dataclass(frozen=True, slots=True)
class Trader:
    """An account, by its API key."""

    key: str
    secret: str

    def headers(self) -> dict[str, str]:
        return {"APCA-API-KEY-ID": self.key, "APCA-API-SECRET-KEY": self.secret}


@dataclass(frozen=True, slots=True)
class RunningPlatform:
    pid: int
    port: int
    var: Path
    traders: list[Trader]

    def call(self, trader: Trader, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
        """
        Make one request and return its JSON.

        :raises RuntimeError: if the answer is not a success
        """
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = None if body is None else json.dumps(body)
        headers = {**trader.headers(), "Content-Type": "application/json"}
        connection.request(method, path, sent, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        if answer.status >= http.HTTPStatus.BAD_REQUEST:
            raise RuntimeError(f"{method} {path}: {answer.status} {text}")
        return json.loads(text) if text else None


@contextmanager
def running_platform(var: Path) -> Iterator[RunningPlatform]:
    """Start the platform on ``var``, wait until it is ready, stop it at the end."""
    port = _free_port()
    environment = environment_of(var) | {"PORT": str(port), "FEED": "simulated"}
    with (var / "platform.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "run"],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
        )
    try:
        _await_ready(process, port, var)
        people = json.loads((var / "demo.json").read_text())["users"]
        traders = [
            Trader(user["api_key"], user["secret_key"]) for user in people if user["api_key"]
        ]
        more = run_module("bench.accounts", str(MORE_ACCOUNTS), var=var)
        traders += [Trader(key, secret) for key, secret in json.loads(more)]
        yield RunningPlatform(process.pid, port, var, traders)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


def environment_of(var: Path) -> dict[str, str]:
    """Return our environment with ``var`` as the data folder and its own database."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DATABASE_")}
    return kept | {"VAR": str(var)}


def run_module(name: str, *arguments: str, var: Path, job: object = None) -> str:
    """
    Run one of our modules to its end and return what it printed.

    :raises RuntimeError: if it failed, with what it said
    """
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", name, *arguments],
        cwd=ROOT,
        env=environment_of(var),
        input=None if job is None else json.dumps(job),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{name} failed: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def manage(*arguments: str, var: Path) -> tuple[bool, str]:
    """Run a management command; return whether it succeeded and what it printed."""
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment_of(var),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode == 0, (done.stdout + done.stderr).strip()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await_ready(process: "subprocess.Popen[bytes]", port: int, var: Path) -> None:
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            if connection.getresponse().status == http.HTTPStatus.OK:
                return
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(0.1)
    raise RuntimeError(f"the platform did not start: {(var / 'platform.log').read_text()[-2000:]}")
