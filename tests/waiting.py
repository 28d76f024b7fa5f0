"""Waiting for what must come, without guessing how long it takes."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")

PATIENCE_SECONDS = 30.0
LOOK_SECONDS = 0.02


def until(look: Callable[[], Found], *, what: str, seconds: float = PATIENCE_SECONDS) -> Found:
    """Return the first true answer of ``look``; fail, naming what was awaited, after a while."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"waited in vain for {what}; last answer: {found!r}"
        time.sleep(LOOK_SECONDS)
    return found
