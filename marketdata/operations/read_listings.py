"""Asking a provider for all that it lists: every page, or an error that says why not."""

import asyncio
from collections.abc import Callable

from marketdata.contracts import Listing
from marketdata.domain.providers import PROVIDER_SPECS
from marketdata.feeds.providers import (
    BadPayload,
    Page,
    ProviderError,
    ProviderUnreachable,
    RateLimited,
    ReadsListings,
)
from marketdata.operations import configured_providers, history_sources
from trading.infra.database import give_back
from trading.kernel.errors import TradingError

_ATTEMPTS = 3  # at a page, when the provider is not well
_RETRY_S = 2.0
_WAIT_S_MAX = 120.0
_LOOK_S = 0.2


class NoListingSource(TradingError):
    """Nobody of this name lists the market, or has its key. Name another, or give it its key."""

    code = "NO_LISTING_SOURCE"


class ListingsNotRead(TradingError):
    """The provider did not give all of its listing. Nothing was changed; its answer says why."""

    code = "LISTINGS_NOT_READ"


class Stopping(Exception):
    """The process is asked to end."""


def names() -> list[str]:
    """Return who can be asked, the best first: in the order of the feed, then by name."""
    known = [
        name
        for name in history_sources.names()
        if name in PROVIDER_SPECS and PROVIDER_SPECS[name].lists
    ]
    best = [name for name in configured_providers.configuration().names() if name in known]
    return list(dict.fromkeys([*best, *known]))


def read(
    *,
    source: str,
    timeout_s: float,
    is_stopping: Callable[[], bool],
    on_progress: Callable[[int], object],
) -> list[Listing]:
    """
    Return all rows of all pages. ``on_progress`` hears how many there are, after each page.

    Never inside a transaction: it waits for somebody else's machine.

    :raises NoListingSource: if nobody of this name can be asked
    :raises ListingsNotRead: if the provider did not give all of it in time
    :raises ProviderError: if its settings make no sense, or its key cannot be read
    :raises Stopping: as soon as ``is_stopping``
    """
    known = names()
    if source not in known:
        raise NoListingSource(
            f"{source!r} has no key, or lists nothing; can be asked: {', '.join(known) or 'none'}",
            source=source,
        )
    configured = configured_providers.configuration()
    history = history_sources.open_source(name=source)
    assert isinstance(history, ReadsListings), f"{source} is said to list"
    pages = _pages(history, on_progress)

    async def whole() -> list[Listing]:
        reading = asyncio.ensure_future(pages)
        try:
            async with asyncio.timeout(timeout_s):
                while not reading.done():
                    if is_stopping():
                        raise Stopping
                    await asyncio.wait({reading}, timeout=_LOOK_S)
        except TimeoutError:
            raise ProviderUnreachable(f"not all of it in {timeout_s:.0f} s") from None
        finally:
            reading.cancel()
            await history.close()
        return reading.result()

    give_back()
    try:
        return asyncio.run(whole())
    except ProviderError as error:
        told = configured_providers.without_keys(error.message, configured=configured, name=source)
        raise ListingsNotRead(f"{source}: {error.code}: {told}", source=source) from None


async def _pages(history: ReadsListings, on_progress: Callable[[int], object]) -> list[Listing]:
    rows: list[Listing] = []
    seen: set[str | None] = set()
    token: str | None = None
    while True:
        seen.add(token)
        page = await _page(history, token)
        rows.extend(page.rows)
        on_progress(len(rows))
        token = page.next_token
        if token is None:
            return rows
        if token in seen:
            raise BadPayload("its pages go round in a circle")


async def _page(history: ReadsListings, token: str | None) -> Page[Listing]:
    """Ask until there is an answer, or no use in asking; the whole has its time."""
    failed = 0
    while True:
        try:
            return await history.read_listings(page_token=token)
        except RateLimited as error:
            wait_s = max(error.retry_after_s, _RETRY_S)
            if wait_s > _WAIT_S_MAX:
                raise
        except ProviderError as error:
            failed += 1
            if not error.retryable or failed >= _ATTEMPTS:
                raise
            wait_s = _RETRY_S
        await asyncio.sleep(wait_s)
