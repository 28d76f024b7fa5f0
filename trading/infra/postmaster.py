"""
The lock file of a PostgreSQL server: does the server run, on which port, or was it killed?

A killed server leaves its file behind, cut short at times, and the number in it may be another
process's by now. Nothing but a process that serves this data folder counts as running.
"""

import time
from pathlib import Path

import psutil

# Where Linux lists shared memory. Elsewhere PostgreSQL itself refuses memory that is still in use.
SHARED_MEMORY = Path("/proc/sysvipc/shm")

_FORGET_SECONDS_MAX = 60
_PORT_LINE = 3  # the fourth line
_SHARED_MEMORY_LINE = 6  # key and id


def _pid_lines(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def alive(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def running_pid(data: Path) -> int | None:
    lines = _pid_lines(data)
    if not lines:
        return None
    try:
        pid = int(lines[0])
        program, *arguments = psutil.Process(pid).cmdline() or [""]
    except (ValueError, psutil.Error):  # no such process, or one that we may not look at
        return None
    # The number of a server that was killed may be another process's by now, another server's too.
    is_ours = "postgres" in program and str(data) in arguments
    return pid if is_ours and alive(pid) else None


def running_port(data: Path) -> int | None:
    lines = _pid_lines(data)
    if running_pid(data) is None or len(lines) <= _PORT_LINE:
        return None
    return int(lines[_PORT_LINE])


def forget_killed(data: Path) -> None:
    """
    Remove the lock file of a server that was killed and has no process left.

    Until its parent looks after it a killed server stays in the process table, where PostgreSQL
    takes it for alive and refuses to start. Nobody attached to its shared memory says it surely.
    """
    lines = _pid_lines(data)
    is_cut = len(lines) <= _SHARED_MEMORY_LINE or not lines[_SHARED_MEMORY_LINE].strip()
    if is_cut or not SHARED_MEMORY.exists():
        # It was killed while it wrote the file, or nothing lists who is attached: nobody but a
        # running server may have the file.
        if running_pid(data) is None:
            (data / "postmaster.pid").unlink(missing_ok=True)
        return
    segment = lines[_SHARED_MEMORY_LINE].split()[1]
    deadline = time.monotonic() + _FORGET_SECONDS_MAX
    while time.monotonic() < deadline:
        if not _is_attached(segment):
            (data / "postmaster.pid").unlink()
            return
        time.sleep(0.02)


def _is_attached(segment: str) -> bool:
    rows = (line.split() for line in SHARED_MEMORY.read_text().splitlines()[1:])
    return any(row[1] == segment and row[6] != "0" for row in rows)
