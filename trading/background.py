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


def background_parts() -> list[Part]:
    """Return the worker and the clock of one process."""
    return [_Worker().part, Part(name="beat", live=_keep_time)]


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


def _keep_time(part: Part) -> None:
    """Hand tasks to the worker when they are due; asleep in between."""
    app.set_current()
    scheduler: Any = beat.Scheduler(app)
    part.stands()
    while not part.wait(scheduler.tick()):
        pass
