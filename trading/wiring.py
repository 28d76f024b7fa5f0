"""
Where the apps meet: who follows whose facts, and which ticks go where. Read it to see the whole.

    market data ticks   -> oms: the paper market
    order events        -> the browsers of the account
    KillSwitchEngaged   -> oms: working orders are taken back
"""

import asyncio

from marketdata import interface as marketdata
from oms import interface as oms
from oms.subscribers import ScreenPush, cancel_on_kill_switch
from trading.eventlog.follow import Follower


def connect_ticks() -> None:
    """Let the paper market see every accepted quote and trade."""
    marketdata.on_tick(oms.on_tick)


def followers(*, loop: asyncio.AbstractEventLoop) -> list[Follower]:
    """Return the readers of the event log; ``loop`` is the one that serves the sockets."""
    return [
        Follower(name="account-screens", handler=ScreenPush(loop=loop), is_durable=False),
        Follower(name="kill-switch", handler=cancel_on_kill_switch, is_durable=True),
    ]
