"""Trades and quotes out of a provider's history, asked for while a client waits for the answer."""

import asyncio
from datetime import timedelta
from typing import Any

from marketdata.feeds.providers import (
    HistorySource,
    Offer,
    ProviderError,
    ProviderUnreachable,
    TellsOlderNames,
)
from marketdata.operations import configured_providers, history_sources, read_days
from trading.infra.database import give_back
from trading.kernel.clock import from_ns

# How long a client may wait for one symbol's part of a page.
FETCH_SECONDS_MAX = 30.0
_MICROSECOND = timedelta(microseconds=1)


def offering(*, offer: Offer) -> list[str]:
    """
    Return who can be asked for this, the best first: in the order of the feed, then by name.

    A made-up market has nobody: no provider knows its past.
    """
    if read_days.is_made_up():
        return []
    known = history_sources.names()
    names = [name for name in configured_providers.configuration().names() if name in known]
    return [name for name in dict.fromkeys([*names, *known]) if _may_offer(name, offer)]


def tells_older_names(*, name: str) -> bool:
    """Say whether this provider tells the names that securities had, and is asked by them."""
    try:
        return isinstance(history_sources.open_source(name=name), TellsOlderNames)
    except ProviderError:
        return False


def read(
    *,
    source: str,
    offer: Offer,
    symbol: str,
    ts_from: int,
    ts_to: int,
    newest_first: bool,
    count: int,
) -> list[Any]:
    """
    Return the first ``count`` trades or quotes within [ts_from, ts_to] (ns), in the asked order.

    Never inside a transaction: it waits for somebody else's machine.

    :raises UnknownHistorySource: if nobody of this name is configured
    :raises ProviderError: as the provider says, or if it takes too long
    """
    give_back()
    return asyncio.run(
        _read(
            history_sources.open_source(name=source),
            offer,
            symbol=symbol,
            ts_from=ts_from,
            ts_to=ts_to,
            newest_first=newest_first,
            count=count,
        )
    )


async def _read(
    source: HistorySource,
    offer: Offer,
    *,
    symbol: str,
    ts_from: int,
    ts_to: int,
    newest_first: bool,
    count: int,
) -> list[Any]:
    ask: Any = source.read_trades if offer is Offer.TRADES else source.read_quotes
    rows: list[Any] = []
    token: str | None = None
    try:
        async with asyncio.timeout(FETCH_SECONDS_MAX):
            while True:
                page = await ask(
                    symbol=symbol,
                    # Their ranges are of microseconds, and ours of nanoseconds lie within.
                    start=from_ns(ts_from),
                    end=from_ns(ts_to) + _MICROSECOND,
                    page_token=token,
                    newest_first=newest_first,
                    limit=count - len(rows),
                )
                rows += [row for row in page.rows if ts_from <= row.ts_event <= ts_to]
                token = page.next_token
                if token is None or len(rows) >= count:
                    return rows[:count]
    except TimeoutError:
        raise ProviderUnreachable(f"no answer in {FETCH_SECONDS_MAX:.0f} s") from None
    finally:
        await source.close()


def _may_offer(name: str, offer: Offer) -> bool:
    try:
        return offer in history_sources.open_source(name=name).offers
    except ProviderError:
        return True  # what is wrong with it is said when it is asked
