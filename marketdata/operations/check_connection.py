"""Asking a provider whether it takes our key: one cheap request, and its own answer."""

import asyncio
from datetime import datetime, timedelta

from marketdata.contracts import BarUnit, ConnectionCheck, Timeframe
from marketdata.domain.providers import PROVIDER_SPECS
from marketdata.feeds.base import FeedError
from marketdata.feeds.providers import HistorySource, ProviderUnreachable
from marketdata.feeds.registry import UnknownFeed
from marketdata.operations import configured_providers

TIMEOUT_S = 10.0
# Listed before there were computers, so every provider has it.
_SYMBOL = "IBM"
_ONE_DAY = Timeframe(count=1, unit=BarUnit.DAY)
_LOOK_BACK = timedelta(days=7)


def check(*, name: str, now: datetime) -> ConnectionCheck:
    """
    Ask for a week of days with the settings that hold now. Blocks, ten seconds at most.

    :raises UnknownFeed: if there is no such provider
    """
    if name not in PROVIDER_SPECS:
        raise UnknownFeed(f"{name!r} is none of {', '.join(PROVIDER_SPECS)}", provider=name)
    configured = configured_providers.configuration()
    try:
        history = configured_providers.open_history(configured, name=name)
        rows = asyncio.run(_ask(history, now))
    except FeedError as error:
        code, message = error.code, error.message
    else:
        code, message = "", f"it answered with {rows} daily bars of {_SYMBOL}"
    told = configured_providers.without_keys(message, configured=configured, name=name)
    return ConnectionCheck(provider=name, code=code, message=told)


async def _ask(history: HistorySource, now: datetime) -> int:
    try:
        async with asyncio.timeout(TIMEOUT_S):
            page = await history.read_bars(
                symbol=_SYMBOL, timeframe=_ONE_DAY, start=now - _LOOK_BACK, end=now
            )
    except TimeoutError:
        raise ProviderUnreachable(f"no answer in {TIMEOUT_S:.0f} s") from None
    finally:
        await history.close()
    return len(page.rows)
