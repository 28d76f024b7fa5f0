"""
A session that only one process may have: a connection that holds an advisory lock while it lives.

The lock refuses a second process, naming the holder. It also fences: the writing session holds it,
so once a new session has it the lost one has ended and cannot write.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import psycopg
import structlog
from django.db import DEFAULT_DB_ALIAS, OperationalError, connections
from django.db.backends.postgresql.base import DatabaseWrapper

from trading.infra import connection_loss
from trading.infra.database import ask
from trading.kernel.errors import TradingError

log = structlog.get_logger(__name__)

# For how long a recovery waits until its own lost session has ended, at a time.
FENCE_SECONDS_MAX = 10
_NAME_BYTES_MAX = 63  # of an application name; PostgreSQL cuts the rest

# A peer that is gone without a word is noticed after about ten seconds, from either side.
_NOTICE_LOSS = {**connection_loss.CLIENT, "options": f"{connection_loss.SERVER} -c lock_timeout=5s"}

_TAKE = "SELECT pg_try_advisory_lock(%s, %s)"
_HOLDER = """
SELECT activity.pid, activity.application_name, coalesce(host(activity.client_addr), 'local'),
       activity.backend_start::text
FROM pg_locks lock JOIN pg_stat_activity activity USING (pid)
WHERE lock.locktype = 'advisory' AND lock.classid = %s AND lock.objid = %s AND lock.objsubid = 2
  AND lock.granted
  AND lock.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
_TERMINATE = "SELECT pg_terminate_backend(%s, %s)"
_GIVE_UP = "SELECT pg_advisory_unlock_all()"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """The session that holds a lock, as the server knows it."""

    pid: int
    application_name: str
    host: str
    since: str

    def __str__(self) -> str:
        name = self.application_name or "a session without a name"
        return f"{name} (backend {self.pid}, from {self.host}, since {self.since})"


class HeldByAnother(TradingError):
    """Another process has the session. Stop it, or use another database."""

    code = "HELD_BY_ANOTHER"


class ExclusiveSession:
    """
    The one session of its kind in a database, used by one thread at a time.

    ``name`` is what it is called, ``lock`` the two numbers of its advisory lock. The server must be
    reached directly: a proxy that gives each transaction another session cannot keep the lock.
    """

    def __init__(self, *, name: str, lock: tuple[int, int]) -> None:
        self.name = name
        self._lock = lock
        # The server's processes of our sessions up to the last one that took the lock.
        self._ours: set[int] = set()

    @contextmanager
    def opened(self) -> Iterator[None]:
        """
        Make it this thread's default connection for the block.

        If our own session before this one still lives it is ended first, and what it had begun has
        been committed or undone when the block begins. Lost inside the block, it is not opened
        again: whatever follows fails.

        :raises HeldByAnother: if another process, or another object of this one, has it
        """
        connection = _connect(self.name)
        connections[DEFAULT_DB_ALIAS] = connection
        try:
            self._take(own=_driver(connection).info.backend_pid)
            yield
            self._give_up()
        finally:
            with suppress(Exception):
                _driver(connection).close()
            del connections[DEFAULT_DB_ALIAS]

    def _take(self, *, own: int) -> None:
        earlier = set(self._ours)
        self._ours.add(own)  # known as ours even if the answer is lost
        while not _is_true(ask(_TAKE, self._lock)):
            holder = find_holder(self._lock)
            if holder is None:
                continue  # it has ended meanwhile
            is_ours = holder.application_name == _application_name(self.name)
            if not is_ours or holder.pid not in earlier:
                raise HeldByAnother(f"the {self.name} of this database is held by {holder}")
            log.warning("our lost session is ended", session=self.name, backend=holder.pid)
            if not _is_true(ask(_TERMINATE, [holder.pid, FENCE_SECONDS_MAX * 1000])):
                raise OperationalError(f"our lost session has not ended yet: {holder}")
        self._ours = {own}

    def _give_up(self) -> None:
        # At the end in good order, so that whoever comes next need not wait for the server.
        with suppress(psycopg.Error, OperationalError):
            ask(_GIVE_UP)


def find_holder(lock: tuple[int, int]) -> Holder | None:
    """Return the session of this database that holds an exclusive session's lock, None if free."""
    row = ask(_HOLDER, lock).fetchone()
    if row is None:
        return None
    return Holder(pid=row[0], application_name=row[1], host=row[2], since=row[3])


class _OneConnection(DatabaseWrapper):
    """A connection outside the pool that is never opened a second time behind its user's back."""

    was_opened = False

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:  # noqa: ANN401 - Django's
        if self.was_opened:
            raise OperationalError("the session was lost; it must be recovered first")
        self.was_opened = True
        return super().get_new_connection(conn_params)


def _connect(name: str) -> _OneConnection:
    settings = deepcopy(connections.settings[DEFAULT_DB_ALIAS])
    options = settings["OPTIONS"]
    options.pop("pool", None)
    given = options.get("options", "")
    options |= _NOTICE_LOSS
    options["options"] = f"{given} {options['options']}".strip()
    options["application_name"] = _application_name(name)
    connection = _OneConnection(settings, DEFAULT_DB_ALIAS)
    connection.ensure_connection()
    return connection


def _application_name(name: str) -> str:
    """Say which process of which machine it is: the server only knows an address."""
    text = f"openbell {name} pid {os.getpid()} on {socket.gethostname()}"
    return text.encode("ascii", "replace")[:_NAME_BYTES_MAX].decode()


def _driver(connection: DatabaseWrapper) -> psycopg.Connection[Any]:
    found: psycopg.Connection[Any] = connection.connection
    return found


def _is_true(rows: Any) -> bool:  # noqa: ANN401
    row = rows.fetchone()
    assert row is not None
    return bool(row[0])
