"""One connection to a provider's stream: how it is opened, and what its errors are called."""

import asyncio
from collections.abc import Awaitable

from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus, WebSocketException

from marketdata.feeds.providers import (
    Dialogue,
    HandshakeRefused,
    ProviderError,
    ProviderUnreachable,
)

# What a connection that cannot be opened, or is lost, raises.
CONNECTION_ERRORS = (OSError, TimeoutError, EOFError, WebSocketException)

# Frames that may wait for us. A provider that gets this far ahead drops us as too slow; then we
# connect again and fill the gap, which is better than growing without end.
_FRAMES_MAX = 4_096
_FRAME_BYTES_MAX = 16 * 2**20
# What a gateway answers to a handshake while it is busy or broken; anything else is a refusal.
_SERVER_ERROR = 500


def open_socket(dialogue: Dialogue, *, open_s_max: float) -> connect:
    """Return the web socket that the dialogue speaks on, to be entered with ``async with``."""
    return connect(
        dialogue.url,
        additional_headers=dialogue.headers,
        compression=None,  # it halves what one core can read
        max_queue=_FRAMES_MAX,
        max_size=_FRAME_BYTES_MAX,
        open_timeout=open_s_max,
        close_timeout=1,
    )


def named_error(error: Exception, *, name: str) -> ProviderError:
    """Return one of CONNECTION_ERRORS as what it means for the provider of this name."""
    if isinstance(error, InvalidStatus):
        status = error.response.status_code
        kind = ProviderUnreachable if status >= _SERVER_ERROR else HandshakeRefused
        return kind(f"{name} answered {status} to the handshake", status=status)
    reason = str(error) or type(error).__name__
    return ProviderUnreachable(f"{name}: {reason}")


async def first_of(*coroutines: Awaitable[object]) -> None:
    """Run all until one ends; end the others, and raise what the one raised."""
    tasks = [asyncio.ensure_future(each) for each in coroutines]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()
