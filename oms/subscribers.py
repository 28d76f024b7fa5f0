"""
What follows the event log for order management.

``ScreenPush`` tells the browsers of an account that something changed. It sends which orders, not
their state: a socket reads that itself, so a lost or late message can never show a wrong order.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from itertools import count
from typing import Any

import msgspec
from channels.layers import get_channel_layer

from oms import interface as oms
from trading.eventlog.readers import ReadEvent

STREAM_EVENTS = {
    "OrderPlaced": "pending_new",
    "OrderAccepted": "new",
    "OrderFilled": "partial_fill",
    "CancelRequested": "pending_cancel",
    "OrderCanceled": "canceled",
    "OrderExpired": "expired",
    "OrderRejected": "rejected",
}

_decode = msgspec.json.Decoder(dict[str, Any]).decode


def account_group(account_id: str) -> str:
    """Return the channel group of an account's browsers."""
    return f"account.{account_id}"


# The group of every account's browsers.
ALL_ACCOUNTS = "accounts"


class ScreenPush:
    """
    Sends each account's changes to its group, numbered, on the loop that serves the sockets.

    Called without events, as a reader does when it starts or starts again, it lets every browser
    begin anew from a snapshot: nobody knows what was not sent meanwhile.
    """

    def __init__(self, *, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._numbers: defaultdict[str, count[int]] = defaultdict(lambda: count(1))

    def __call__(self, events: Sequence[ReadEvent]) -> None:
        changed: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        for event in events:
            if event.type in STREAM_EVENTS:
                facts = _decode(event.payload)
                changed[facts["account_id"]].append(self._notice(event, facts))
        if not events:
            self._send(ALL_ACCOUNTS, {"type": "account.resync"})
        for account_id, notices in changed.items():
            message = {
                "type": "account.changed",
                "number": next(self._numbers[account_id]),
                "events": notices,
            }
            self._send(account_group(account_id), message)

    def _send(self, group: str, message: dict[str, Any]) -> None:
        # The in-memory layer belongs to its loop; other threads must hand messages over.
        layer = get_channel_layer()
        asyncio.run_coroutine_threadsafe(layer.group_send(group, message), self._loop)

    @staticmethod
    def _notice(event: ReadEvent, facts: dict[str, Any]) -> dict[str, Any]:
        name = STREAM_EVENTS[event.type]
        if name == "partial_fill" and facts["status"] == "FILLED":
            name = "fill"
        notice = {"event": name, "order_id": facts["order_id"]}
        if event.type == "OrderFilled":
            notice |= {
                "symbol": facts["symbol"],
                "side": facts["side"].lower(),
                "qty": facts["last_qty"],
                "price": facts["last_px"],
            }
        return notice


def look_at_kill_switches(events: Sequence[ReadEvent]) -> None:
    """
    Let the desk look at the switches at once: it does by itself, but a moment later.

    The desk reads the current switches, so an old event read again has no effect.
    """
    if any(event.type == "KillSwitchEngaged" for event in events):
        oms.look_at_switches()
