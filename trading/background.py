"""Celery inside the process: a worker and a beat, each a part that is kept alive."""

from typing import Any

from celery import beat
from celery.worker import state

from trading.celery import app
from trading.infra.supervision import Part

# Verifications, backfills, the archive, the daily and the first load of listings may take minutes
# and keep one thread each, no more; with two beside them, what is due in seconds never waits.
LONG_TASKS = 5
WORKER_THREADS = LONG_TASKS + 2
# The clock sleeps until the next task is due, but no longer: a stop has to wait for its sleep.
BEAT_SECONDS_MAX = 0.5


def background_parts() -> list[Part]:
    """Return the worker and the clock of one process."""
    return [_Worker().part, _Beat().part]


class _Worker:
    def __init__(self) -> None:
        self.part = Part(name="worker", live=self._live, wake=self._stop)

    def _live(self, part: Part) -> None:
        # Not ``app.Worker``: that one takes over signals and standard output, which are ours.
        worker: Any = app.WorkController(
            hostname="worker@openbell",
            pool_cls="threads",
            concurrency=WORKER_THREADS,
            without_heartbeat=True,
            without_mingle=True,
            without_gossip=True,
        )
        part.stands()
        try:
            worker.start()
        finally:
            state.should_stop = None  # for the next one

    @staticmethod
    def _stop() -> None:
        state.should_stop = 0  # the worker's own loop sees it and shuts down warmly


class _Beat:
    def __init__(self) -> None:
        self.part = Part(name="beat", live=self._live, wake=self._stop)
        self._service: Any = None

    def _live(self, part: Part) -> None:
        app.set_current()
        self._service = beat.Service(
            app, max_interval=BEAT_SECONDS_MAX, scheduler_cls=beat.Scheduler
        )
        part.stands()
        self._service.start()

    def _stop(self) -> None:
        if self._service is not None:
            self._service.stop()
