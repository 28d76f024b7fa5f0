"""What the provider says no with, on the stream and over REST."""

import msgspec

from marketdata.feeds.providers import (
    AuthenticationFailed,
    ConnectionLimitExceeded,
    InvalidRequest,
    NotEntitled,
    ProviderError,
    ProviderUnreachable,
    RateLimited,
    SlowClient,
    SymbolLimitExceeded,
)
from marketdata.feeds.rest import UNREADABLE, Answer, error_of
from marketdata.feeds.tiingo.wire import Response
from trading.kernel import clock

_HOUR_S = 3600
_UNAUTHORIZED, _FORBIDDEN, _TOO_MANY, _SERVER_ERROR = 401, 403, 429, 500
# The first words that are found decide; only then the code does.
_BY_WORDS: tuple[tuple[tuple[str, ...], type[ProviderError]], ...] = (
    (("thresholdlevel", "subscription tier"), NotEntitled),
    (("not authorized for",), NotEntitled),
    (("slow",), SlowClient),
    (("connection",), ConnectionLimitExceeded),
    (("ticker limit", "tickers limit", "too many tickers", "unique symbols"), SymbolLimitExceeded),
)


class _ErrorBody(msgspec.Struct):
    detail: str


_error_decoder = msgspec.json.Decoder(_ErrorBody)


def refusal_of(response: Response) -> ProviderError:
    """Return what a refusal on the stream means."""
    text = f"{response.code}: {response.message}"
    words = response.message.lower()
    for known, refusal in _BY_WORDS:
        if any(word in words for word in known):
            return refusal(text)
    if response.code == _UNAUTHORIZED:
        return AuthenticationFailed(text)
    if response.code == _FORBIDDEN:
        return NotEntitled(text)
    if response.code == _TOO_MANY:
        return RateLimited(text, retry_after_s=seconds_to_next_hour())
    if response.code >= _SERVER_ERROR:
        return ProviderUnreachable(text)
    return InvalidRequest(text)


def judge(answer: Answer) -> ProviderError:
    """Return what an answer that is not a 200 means. Limits are counted by the hour."""
    try:
        message = _error_decoder.decode(answer.body).detail
    except UNREADABLE:
        message = "no reason given"
    return error_of(answer, message, retry_after_s=seconds_to_next_hour())


def seconds_to_next_hour() -> float:
    return _HOUR_S - clock.now_ns() // clock.NS_PER_SECOND % _HOUR_S
