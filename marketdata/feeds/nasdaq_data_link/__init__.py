"""Nasdaq Data Link, once Quandl: end-of-day tables and series, no stream."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from marketdata.contracts import Session
from marketdata.feeds.nasdaq_data_link.config import read_config
from marketdata.feeds.nasdaq_data_link.history import NasdaqDataLinkHistory


def build(
    *,
    config: Mapping[str, str],
    symbols: Sequence[str],
    sessions: Callable[[datetime], Session],
) -> tuple[None, NasdaqDataLinkHistory]:
    """
    Return the history; there is no stream. ``config`` is explained at ``read_config``.

    :raises AuthenticationFailed, InvalidRequest: if the settings cannot be used
    """
    del symbols, sessions  # a stream's
    return None, NasdaqDataLinkHistory(config=read_config(config))
