"""What Alpaca's REST says no with, and until when its rate limit lasts."""

import msgspec

from marketdata.feeds.alpaca import pages
from marketdata.feeds.providers import ProviderError
from marketdata.feeds.rest import Answer, error_of
from trading.kernel import clock

RATE_LIMIT_S = 60.0  # limits are by the minute

_ERROR = msgspec.json.Decoder(pages.ErrorBody)


def judge(answer: Answer) -> ProviderError:
    """Return what an answer that is not a 200 means."""
    try:
        message = _ERROR.decode(answer.body).message
    except (msgspec.DecodeError, UnicodeDecodeError):
        message = ""  # a 5xx may come from a machine in between, in HTML
    wait_s = reset_s(answer) - clock.utc_now().timestamp()
    return error_of(answer, message, retry_after_s=min(max(wait_s, 1.0), RATE_LIMIT_S))


def reset_s(answer: Answer) -> float:
    """Return when the rate limit starts anew, epoch seconds; 0 if that is not said."""
    try:
        return float(answer.headers.get("x-ratelimit-reset", "0"))
    except ValueError:
        return 0.0
