"""The browser's socket for an account: a snapshot, then what changed; for its owner only."""

import asyncio
from typing import Any
from uuid import UUID

import orjson
import structlog
from channels.generic.websocket import AsyncWebsocketConsumer

from oms import interface as oms
from oms.api import wire
from oms.subscribers import ALL_ACCOUNTS, account_group
from trading.infra.database import in_thread
from trading.kernel.clock import utc_now
from trading.kernel.quantities import plain

log = structlog.get_logger(__name__)

INTERNAL_ERROR = 1011
SESSION_ENDED = 4401
NOT_A_TRADER = 4403
SNAPSHOT_ORDERS = 100
REQUEST_LENGTH_MAX = 1_024
# Changes that come faster than this reach the screen together.
PUSH_SECONDS = 0.05


class AccountConsumer(AsyncWebsocketConsumer):
    """
    Serves ``/ws/account``.

    Frames are numbered per socket. A message of the channel layer only says that something changed;
    the state is read from the database when it is sent. If the layer lost one, a new snapshot goes
    out.
    """

    account_id: UUID
    groups_joined: tuple[str, ...]

    async def connect(self) -> None:
        await self.accept()
        user = self.scope["user"]
        if not user.is_authenticated or not user.is_active:
            await self.close(code=SESSION_ENDED)
            return
        account_id = await in_thread(oms.find_account_id, user_id=user.id)
        if account_id is None:
            await self.close(code=NOT_A_TRADER)
            return
        self.account_id = account_id
        self.seq = 0
        self.last_number: int | None = None
        self.needs_snapshot = True
        self.pending: list[dict[str, Any]] = []
        self.wakened = asyncio.Event()
        self.wakened.set()
        self.groups_joined = (account_group(str(account_id)), ALL_ACCOUNTS)
        for group in self.groups_joined:
            await self.channel_layer.group_add(group, self.channel_name)
        self.pusher = asyncio.create_task(self._push())

    async def disconnect(self, code: int) -> None:
        del code
        if hasattr(self, "pusher"):
            self.pusher.cancel()
            for group in self.groups_joined:
                await self.channel_layer.group_discard(group, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if not hasattr(self, "pusher"):
            return
        data = text_data or bytes_data or b""
        if len(data) > REQUEST_LENGTH_MAX:
            words = f"the message is longer than {REQUEST_LENGTH_MAX} characters"
            await self._send({"type": "error", "code": "TOO_LONG", "message": words})
            return
        try:
            message = orjson.loads(data)
        except orjson.JSONDecodeError:
            await self._send({"type": "error", "code": "BAD_JSON", "message": "that is not JSON"})
            return
        if isinstance(message, dict) and message.get("action") == "resync":
            self.needs_snapshot = True
            self.wakened.set()
        else:
            answer = {"type": "error", "code": "UNKNOWN_ACTION", "message": "send resync"}
            await self._send(answer)

    async def account_changed(self, message: dict[str, Any]) -> None:
        """Take note of a change; called by the channel layer."""
        number = message["number"]
        if self.last_number is not None and number != self.last_number + 1:
            self.needs_snapshot = True
        self.last_number = number
        self.pending += message["events"]
        self.wakened.set()

    async def account_resync(self, _message: dict[str, Any]) -> None:
        """
        Send a new snapshot: the event reader was restarted and may have missed changes.

        Called by the channel layer.
        """
        self.needs_snapshot = True
        self.wakened.set()

    async def _push(self) -> None:
        try:
            await self._push_changes()
        except Exception:
            # The client reconnects and starts from a snapshot; silence would look like calm.
            log.exception("an account's screen could not be kept up to date")
            await self.close(code=INTERNAL_ERROR)

    async def _push_changes(self) -> None:
        while True:
            await self.wakened.wait()
            self.wakened.clear()
            events, self.pending = self.pending, []
            is_snapshot, self.needs_snapshot = self.needs_snapshot, False
            frame = await in_thread(self._read, events, is_snapshot=is_snapshot)
            self.seq += 1
            await self._send({**frame, "seq": self.seq})
            await asyncio.sleep(PUSH_SECONDS)

    def _read(self, events: list[dict[str, Any]], *, is_snapshot: bool) -> dict[str, Any]:
        account_id = self.account_id
        state: dict[str, Any] = {
            "account": wire.account(oms.get_account(account_id=account_id)),
            "positions": [
                wire.position(position)
                for position in oms.list_positions(account_id=account_id, now=utc_now())
            ],
        }
        if is_snapshot:
            open_orders = oms.list_orders(account_id=account_id, status="open", limit=500)
            recent = oms.list_orders(account_id=account_id, status="all", limit=SNAPSHOT_ORDERS)
            orders = {order.id: order for order in [*open_orders, *recent]}.values()
            return {
                "type": "snapshot",
                **state,
                "orders": [wire.order(order) for order in orders],
                "events": [],
            }
        changed = oms.list_orders_by_id(
            account_id=account_id, ids=[UUID(event["order_id"]) for event in events]
        )
        terms = {str(order.id): order for order in changed}
        return {
            "type": "update",
            **state,
            "orders": [wire.order(order) for order in changed],
            "events": [
                {
                    "symbol": terms[event["order_id"]].symbol,
                    "side": terms[event["order_id"]].side.lower(),
                    "qty": plain(terms[event["order_id"]].qty),
                    "price": None,
                    "text": terms[event["order_id"]].text,
                    **event,
                }
                for event in events
                if event["order_id"] in terms
            ],
        }

    async def _send(self, frame: dict[str, Any]) -> None:
        await self.send(text_data=orjson.dumps(frame).decode())
