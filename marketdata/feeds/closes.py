"""The close before today, per symbol, as a provider's history has it."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta

from marketdata.contracts import BarUnit, Timeframe
from marketdata.domain.plausible import PX_MAX, is_possible_bar
from marketdata.feeds.gaps import retried
from marketdata.feeds.providers import HistorySource, Offer, ProviderError
from marketdata.feeds.tempo import Tempo
from trading.kernel import clock

ONE_DAY = Timeframe(count=1, unit=BarUnit.DAY)
_LOOK_BACK = timedelta(days=10)  # longer than any holiday
_CHECK_S = 30.0

log = logging.getLogger(__name__)


class PreviousCloses:
    """
    ``known`` is read at once and again after each midnight in New York.

    ``read`` answers for all symbols in one go, where the provider can; else their daily bars are
    read one by one.
    """

    def __init__(
        self,
        *,
        history: HistorySource,
        symbols: Sequence[str],
        read: Callable[[Sequence[str]], Awaitable[Mapping[str, float]]] | None,
    ) -> None:
        self.known: Mapping[str, float] = {}
        self._history = history
        self._symbols = tuple(symbols)
        self._read = read
        self._is_due = asyncio.Event()

    def follow(self, symbols: Sequence[str]) -> None:
        """Read those of these symbols that are not known, too. On the event loop's thread."""
        self._symbols = tuple(symbols)
        self._is_due.set()

    async def keep(self, *, tempo: Tempo) -> None:
        """Keep ``known`` true until cancelled; what cannot be read is asked for again."""
        if self._read is None and Offer.DAILY_BARS not in self._history.offers:
            return
        read_on = None
        asked: set[str] = set()  # of that day
        while True:
            self._is_due.clear()
            now = clock.from_ns(tempo.now_ns())
            if clock.new_york_date(now) != read_on:
                # Those of the day before are none of today's: not known is better than wrong.
                read_on, asked, self.known = clock.new_york_date(now), set(), {}
            due = [symbol for symbol in self._symbols if symbol not in asked]
            if due and await self._take(due, now, tempo):
                asked.update(due)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_CHECK_S):
                    await self._is_due.wait()

    async def _take(self, due: Sequence[str], now: datetime, tempo: Tempo) -> bool:
        """Read the closes of ``due``; return False if that is worth trying again today."""
        try:
            told = await self._read_all(due, now, tempo)
            self.known = {**self.known, **{s: px for s, px in told.items() if 0 < px <= PX_MAX}}
        except ProviderError as error:
            log.warning("no previous closes: %s: %s", error.code, error.message)
            return not error.retryable
        except Exception:
            log.exception("no previous closes")
            return False
        return True

    async def _read_all(
        self, symbols: Sequence[str], now: datetime, tempo: Tempo
    ) -> Mapping[str, float]:
        read = self._read
        if read is not None:
            return await retried(lambda: read(symbols), tempo=tempo)
        closes = {}
        for symbol in symbols:
            close = await self._last_close(symbol, now, tempo)
            if close is not None:
                closes[symbol] = close
        return closes

    async def _last_close(self, symbol: str, now: datetime, tempo: Tempo) -> float | None:
        page = await retried(
            lambda: self._history.read_bars(
                symbol=symbol, timeframe=ONE_DAY, start=now - _LOOK_BACK, end=now
            ),
            tempo=tempo,
        )
        today = clock.new_york_date(now)
        before = [
            bar.close
            for bar in page.rows
            if clock.new_york_date(clock.from_ns(bar.ts_start)) < today and is_possible_bar(bar)
        ]
        return before[-1] if before else None
