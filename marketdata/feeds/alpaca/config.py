"""What a user sets to use Alpaca's market data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum, unique

from marketdata.feeds.providers import AuthenticationFailed, InvalidRequest

STREAM_URL = "wss://stream.data.alpaca.markets"
DATA_URL = "https://data.alpaca.markets"
PAPER_URL = "https://paper-api.alpaca.markets"
LIVE_URL = "https://api.alpaca.markets"


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
    trading_url: str = ""

    @property
    def is_delayed(self) -> bool:
        return self.feed is AlpacaFeed.DELAYED_SIP

    @property
    def history_feed(self) -> str:
        """The feed whose history the stream continues."""
        return AlpacaFeed.SIP if self.is_delayed else self.feed

    @property
    def headers(self) -> dict[str, str]:
        """What REST requests carry."""
        return {"APCA-API-KEY-ID": self.key_id, "APCA-API-SECRET-KEY": self.secret_key}

    @property
    def trading_urls(self) -> tuple[str, ...]:
        """
        Return the hosts that may be asked what is listed, one after the other.

        A key is one of the paper environment or of the live one, and does not say which. Where the
        data come from somebody else's host, the key may be his too: it goes to Alpaca's only if
        somebody says so.
        """
        if self.trading_url:
            return (self.trading_url,)
        return (PAPER_URL, LIVE_URL) if self.data_url == DATA_URL else ()


def read_config(settings: Mapping[str, str]) -> AlpacaConfig:
    """
    Read ``key_id`` and ``secret_key`` and, where given, the rest.

    ``feed`` is iex, sip or delayed_sip, ``encoding`` json or msgpack (which is half as long);
    ``symbols_max`` is how many symbols the plan streams, 0 for all. ``stream_url``, ``data_url``
    and ``trading_url`` are the hosts; without the last, a key is tried in the paper environment and
    then in the live one.

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
        trading_url=settings.get("trading_url", "").rstrip("/"),
    )


def _count(text: str | int) -> int:
    """:raises ValueError: if it is no count"""
    count = int(text)
    if count < 0:
        raise ValueError(f"{count} symbols at once")
    return count
