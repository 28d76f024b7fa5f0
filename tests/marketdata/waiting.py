"""Waiting for what another task or thread brings about."""

import asyncio
from collections.abc import Callable


async def until(condition: Callable[[], object]) -> None:
    """Return once the condition is true; fail after a while."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - nobody sets an event for it
            await asyncio.sleep(0.005)
