"""What a user sets to use Tiingo, and how it spells symbols."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from marketdata.feeds.providers import InvalidRequest
from marketdata.feeds.rest import read_key

SOURCE = "tiingo"
REST_URL = "https://api.tiingo.com"
STREAM_URL = "wss://api.tiingo.com/iex"
# Which updates are streamed: 6 a reference price now and then, to everyone; 5 every trade and every
# top of the book, and 0 everything, to those who have an agreement with IEX.
REFERENCE_LEVEL = 6
_LEVELS = frozenset({0, 5, REFERENCE_LEVEL})


@dataclass(frozen=True, slots=True, kw_only=True)
class TiingoConfig:
    """``requests_per_minute`` is the plan's; None is for no limit."""

    token: str = field(repr=False)
    rest_url: str = REST_URL
    stream_url: str = STREAM_URL
    threshold_level: int = REFERENCE_LEVEL
    requests_per_minute: float | None = None


def read_config(settings: Mapping[str, str]) -> TiingoConfig:
    """
    Return the settings as values.

    Only ``token`` must be there. The others are ``rest_url``, ``stream_url``, ``threshold_level``
    (0, 5 or 6) and ``requests_per_minute``.

    :raises AuthenticationFailed: if there is no token
    :raises InvalidRequest: if a setting makes no sense
    """
    token = read_key(settings.get("token", ""), missing="Tiingo needs a token: set TIINGO_TOKEN")
    try:
        level = int(settings.get("threshold_level") or REFERENCE_LEVEL)
        pace = float(settings.get("requests_per_minute") or 0)
    except ValueError as error:
        raise InvalidRequest(f"the settings of Tiingo: {error}") from error
    if level not in _LEVELS or pace < 0:
        raise InvalidRequest("the settings of Tiingo: the level is 0, 5 or 6, a pace is positive")
    return TiingoConfig(
        token=token,
        rest_url=settings.get("rest_url") or REST_URL,
        stream_url=settings.get("stream_url") or STREAM_URL,
        threshold_level=level,
        requests_per_minute=pace or None,
    )


def ticker_of(symbol: str) -> str:
    """Return the provider's spelling: classes of shares come after a dash."""
    return symbol.replace(".", "-")
