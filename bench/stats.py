"""What the measurements share: percentiles, CPU time of other processes, the disk's sync time."""

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def say(text: str = "") -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least ``share`` (0 to 1) of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-round(len(ordered) * share * 1000) // 1000) - 1)]


def middle(values: Sequence[float]) -> float:
    return float(median(values))


def cpu_seconds(pid: int) -> float:
    """Return user + system time of a process, all its threads, without its children."""
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_SECOND


def tree_cpu_seconds(pid: int) -> float:
    """Return user + system time of a process and all its children, ended ones included."""
    fields = _stat(pid)
    total = sum(int(field) for field in fields[11:15]) / _TICKS_PER_SECOND
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        try:
            total += tree_cpu_seconds(int(child))
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended just now: its parent has its time the next time we look
    return total


def fdatasync_ms(folder: Path, *, times: int = 200) -> list[float]:
    """Return how long each of ``times`` syncs of 8 KiB appended to a file took."""
    path = folder / "fdatasync.probe"
    took: list[float] = []
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        for _ in range(times):
            os.write(descriptor, bytes(8192))
            started = time.perf_counter()
            os.fdatasync(descriptor)
            took.append((time.perf_counter() - started) * 1000)
    finally:
        os.close(descriptor)
        path.unlink()
    return took


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat that follow the command's name."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
