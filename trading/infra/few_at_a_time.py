"""Heavy work of requests waits for its turn, so that what is light is served beside it."""

from collections.abc import Callable
from functools import wraps
from threading import BoundedSemaphore
from typing import ParamSpec, TypeVar

from trading.infra.database import give_back

P = ParamSpec("P")
T = TypeVar("T")


def few_at_a_time(count: int) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """
    Return a decorator of work that at most ``count`` threads of this process do at once.

    Whoever waits holds no connection to the database. The work must not begin itself again.
    """

    def decorate(work: Callable[P, T]) -> Callable[P, T]:
        turns = BoundedSemaphore(count)

        @wraps(work)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
            give_back()
            with turns:
                return work(*args, **kwargs)

        return guarded

    return decorate
