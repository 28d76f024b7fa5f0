"""Polygon.io, which calls itself Massive since October 2025: the whole US tape."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from marketdata.contracts import FeedKind, LastKnown, Session
from marketdata.feeds.polygon.config import read_config
from marketdata.feeds.polygon.dialogue import PolygonDialogue
from marketdata.feeds.polygon.history import PolygonHistory
from marketdata.feeds.polygon.reference import Snapshot, read_snapshots
from marketdata.feeds.polygon.translate import SOURCE
from marketdata.feeds.streaming import StreamingFeed

_DELAY_S = 900.0  # of the plans that are behind
# A request's address has a length.
_SYMBOLS_PER_SNAPSHOT = 250


def build(
    *,
    config: Mapping[str, str],
    symbols: Sequence[str],
    sessions: Callable[[datetime], Session],
) -> tuple[StreamingFeed, PolygonHistory]:
    """
    Return the stream of ``symbols`` and the history. ``config`` is explained at ``read_config``.

    :raises AuthenticationFailed, InvalidRequest: if the settings cannot be used
    """
    polygon = read_config(config)
    history = PolygonHistory(config=polygon)

    async def read(wanted: Sequence[str]) -> list[Snapshot]:
        found: list[Snapshot] = []
        for first in range(0, len(wanted), _SYMBOLS_PER_SNAPSHOT):
            snapshots = await read_snapshots(
                rest=history.rest,
                symbols=wanted[first : first + _SYMBOLS_PER_SNAPSHOT],
                shares_per_quote_unit=polygon.shares_per_quote_unit,
            )
            found += snapshots.values()
        return found

    async def read_closes(wanted: Sequence[str]) -> Mapping[str, float]:
        return {
            snapshot.symbol: snapshot.previous_close
            for snapshot in await read(wanted)
            if snapshot.previous_close is not None
        }

    async def read_newest(wanted: Sequence[str]) -> Sequence[LastKnown]:
        return [
            LastKnown(
                symbol=snapshot.symbol,
                quote=snapshot.quote,
                trade=snapshot.trade,
                source=SOURCE,
            )
            for snapshot in await read(wanted)
        ]

    feed = StreamingFeed(
        name=SOURCE,
        kind=FeedKind.DELAYED if polygon.is_delayed else FeedKind.LIVE,
        symbols=symbols,
        dial=lambda following, each: PolygonDialogue(
            config=polygon, symbols=following, each_quote=each
        ),
        history=history,
        sessions=sessions,
        delay_s=_DELAY_S if polygon.is_delayed else 0.0,
        read_closes=read_closes,
        read_newest=read_newest,
    )
    return feed, history
