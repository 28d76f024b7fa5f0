"""The newest quote and trade of symbols whose stream may say nothing for a while."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from marketdata.contracts import LastKnown
from marketdata.feeds.base import Emit
from marketdata.feeds.gaps import retried
from marketdata.feeds.providers import ProviderError
from marketdata.feeds.tempo import Tempo

ReadNewest = Callable[[Sequence[str]], Awaitable[Sequence[LastKnown]]]

log = logging.getLogger(__name__)


class Recall:
    """Asks ``read`` and hands the answer to ``emit``; without ``read`` it does nothing."""

    def __init__(self, *, read: ReadNewest | None, tempo: Tempo, emit: Emit) -> None:
        self._read = read
        self._tempo = tempo
        self._emit = emit
        self._tasks: set[asyncio.Task[None]] = set()

    def ask(self, symbols: Sequence[str]) -> None:
        """Ask for these symbols. Returns at once; what cannot be read is left to the stream."""
        if self._read is not None and symbols:
            task = asyncio.create_task(self._ask(self._read, tuple(symbols)))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Give up what is under way."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _ask(self, read: ReadNewest, symbols: Sequence[str]) -> None:
        try:
            found = await retried(lambda: read(symbols), tempo=self._tempo)
        except ProviderError as error:
            log.warning("no newest values: %s: %s", error.code, error.message)
        else:
            self._emit(found)
