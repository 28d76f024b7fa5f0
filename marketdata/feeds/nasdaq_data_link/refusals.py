"""What the provider says no with: a code whose third letter is the kind."""

from collections.abc import Callable

import msgspec

from marketdata.feeds.providers import (
    AuthenticationFailed,
    InvalidRequest,
    NotEntitled,
    ProviderError,
    ProviderUnreachable,
    RateLimited,
)
from marketdata.feeds.rest import UNREADABLE, Answer, error_of, retry_after

_KIND_AT = 2  # QEAx01: the kind is A
_KINDS: dict[str, Callable[[str], ProviderError]] = {
    "A": AuthenticationFailed,
    "P": NotEntitled,
    "S": InvalidRequest,
    "C": InvalidRequest,  # no such dataset
    "M": ProviderUnreachable,
    "X": ProviderUnreachable,
}
_LIMIT = "L"
# The shortest limit is counted over ten seconds. The one that the headers count down is the day's;
# when it is used up, asking once an hour is often enough.
_BURST_S = 10.0
_DAY_S = 3600.0


class _Error(msgspec.Struct):
    code: str
    message: str = ""


class _ErrorBody(msgspec.Struct):
    """The first name is the one from before the company's own was changed."""

    quandl_error: _Error | None = None
    error: _Error | None = None


_error_decoder = msgspec.json.Decoder(_ErrorBody)


def judge(answer: Answer) -> ProviderError:
    """Return what an answer that is not a 200 means. The code says more than the status."""
    otherwise_s = _DAY_S if answer.headers.get("x-ratelimit-remaining") == "0" else _BURST_S
    try:
        body = _error_decoder.decode(answer.body)
    except UNREADABLE:
        return error_of(answer, "no reason given", retry_after_s=otherwise_s)
    error = body.quandl_error or body.error
    if error is None:
        return error_of(answer, "no reason given", retry_after_s=otherwise_s)
    text = f"HTTP {answer.status}: {error.code}: {error.message}"
    kind = error.code[_KIND_AT : _KIND_AT + 1].upper() if error.code.startswith("QE") else ""
    if kind == _LIMIT:
        return RateLimited(text, retry_after_s=retry_after(answer, otherwise_s=otherwise_s))
    if (refusal := _KINDS.get(kind)) is not None:
        return refusal(text)
    return error_of(answer, f"{error.code}: {error.message}", retry_after_s=otherwise_s)
