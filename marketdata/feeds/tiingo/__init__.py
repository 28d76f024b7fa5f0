"""Tiingo: the IEX stream, daily prices with splits and dividends, IEX minutes."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from marketdata.contracts import FeedKind, Session
from marketdata.feeds.streaming import StreamingFeed
from marketdata.feeds.tiingo.config import SOURCE, read_config
from marketdata.feeds.tiingo.dialogue import TiingoDialogue
from marketdata.feeds.tiingo.history import TiingoHistory


def build(
    *,
    config: Mapping[str, str],
    symbols: Sequence[str],
    sessions: Callable[[datetime], Session],
) -> tuple[StreamingFeed, TiingoHistory]:
    """
    Return the stream of ``symbols`` and the history. ``config`` is explained at ``read_config``.

    :raises AuthenticationFailed, InvalidRequest: if the settings cannot be used
    """
    tiingo = read_config(config)
    history = TiingoHistory(config=tiingo)
    feed = StreamingFeed(
        name=SOURCE,
        kind=FeedKind.LIVE,
        symbols=symbols,
        dial=lambda following, _each: TiingoDialogue(config=tiingo, symbols=following),
        history=history,
        sessions=sessions,
    )
    return feed, history
