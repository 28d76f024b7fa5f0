"""What a user sets to use Polygon.io, which calls itself Massive since October 2025."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum, unique
from urllib.parse import urlsplit

from marketdata.feeds.providers import InvalidRequest
from marketdata.feeds.rest import read_key

REST_URL = "https://api.massive.com"
STREAM_URL = "wss://socket.massive.com/stocks"


@unique
class Channel(StrEnum):
    """What a plan may stream, in the provider's spelling."""

    TRADES = "T"
    QUOTES = "Q"
    SECONDS = "A"
    MINUTES = "AM"
    PRICE_BANDS = "LULD"


DEFAULT_CHANNELS = (Channel.TRADES, Channel.QUOTES, Channel.MINUTES, Channel.PRICE_BANDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolygonConfig:
    """
    Where to ask, with which key, for what.

    ``shares_per_quote_unit`` is what one unit of a quote's size means: the provider documents round
    lots of 100. ``requests_per_minute`` is the plan's; None is for plans without a limit. Second
    bars stand in for trades in plans that have none.
    """

    key: str = field(repr=False)
    rest_url: str = REST_URL
    stream_url: str = STREAM_URL
    channels: tuple[Channel, ...] = DEFAULT_CHANNELS
    shares_per_quote_unit: int = 100
    requests_per_minute: float | None = None

    @property
    def is_delayed(self) -> bool:
        """
        Whether the stream is a host of the plans that are 15 minutes behind.

        Their names begin so: ``delayed.massive.com``, ``delayed-business.polygon.io`` and others.
        """
        host = urlsplit(self.stream_url).hostname or ""
        return host.split(".")[0].split("-")[0] == "delayed"


def read_config(settings: Mapping[str, str]) -> PolygonConfig:
    """
    Return the settings as values.

    Only ``api_key`` must be there. The others are ``rest_url``, ``stream_url``, ``channels`` (such
    as ``T,Q,AM``), ``shares_per_quote_unit`` and ``requests_per_minute``.

    :raises AuthenticationFailed: if there is no key
    :raises InvalidRequest: if a setting makes no sense
    """
    key = read_key(
        settings.get("api_key", ""), missing="Polygon.io needs a key: set POLYGON_API_KEY"
    )
    names = settings.get("channels", "").replace(",", " ").split()
    try:
        channels = tuple(Channel(name) for name in names) or DEFAULT_CHANNELS
        unit = int(settings.get("shares_per_quote_unit") or 100)
        pace = float(settings.get("requests_per_minute") or 0)
    except ValueError as error:
        raise InvalidRequest(f"the settings of Polygon.io: {error}") from error
    if {Channel.TRADES, Channel.SECONDS} <= set(channels):
        raise InvalidRequest("the settings of Polygon.io: T and A would build every bar twice")
    if unit <= 0 or pace < 0:
        raise InvalidRequest("the settings of Polygon.io: a unit and a pace are positive")
    return PolygonConfig(
        key=key,
        rest_url=settings.get("rest_url") or REST_URL,
        stream_url=settings.get("stream_url") or STREAM_URL,
        channels=channels,
        shares_per_quote_unit=unit,
        requests_per_minute=pace or None,
    )
