"""
Backfills at work: claimed, fetched by page, written with the token of the next page.

A page's rows, the days they complete and the token that asks for what follows are one transaction.
So a worker may be killed at any instant: the next one begins where the last commit ended.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Iterator
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, TypeVar
from uuid import UUID

from django.db import DatabaseError

from marketdata.contracts import Backfill, BackfillState
from marketdata.feeds.providers import (
    HistorySource,
    InvalidRequest,
    Page,
    ProviderError,
    ProviderUnreachable,
    RateLimited,
)
from marketdata.operations import backfill, history_sources
from marketdata.operations.fetch_pages import PageSource, plan_of
from marketdata.store import backfills
from marketdata.store.backfills import Claim, ClaimLost
from trading.kernel import clock
from trading.kernel.errors import TradingError

Now = Callable[[], datetime]
T = TypeVar("T")

# Well below the lease, so that a worker that waits for an answer still has its claim.
FETCH_SECONDS_MAX = 45.0
_LOOK_S = 0.2
_WATCH_S = 0.5
_WAIT_S_MAX = 300

log = logging.getLogger(__name__)
# One at a time in a process: the worker's other threads are for those who cannot wait.
_working = Lock()


class Stopping(Exception):
    """The process is asked to end: give the backfill back as it is."""


def run_due(*, is_stopping: Callable[[], bool], now: Now = clock.utc_now) -> int:
    """
    Work on whatever is due until nothing is; return how many were taken up.

    Returns at once if this process is at it already. Never raises: what went wrong with a backfill
    stands in its row.
    """
    if not _working.acquire(blocking=False):
        return 0
    taken = 0
    try:
        while not is_stopping() and (held := backfills.claim(now=now())) is not None:
            _work(held, is_stopping, now)
            taken += 1
    finally:
        _working.release()
    return taken


def follow(
    *, backfill_id: UUID, on_progress: Callable[[Backfill], None], now: Now = clock.utc_now
) -> Backfill:
    """
    Work on this backfill, or watch who does, until it is done, stopped or failed; return it then.

    ``on_progress`` is called after each page and about twice a second while there is none.

    :raises BackfillNotFound: if there is none
    """

    def tell() -> Backfill:
        seen = backfill.get(backfill_id=backfill_id)
        on_progress(seen)
        return seen

    while (seen := tell()).state in {BackfillState.WAITING, BackfillState.RUNNING}:
        held = backfills.claim(now=now(), only=backfill_id)
        if held is None:
            time.sleep(_WATCH_S)
        else:
            _work(held, lambda: False, now, on_page=tell)
    return seen


def work_until(*, backfill_id: UUID, ends: float, now: Now = clock.utc_now) -> Backfill:
    """
    Work on this backfill, or wait for who does, until it ends or ``time.monotonic()`` is ``ends``.

    What is not done then goes on in the background.

    :raises BackfillNotFound: if there is none
    """
    while True:
        seen = backfill.get(backfill_id=backfill_id)
        is_put_off = seen.state is BackfillState.WAITING and seen.due_at > now()
        is_over = seen.state not in {BackfillState.WAITING, BackfillState.RUNNING}
        if is_over or is_put_off or time.monotonic() >= ends:
            return seen
        held = backfills.claim(now=now(), only=backfill_id)
        if held is None:
            time.sleep(_LOOK_S)
        else:
            _work(held, lambda: time.monotonic() >= ends, now)


def _work(
    held: Claim,
    is_stopping: Callable[[], bool],
    now: Now,
    on_page: Callable[[], object] = lambda: None,
) -> None:
    try:
        with asyncio.Runner() as runner:
            source = history_sources.open_source(name=held.source)
            try:
                _fetch(held, source, _Fetcher(runner, is_stopping), now, on_page)
            finally:
                runner.run(source.close())
    except ClaimLost:
        return
    except Stopping:
        backfills.release(held=held, state=BackfillState.WAITING, due_at=now())
    except ProviderError as error:
        _put_off(held, error, now)
    except TradingError as error:
        _fail(held, f"{error.code}: {error.message}", now)
    except DatabaseError:
        # Nothing can be written down now; the lease runs out and somebody tries again.
        log.exception("backfill %s: the database failed", held.id)
    except Exception as error:
        log.exception("backfill %s failed", held.id)
        _fail(held, f"{type(error).__name__}: {error}", now)
    else:
        backfills.release(held=held, state=BackfillState.DONE, due_at=now(), error="")


class _Fetcher:
    """Runs one request at a time on the worker's own loop; a stop does not wait for its answer."""

    def __init__(self, runner: asyncio.Runner, is_stopping: Callable[[], bool]) -> None:
        self._runner = runner
        self._is_stopping = is_stopping

    def __call__(self, request: Coroutine[Any, Any, T]) -> T:
        """
        Return the answer.

        :raises Stopping: if the process is asked to end
        :raises ProviderUnreachable: if the answer takes too long
        """
        return self._runner.run(self._answer(request))

    async def _answer(self, request: Coroutine[Any, Any, T]) -> T:
        task = asyncio.ensure_future(request)
        try:
            async with asyncio.timeout(FETCH_SECONDS_MAX):
                while not task.done():
                    if self._is_stopping():
                        raise Stopping
                    await asyncio.wait({task}, timeout=_LOOK_S)
        except TimeoutError:
            raise ProviderUnreachable(f"no answer in {FETCH_SECONDS_MAX:.0f} s") from None
        finally:
            task.cancel()
        return task.result()


def _fetch(
    held: Claim,
    source: HistorySource,
    fetch: _Fetcher,
    now: Now,
    on_page: Callable[[], object],
) -> None:
    plan = plan_of(held, now=now())
    backfills.advance(held=held, now=now(), pieces_total=held.pieces_done + len(plan))
    for piece, token in plan:
        pages = PageSource(held=held, source=source, piece=piece, now=now())
        for page in _pages(pages, token, fetch):
            pages.write(page, now=now())
            on_page()


def _pages(pages: PageSource, token: str | None, fetch: _Fetcher) -> Iterator[Page[Any]]:
    while True:
        try:
            page = fetch(pages.ask(token))
        except InvalidRequest:
            if token is None:
                raise
            token = None  # it has grown too old: begin the piece again
            continue
        yield page
        token = page.next_token
        if token is None:
            return


def _put_off(held: Claim, error: ProviderError, now: Now) -> None:
    """Wait as long as the provider says, or longer each time; give up what waiting cannot mend."""
    told = f"{error.code}: {error.message}"
    if not error.retryable:
        _fail(held, told, now)
        return
    attempts = backfills.failed_attempts(held=held)
    if isinstance(error, RateLimited):
        wait_s = error.retry_after_s
    else:
        attempts += 1
        wait_s = min(2.0**attempts, _WAIT_S_MAX)
    backfills.release(
        held=held,
        state=BackfillState.WAITING,
        due_at=now() + timedelta(seconds=wait_s),
        attempts=attempts,
        error=told,
    )


def _fail(held: Claim, told: str, now: Now) -> None:
    log.error("backfill %s failed: %s", held.id, told)
    backfills.release(held=held, state=BackfillState.FAILED, due_at=now(), error=told)
