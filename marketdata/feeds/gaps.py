"""What a stream missed, asked of the provider's history, so that its minute bars have no hole."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from marketdata.contracts import Bar, BarUnit, ProviderBar, Timeframe
from marketdata.domain.bars import NS_PER_MINUTE
from marketdata.feeds.base import PACE_S, Emit
from marketdata.feeds.providers import (
    HistorySource,
    Offer,
    Page,
    ProviderError,
    RateLimited,
    ReadsManySymbols,
)
from marketdata.feeds.tempo import Tempo
from trading.kernel import clock

ONE_MINUTE = Timeframe(count=1, unit=BarUnit.MINUTE)
# Requests under way at once: enough for hundreds of symbols, few enough for a small plan.
_AT_ONCE = 4
# The last minutes are asked for twice: a provider may finish a bar after its first answer.
_REREAD_NS = 3 * NS_PER_MINUTE

T = TypeVar("T")
log = logging.getLogger(__name__)


class GapFiller:
    """
    Reads the bars of missed minutes and hands them to ``emit`` as ``ProviderBar``.

    ``counters`` is the feed's: GAP_FILLED counts bars, GAP_UNFILLED symbols that were given up.
    """

    def __init__(
        self,
        *,
        history: HistorySource,
        source: str,
        delay_ns: int,
        tempo: Tempo,
        emit: Emit,
        counters: Counter[str],
    ) -> None:
        self._history = history
        self._source = source
        self._delay_ns = delay_ns
        self._tempo = tempo
        self._emit = emit
        self._counters = counters
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()

    def fill(self, *, symbols: Sequence[str], ts_from: int, ts_to: int) -> None:
        """
        Fetch the minutes from that of ``ts_from`` to that of ``ts_to``, both included.

        Minutes that are over are fetched now, the last one once it is over. Returns at once.
        """
        if Offer.MINUTE_BARS not in self._history.offers:
            self._counters["GAP_UNFILLED"] += len(symbols)
            return
        first, last = (ts - ts % NS_PER_MINUTE for ts in (ts_from, ts_to))
        task = asyncio.create_task(self._fill(tuple(symbols), first, max(first, last)))
        self._tasks.add(task)
        task.add_done_callback(self._end)

    async def close(self) -> None:
        """Give up what is under way."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._counters["GAP_UNFILLED"] += 1
            log.error("%s: filling a gap failed", self._source, exc_info=error)

    async def _fill(self, symbols: tuple[str, ...], first: int, last: int) -> None:
        if first < last:
            await self._read_all(symbols, first, last)
        end = last + NS_PER_MINUTE
        settled_ns = end + round(self._tempo.settle_s * clock.NS_PER_SECOND) + self._delay_ns
        while self._tempo.now_ns() < settled_ns:  # noqa: ASYNC110 - nobody sets an event for it
            await asyncio.sleep(PACE_S)
        await self._read_all(symbols, max(first, last - _REREAD_NS), end)

    async def _read_all(self, symbols: tuple[str, ...], start: int, end: int) -> None:
        history = self._history
        size = history.symbols_per_request if isinstance(history, ReadsManySymbols) else 1
        parts = [symbols[first : first + size] for first in range(0, len(symbols), size)]
        await asyncio.gather(*(self._read(part, start, end) for part in parts))

    async def _read(self, symbols: tuple[str, ...], start: int, end: int) -> None:
        token: str | None = None
        while True:
            try:
                page = await self._page(symbols, start, end, token)
            except ProviderError as error:
                self._counters["GAP_UNFILLED"] += len(symbols)
                log.warning(
                    "%s: the gap of %s from %s stays: %s: %s", self._source, ", ".join(symbols),
                    clock.from_ns(start), error.code, error.message,
                )  # fmt: skip
                return
            self._hand_over([bar for bar in page.rows if start <= bar.ts_start < end])
            if (token := page.next_token) is None:
                return

    async def _page(
        self, symbols: tuple[str, ...], start: int, end: int, token: str | None
    ) -> Page[Bar]:
        history, first, last = self._history, clock.from_ns(start), clock.from_ns(end)

        async def ask() -> Page[Bar]:
            async with self._turns:
                if isinstance(history, ReadsManySymbols):
                    return await history.read_minute_bars(
                        symbols=symbols, start=first, end=last, page_token=token
                    )
                (symbol,) = symbols
                return await history.read_bars(
                    symbol=symbol, timeframe=ONE_MINUTE, start=first, end=last, page_token=token
                )

        return await retried(ask, tempo=self._tempo)

    def _hand_over(self, bars: list[Bar]) -> None:
        if bars:
            now_ns = self._tempo.now_ns()
            self._counters["GAP_FILLED"] += len(bars)
            self._emit([ProviderBar(bar=bar, ts_init=now_ns, source=self._source) for bar in bars])


async def retried(ask: Callable[[], Awaitable[T]], *, tempo: Tempo) -> T:
    """
    Return what ``ask`` returns, asking again after what may help to ask again.

    :raises ProviderError: the last one, if it is not retryable or there were too many
    """
    for attempt in range(tempo.fill_tries_max):
        try:
            return await ask()
        except ProviderError as error:
            if not error.retryable or attempt + 1 == tempo.fill_tries_max:
                raise
            at_least_s = error.retry_after_s if isinstance(error, RateLimited) else 0.0
            await asyncio.sleep(tempo.wait_s(attempt=attempt, at_least_s=at_least_s))
    raise AssertionError("fill_tries_max is positive")
