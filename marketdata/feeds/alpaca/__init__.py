"""Alpaca's market data: the stream in JSON or MessagePack, and the history."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from marketdata.contracts import FeedKind, Session
from marketdata.feeds.alpaca.config import read_config
from marketdata.feeds.alpaca.dialogue import AlpacaDialogue
from marketdata.feeds.alpaca.history import AlpacaHistory
from marketdata.feeds.alpaca.translate import SOURCE
from marketdata.feeds.streaming import StreamingFeed

_DELAY_S = 900.0


def build(
    *,
    config: Mapping[str, str],
    symbols: Sequence[str],
    sessions: Callable[[datetime], Session],
) -> tuple[StreamingFeed, AlpacaHistory]:
    """
    Return the stream of ``symbols`` and the history. ``config`` is explained at ``read_config``.

    :raises AuthenticationFailed, InvalidRequest: if the settings cannot be used
    """
    alpaca = read_config(config)
    history = AlpacaHistory(config=alpaca)
    feed = StreamingFeed(
        name=SOURCE,
        kind=FeedKind.DELAYED if alpaca.is_delayed else FeedKind.LIVE,
        symbols=symbols,
        dial=lambda following, each: AlpacaDialogue(
            config=alpaca, symbols=following, each_quote=each
        ),
        history=history,
        sessions=sessions,
        delay_s=_DELAY_S if alpaca.is_delayed else 0.0,
        read_closes=history.read_previous_closes,
        read_newest=history.read_newest,
        room=alpaca.symbols_max,
    )
    return feed, history
