"""
The load generator, a process of its own.

``python -m bench.load``: a job on standard input as JSON, what happened on standard output.

Open loop: request ``i`` is due at ``i / rate`` whether or not earlier ones were answered, and its
latency counts from when it was due, so waiting for a free connection counts. Closed loop
(``rate`` 0): every connection sends its next request as soon as it has its answer.
"""

import gc
import itertools
import json
import select
import socket
import sys
import time
from collections import Counter, deque
from dataclasses import asdict, dataclass, field

ANSWER_SECONDS_MAX = 30.0
_OK = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """``requests`` are whole HTTP requests; they are sent in turn, again and again."""

    port: int
    requests: list[str]
    connections: int
    seconds: float
    rate: float  # requests a second; 0 is a closed loop


@dataclass(slots=True, kw_only=True)
class Result:
    """``latencies_ms`` are of accepted requests only; the others are counted by their answer."""

    latencies_ms: list[float] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    unanswered: int = 0
    seconds: float = 0.0

    @property
    def answered(self) -> int:
        return len(self.latencies_ms) + self.refused.total()


class _Connection:
    """One kept-alive connection with at most one request on its way."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received = b""
        self.due = 0.0

    def fileno(self) -> int:
        return self.socket.fileno()

    def send(self, request: bytes, due: float) -> None:
        self.due = due
        self.socket.sendall(request)

    def receive(self) -> tuple[int, bytes] | None:
        """Read what is there; return status and body once the answer is whole."""
        part = self.socket.recv(65536)
        if not part:
            raise ConnectionError("the server closed a connection")
        self._received += part
        head, separator, body = self._received.partition(b"\r\n\r\n")
        if not separator or len(body) < _content_length(head):
            return None
        self._received = b""
        return int(head[9:12]), body


def _content_length(head: bytes) -> int:
    lowered = head.lower()
    start = lowered.find(b"content-length:")
    return 0 if start < 0 else int(lowered[start + 15 :].split(b"\r\n", 1)[0])


def run(job: Job) -> Result:
    """Do the job; returns once every request that was sent is answered."""
    connections = [_Connection(job.port) for _ in range(job.connections)]
    result = Result()
    started = time.perf_counter()
    try:
        _run(job, connections, result, started)
    finally:
        for connection in connections:
            connection.socket.close()
    result.seconds = time.perf_counter() - started
    return result


def _run(job: Job, connections: list[_Connection], result: Result, started: float) -> None:
    requests = itertools.cycle([request.encode() for request in job.requests])
    free = deque(connections)
    busy: set[_Connection] = set()
    step = 1 / job.rate if job.rate else 0.0
    sent, total = 0, round(job.rate * job.seconds)
    give_up = started + job.seconds + ANSWER_SECONDS_MAX
    while True:
        now = time.perf_counter()
        more = sent < total if step else now - started < job.seconds
        while more and free and (not step or started + sent * step <= now):
            connection = free.popleft()
            connection.send(next(requests), started + sent * step if step else now)
            busy.add(connection)
            sent += 1
            more = not step or sent < total
        if (not busy and not more) or now > give_up:
            break
        wait = max(0.0, started + sent * step - now) if step and more and free else 0.5
        for connection in select.select(list(busy), (), (), wait)[0]:
            answer = connection.receive()
            if answer is not None:
                _note(result, connection, answer)
                busy.discard(connection)
                free.append(connection)
    result.unanswered = len(busy) + max(0, total - sent)


def _note(result: Result, connection: _Connection, answer: tuple[int, bytes]) -> None:
    status, body = answer
    if status == _OK:
        result.latencies_ms.append((time.perf_counter() - connection.due) * 1000)
    else:
        result.refused[f"{status} {body[:300].decode(errors='replace')}"] += 1


if __name__ == "__main__":
    gc.disable()
    json.dump(asdict(run(Job(**json.load(sys.stdin)))), sys.stdout)
