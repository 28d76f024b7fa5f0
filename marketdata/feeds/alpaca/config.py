"""What a user sets to use Alpaca's market data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum, unique

from marketdata.feeds.providers import AuthenticationFailed, InvalidRequest

STREAM_URL = "wss://stream.data.alpaca.markets"
DATA_URL = "https://data.alpaca.markets"


@unique
class AlpacaFeed(StrEnum):
    """What a plan may stream, in the provider's spelling."""

    IEX = "iex"
    SIP = "sip"
    DELAYED_SIP = "delayed_sip"  # 15 minutes behind


@unique
class Encoding(StrEnum):
    JSON = "json"
    MSGPACK = "msgpack"


# The free plan's; a plan that streams more of this feed says so in ``symbols_max``.
_SYMBOLS_MAX = {AlpacaFeed.IEX: 30}


@dataclass(frozen=True, slots=True, kw_only=True)
class AlpacaConfig:
    key_id: str = field(repr=False)
    secret_key: str = field(repr=False)
    feed: AlpacaFeed = AlpacaFeed.IEX
    encoding: Encoding = Encoding.MSGPACK
    symbols_max: int | None = None  # that the plan streams; None: no limit
    stream_url: str = STREAM_URL
    data_url: str = DATA_URL

    @property
    def is_delayed(self) -> bool:
        return self.feed is AlpacaFeed.DELAYED_SIP

    @property
    def history_feed(self) -> str:
        """The feed whose history the stream continues."""
        return AlpacaFeed.SIP if self.is_delayed else self.feed


def read_config(settings: Mapping[str, str]) -> AlpacaConfig:
    """
    Read ``key_id`` and ``secret_key`` and, where given, the rest.

    ``feed`` is iex, sip or delayed_sip, ``encoding`` json or msgpack (which is half as long);
    ``symbols_max`` is how many symbols the plan streams, 0 for all; ``stream_url`` and ``data_url``
    are the hosts.

    :raises AuthenticationFailed: if there is no key
    :raises InvalidRequest: if a setting makes no sense
    """
    key_id, secret_key = settings.get("key_id", ""), settings.get("secret_key", "")
    if not (key_id and secret_key):
        raise AuthenticationFailed("Alpaca needs a key: set ALPACA_KEY_ID and ALPACA_SECRET_KEY")
    try:
        feed = AlpacaFeed(settings.get("feed") or AlpacaFeed.IEX)
        encoding = Encoding(settings.get("encoding") or Encoding.MSGPACK)
        symbols_max = _count(settings.get("symbols_max") or _SYMBOLS_MAX.get(feed, 0))
    except ValueError as error:
        raise InvalidRequest(f"the settings of Alpaca: {error}") from error
    return AlpacaConfig(
        key_id=key_id,
        secret_key=secret_key,
        feed=feed,
        encoding=encoding,
        symbols_max=symbols_max or None,
        stream_url=(settings.get("stream_url") or STREAM_URL).rstrip("/"),
        data_url=(settings.get("data_url") or DATA_URL).rstrip("/"),
    )


def _count(text: str | int) -> int:
    """:raises ValueError: if it is no count"""
    count = int(text)
    if count < 0:
        raise ValueError(f"{count} symbols at once")
    return count
