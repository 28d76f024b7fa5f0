"""A part that runs in the background and begins again after whatever ends it."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable

from marketdata.feeds.tempo import Tempo

# A part that ran for so long was well: its next failure starts a new count.
_STABLE_S = 60.0

log = logging.getLogger(__name__)


async def kept_going(
    work: Callable[[], Awaitable[None]],
    *,
    name: str,
    counters: Counter[str],
    tempo: Tempo | None = None,
    told: Callable[[str], object] = lambda _trouble: None,
) -> None:
    """
    Run ``work`` until it returns; after each failure run it again, with growing pauses.

    A failure is logged, counted as PART_FAILED and ``told`` in one sentence.
    """
    tempo = tempo or Tempo()
    loop = asyncio.get_running_loop()
    attempt = 0
    while True:
        begun = loop.time()
        try:
            await work()
        except Exception as error:
            counters["PART_FAILED"] += 1
            log.exception("market data: %s failed and begins again", name)
            told(f"{name} failed: {type(error).__name__}")
            attempt = 0 if loop.time() - begun > _STABLE_S else attempt
            await asyncio.sleep(tempo.wait_s(attempt=attempt))
            attempt += 1
        else:
            return
