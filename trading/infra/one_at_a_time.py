"""A long task takes one thread of the background worker, however often the clock asks for it."""

from collections.abc import Callable
from functools import wraps
from threading import Lock


def one_at_a_time(task: Callable[..., None]) -> Callable[..., None]:
    """Return ``task`` made to return at once, having done nothing, while this process is at it."""
    working = Lock()

    @wraps(task)
    def guarded(*arguments: object, **named: object) -> None:
        if working.acquire(blocking=False):
            try:
                task(*arguments, **named)
            finally:
                working.release()

    return guarded
