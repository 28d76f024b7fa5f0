"""The pipeline's minute bars on their way to PostgreSQL, by where they came from."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor

from django.db import DataError, connections
from psycopg import DataError as DriverDataError

from marketdata.contracts import Bar
from marketdata.domain.sources import STREAM
from marketdata.feeds.base import Feed, ReportsSources
from marketdata.pipeline import Pipeline
from marketdata.store import bars, removals

log = logging.getLogger(__name__)


async def save(pipeline: Pipeline, *, store: ThreadPoolExecutor) -> None:
    """Write what is unsaved in ``store``'s thread and forget it, unless it has changed since."""
    batch, withdrawn = list(pipeline.unsaved.values()), set(pipeline.bars.withdrawn)
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(store, _write, by_source(pipeline.feed, batch), withdrawn)
    pipeline.saved(batch)
    pipeline.bars.withdrawn -= withdrawn


def save_last(pipeline: Pipeline) -> None:
    """Write what is unsaved, here; the pipeline is not used afterwards."""
    batch = list(pipeline.unsaved.values())
    _write(by_source(pipeline.feed, batch), set(pipeline.bars.withdrawn))


def by_source(feed: Feed, batch: Sequence[Bar]) -> dict[str, list[Bar]]:
    """Return the bars by the source that each symbol's prices come from, or else the feed."""
    told: dict[str, str] = {}
    if batch and isinstance(feed, ReportsSources):
        told = {symbol: each.name for each in feed.sources() for symbol in each.selected}
    found: dict[str, list[Bar]] = defaultdict(list)
    for bar in batch:
        found[STREAM + told.get(bar.symbol, feed.name)].append(bar)
    return found


def _write_each(of_source: Sequence[Bar], source: str) -> None:
    """
    Write the bars together or, where the table refuses them, those of them that it takes.

    One bar must not keep the others out for ever. The one that it refuses is dropped, and logged.
    """
    try:
        bars.write(bars=of_source, source=source)
    except (DataError, DriverDataError, ValueError, OverflowError):
        if len(of_source) == 1:
            log.exception("a bar cannot be saved: %r", of_source[0])
            return
        middle = len(of_source) // 2
        _write_each(of_source[:middle], source)
        _write_each(of_source[middle:], source)


def _write(batch: dict[str, list[Bar]], withdrawn: Collection[tuple[str, int]]) -> None:
    try:
        removals.remove(bars=withdrawn)
        for source, of_source in batch.items():
            _write_each(of_source, source)
    except Exception:
        # The connection may be the broken part: the next round takes a new one.
        connections.close_all()
        raise
