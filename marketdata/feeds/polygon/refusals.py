"""What the provider says no with, on the stream and over REST."""

import msgspec

from marketdata.feeds.polygon.wire import Status
from marketdata.feeds.providers import (
    AuthenticationFailed,
    ConnectionLimitExceeded,
    InvalidRequest,
    NotEntitled,
    ProviderError,
    ProviderUnreachable,
    SlowClient,
    SymbolLimitExceeded,
)
from marketdata.feeds.rest import UNREADABLE, Answer, error_of

# Statuses that are not a no.
_WELCOME = frozenset({"connected", "auth_success", "success"})

# The status alone decides, unless it is ``error`` or ``auth_failed``, which stand for several.
_BY_STATUS: dict[str, type[ProviderError]] = {
    "auth_timeout": ProviderUnreachable,  # our key came too late: a slow line
    "max_connections": ConnectionLimitExceeded,
    "slow_consumer": SlowClient,
}
# The first words that are found in the message decide.
_BY_WORDS: tuple[tuple[tuple[str, ...], type[ProviderError]], ...] = (
    (("slow",), SlowClient),
    (("connections",), ConnectionLimitExceeded),
    (("too many", "limit", "maximum"), SymbolLimitExceeded),
    # "Your plan doesn't include ...", "You don't have access ...", "not authorized"
    (("plan", "access", "not authorized", "entitle", "agreement"), NotEntitled),
    (("auth",), AuthenticationFailed),
)
# Without a Retry-After header: the only limit that is published is five requests a minute.
_RETRY_AFTER_S = 12.0


class _ErrorBody(msgspec.Struct):
    error: str = ""
    message: str = ""


_error_decoder = msgspec.json.Decoder(_ErrorBody)


def refusal_of(status: Status) -> ProviderError | None:
    """Return what a status refuses, or None if it is good news."""
    if status.status in _WELCOME:
        return None
    text = f"{status.status}: {status.message}"
    if (refusal := _BY_STATUS.get(status.status)) is not None:
        return refusal(text)
    words = status.message.lower()
    for known, refusal in _BY_WORDS:
        if any(word in words for word in known):
            return refusal(text)
    return AuthenticationFailed(text) if status.status == "auth_failed" else InvalidRequest(text)


def judge(answer: Answer) -> ProviderError:
    """Return what an answer that is not a 200 means."""
    try:
        body = _error_decoder.decode(answer.body)
        message = body.error or body.message
    except UNREADABLE:
        message = "no reason given"
    return error_of(answer, message, retry_after_s=_RETRY_AFTER_S)
