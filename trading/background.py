"""Celery inside the process: a worker and a beat, each in its own thread."""

from threading import Thread
from typing import Any

from celery import beat
from celery.worker import state

from trading.celery import app

WORKER_THREADS = 2


class Background:
    """The worker and the clock of one process."""

    def __init__(self) -> None:
        # Not ``app.Worker``: that one takes over signals and standard output, which are ours.
        self._worker: Any = app.WorkController(
            hostname="worker@openbell",
            pool_cls="threads",
            concurrency=WORKER_THREADS,
            without_heartbeat=True,
            without_mingle=True,
            without_gossip=True,
        )
        self._worker_thread = Thread(target=self._worker.start, name="celery-worker", daemon=True)
        self._beat: Any = beat.EmbeddedService(app, thread=True, scheduler_cls=beat.Scheduler)

    def start(self) -> None:
        self._worker_thread.start()
        self._beat.start()

    def stop(self) -> None:
        self._beat.stop()
        state.should_stop = 0  # the worker's own loop sees it and shuts down warmly
        self._worker_thread.join()
        state.should_stop = None

    def trouble(self) -> str:
        """Return what does not run, or an empty string."""
        dead = [
            name
            for name, thread in (("worker", self._worker_thread), ("beat", self._beat))
            if not thread.is_alive()
        ]
        return f"not running: {', '.join(dead)}" if dead else ""
