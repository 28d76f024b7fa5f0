"""The whole platform as its own process, the way a person starts it: from outside, black-box."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, Self, TypeVar

import httpx
import psycopg

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS_MAX = 120
STOP_SECONDS_MAX = 60
PAUSE_SECONDS = 0.05
LOG_TAIL = 6000

# What the test suite set for itself, and what a developer's shell may hold.
_NOT_INHERITED = (
    "BASE_URL", "DATABASE_OWNER_URL", "DATABASE_URL", "DATABASE_URL_GIVEN", "DEMO",
    "DJANGO_SETTINGS_MODULE", "FEED", "HTTPS", "LOG_LEVEL", "PORT", "REPLAY_START", "SECRET_KEY",
    "SPEED", "STATIC_ROOT", "TEST_DATABASE_APPLICATION_URL", "VAR",
)  # fmt: skip

# Collected once for all platforms of a test run.
_STATIC = tempfile.TemporaryDirectory(prefix="openbell-static-")

Found = TypeVar("Found")


def until(look: Callable[[], Found | None], *, what: str, seconds: float = 60) -> Found:
    """Return the first true answer of ``look``; after a while fail, saying ``what`` was awaited."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s in vain for {what}; last answer: {found!r}")
        time.sleep(PAUSE_SECONDS)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Platform:
    """
    A data folder and a port of its own, and the process that runs on them.

    Leaving the ``with`` block ends whatever still runs and removes the data folder.
    """

    # Those inside their ``with`` block: a failed test shows their logs.
    running: ClassVar[list["Platform"]] = []

    def __init__(self, **environment: str) -> None:
        self.var = Path(tempfile.mkdtemp(prefix="openbell-e2e-"))
        self.var.chmod(0o711)  # the database's user must be able to walk in
        self.port = free_port()
        self.log = self.var / "platform.log"
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self._clients: list[httpx.Client] = []

    def __enter__(self) -> Self:
        self.running.append(self)
        return self

    def __exit__(self, *_: object) -> None:
        self.running.remove(self)
        for client in self._clients:
            client.close()
        if self._process is not None:
            self.kill()
        self.kill_database()
        data = self.data
        shutil.rmtree(self.var, ignore_errors=True)
        if data.parent != self.var:  # the place lent to the database's user
            shutil.rmtree(data.parent, ignore_errors=True)

    # --- The process ------------------------------------------------------------------------------

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def data(self) -> Path:
        """The database's folder; a link where the server's user cannot reach the data folder."""
        return (self.var / "postgres").resolve()

    def environment(self, **changes: str) -> dict[str, str]:
        inherited = {name: text for name, text in os.environ.items() if name not in _NOT_INHERITED}
        own = {
            "VAR": str(self.var),
            "PORT": str(self.port),
            "STATIC_ROOT": f"{_STATIC.name}/static",
        }
        return {**inherited, **own, **self._environment, **changes}

    def launch(self) -> None:
        """Start the process and return at once."""
        assert self._process is None, "it runs already"
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "manage.py", "run"],
                cwd=ROOT,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def start(self) -> None:
        """Start the process and wait until it says that every part runs."""
        self.launch()
        self.await_answer("/readyz", status=200)

    def await_answer(self, path: str, *, status: int) -> Any:
        """Wait until a GET of ``path`` is answered with ``status``; return its JSON."""

        def answer() -> httpx.Response | None:
            assert self._process is not None
            if self._process.poll() is not None:
                ended = f"the platform ended with status {self._process.returncode}"
                raise AssertionError(f"{ended}\n{self.log_tail()}")
            try:
                response = httpx.get(self.base_url + path, timeout=10)
            except httpx.TransportError:
                return None
            return response if response.status_code == status else None

        try:
            return until(answer, what=f"{path} {status}", seconds=START_SECONDS_MAX).json()
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.log_tail()}") from None

    def stop(self, *, number: int = signal.SIGTERM) -> None:
        """Ask the process to end, as Ctrl-C or a service manager does; its database ends too."""
        assert self._process is not None
        self._process.send_signal(number)
        try:
            status = self._process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it did not stop\n{self.log_tail()}") from None
        self._process = None
        assert status == 0, f"it ended with status {status}\n{self.log_tail()}"
        assert self.database_pids() == [], "its database still runs"
        self.require_discreet_log()

    def kill(self) -> None:
        """End the process as ``kill -9`` does; its database goes on."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._process = None

    def kill_database(self) -> None:
        """End the database's processes; their parent may keep them in the process table a while."""
        doomed = self.database_pids()
        for pid in doomed:
            _kill(pid)
        until(lambda: all(map(_is_dead, doomed)), what="the database's processes to end")

    def cut_power(self, *, database_first: bool) -> None:
        """End everything as a power cut does, which leaves nothing in the process table."""
        doomed = self.database_pids()
        if database_first:
            self.kill_database()
        self.kill()
        self.kill_database()
        until(lambda: all(map(_is_gone, doomed)), what="the database's processes to be gone")

    def database_pids(self) -> list[int]:
        """Return the database's processes, the first one first."""
        try:
            first = int((self.data / "postmaster.pid").read_text().split()[0])
        except (FileNotFoundError, IndexError):
            return []
        if _is_dead(first) or not _is_postgres(first):
            return []
        return [first, *(pid for pid in _all_pids() if _parent(pid) == first)]

    def log_tail(self) -> str:
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return f"--- the end of {self.log.name} ---\n{text[-LOG_TAIL:]}"

    def require_discreet_log(self) -> None:
        """What opens an account or the database is never written to the log."""
        text = self.log.read_text(errors="replace")
        secrets = list(json.loads((self.var / "postgres.json").read_text()).values())
        made = [self.var / name for name in ("secret_key", "provider_secrets.key")]
        secrets += [path.read_text() for path in made if path.exists()]
        secrets += [user["secret_key"] for user in self.users().values() if user["secret_key"]]
        assert not [secret for secret in secrets if secret in text], "a secret is in the log"

    # --- Its commands -----------------------------------------------------------------------------

    def manage(self, *arguments: str, **changes: str) -> "subprocess.CompletedProcess[str]":
        """Run a management command on the same data folder."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment(**changes),
            capture_output=True,
            text=True,
            check=False,
            timeout=START_SECONDS_MAX,
        )

    def require_true_books(self) -> None:
        """The books balance and the records are as they were written."""
        for command in ("check_books", "verify_records"):
            done = self.manage(command)
            assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"

    # --- Its clients ------------------------------------------------------------------------------

    def users(self) -> dict[str, dict[str, str]]:
        """Return the demo users by username."""
        demo = json.loads((self.var / "demo.json").read_text())
        return {user["username"]: user for user in demo["users"]}

    def client(self, username: str) -> httpx.Client:
        """Return a program's client with the user's API key."""
        user = self.users()[username]
        keys = {"APCA-API-KEY-ID": user["api_key"], "APCA-API-SECRET-KEY": user["secret_key"]}
        return self._remember(httpx.Client(base_url=self.base_url, headers=keys, timeout=60))

    def stranger(self) -> httpx.Client:
        """Return a client that nobody knows."""
        return self._remember(httpx.Client(base_url=self.base_url, timeout=60))

    def browser(self, username: str) -> httpx.Client:
        """Return a client that has signed in with its password, as a browser does."""
        client = self.stranger()
        client.get("/login")
        answer = client.post(
            "/login",
            data={
                "username": username,
                "password": self.users()[username]["password"],
                "csrfmiddlewaretoken": client.cookies["csrftoken"],
            },
            headers={"Referer": f"{self.base_url}/login"},
        )
        assert answer.status_code == 302, answer.text
        return client

    def _remember(self, client: httpx.Client) -> httpx.Client:
        self._clients.append(client)
        return client

    def database(self, *, role: str) -> "psycopg.Connection[tuple[Any, ...]]":
        """Connect to its database as ``openbell`` (the owner) or ``openbell_app``."""
        passwords = json.loads((self.var / "postgres.json").read_text())
        port = (self.data / "postmaster.pid").read_text().splitlines()[3]
        return psycopg.connect(
            host="127.0.0.1",
            port=port,
            dbname="openbell",
            user=role,
            password=passwords[role],
            autocommit=True,
        )


# --- Processes ------------------------------------------------------------------------------------


def _all_pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]


def _status_fields(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _is_gone(pid: int) -> bool:
    return not _status_fields(pid)


def _is_dead(pid: int) -> bool:
    fields = _status_fields(pid)
    return not fields or fields[0] == "Z"


def _parent(pid: int) -> int | None:
    fields = _status_fields(pid)
    return int(fields[1]) if fields else None


def _is_postgres(pid: int) -> bool:
    try:
        return b"postgres" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return False


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
