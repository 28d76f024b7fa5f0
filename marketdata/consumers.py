"""The quote socket: snapshot, then newer values, never a queue."""

import asyncio
import contextlib

from channels.generic.websocket import AsyncWebsocketConsumer

from marketdata import interface

NOT_SIGNED_IN = 4401


class QuotesConsumer(AsyncWebsocketConsumer):
    """
    Streams quotes, trades and live bars to one signed-in browser.

    The one task below does all sending, so at most one frame is on its way to the client; what
    happens meanwhile is conflated in the connection.
    """

    _sending: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        # Accepted first even when refused: a browser sees the close code of an open socket only.
        await self.accept()
        user = self.scope.get("user")
        if user is None or not user.is_authenticated:
            await self.close(code=NOT_SIGNED_IN)
            return
        self._quotes = interface.open_quotes()
        self._sending = asyncio.create_task(self._send_frames())

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self._sending is not None:
            await interface.answer_quotes(
                connection=self._quotes,
                text=text_data if text_data is not None else bytes_data or b"",
            )

    async def disconnect(self, code: int) -> None:  # noqa: ARG002 - Channels' signature
        if self._sending is None:
            return
        interface.close_quotes(connection=self._quotes)
        self._sending.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._sending

    async def _send_frames(self) -> None:
        with contextlib.suppress(OSError):  # the client has gone; ``disconnect`` follows
            while True:
                await self.send(text_data=await self._quotes.next_frame())
