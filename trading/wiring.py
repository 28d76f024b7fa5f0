"""
Where the apps meet: who follows whose facts, and which ticks go where. Read it to see the whole.

    market data ticks   -> oms: the paper market
    order events        -> the browsers of the account
    KillSwitchEngaged   -> oms: the desk looks at the switches at once
    ProviderConfigured  -> market data: the feed that is configured now is played
"""

import asyncio
from collections.abc import Sequence

from marketdata import interface as marketdata
from marketdata.events import ProviderConfigured
from oms import interface as oms
from oms.subscribers import ScreenPush, look_at_kill_switches
from trading.eventlog.follow import Follower
from trading.eventlog.readers import ReadEvent


def connect_ticks() -> None:
    """Let the paper market see every accepted quote and trade."""
    marketdata.on_tick(oms.on_tick)


def followers(*, loop: asyncio.AbstractEventLoop) -> list[Follower]:
    """Return the readers of the event log; ``loop`` is the one that serves the sockets."""
    return [
        Follower(name="account-screens", handler=ScreenPush(loop=loop), is_durable=False),
        Follower(name="kill-switch", handler=look_at_kill_switches, is_durable=True),
        Follower(name="providers", handler=take_up_providers, is_durable=False),
    ]


def take_up_providers(events: Sequence[ReadEvent]) -> None:
    """Let this process's feed follow the configuration; without events: as it is by now."""
    if not events or any(event.type == ProviderConfigured.type for event in events):
        marketdata.reconsider_feed()
