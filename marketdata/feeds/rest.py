"""Asking a provider's REST interface: paced, never redirected, every failure a ProviderError."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TypeVar

import httpx
import msgspec

from marketdata.feeds.providers import (
    AuthenticationFailed,
    BadPayload,
    InvalidRequest,
    NotEntitled,
    ProviderError,
    ProviderUnreachable,
    RateLimited,
)
from trading.kernel import clock

TIMEOUT_S = 30.0
_MESSAGE_CHARS = 200
_RETRY_AFTER_S_MAX = 86_400.0
# 408 and 499 are time-outs, 413 is what one provider says when it is overloaded.
_PASSING = frozenset({408, 413, 425, 499})
# What msgspec raises on bytes that are no JSON, no UTF-8, of another shape or nested too deeply.
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

# It logs every address with its query, and the link to a file is as good as a key.
logging.getLogger("httpx").setLevel(logging.WARNING)

Decoded = TypeVar("Decoded")
Params = Mapping[str, str | int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a provider answered. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


# Says what an answer that is not a 200 means.
Judge = Callable[[Answer], ProviderError]


class RestClient:
    """
    Sends GET requests to one host, ``headers`` (the key among them) with each.

    The key goes nowhere else: paths are joined to ``base_url`` and redirects are refused. No
    message of an error holds a header or a query. ``requests_per_minute`` spaces requests evenly;
    None sends them as they come.
    """

    def __init__(
        self,
        *,
        base_url: str,
        headers: Mapping[str, str],
        judge: Judge,
        requests_per_minute: float | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._headers = dict(headers)
        self._timeout_s = timeout_s
        self._judge = judge
        self._pace = _Pace(60 / requests_per_minute if requests_per_minute else 0)
        self._client: httpx.AsyncClient | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def get(self, path: str, params: Params | None = None) -> Answer:
        """
        Return the answer to a GET of ``path``, which begins with a slash.

        :raises ProviderError: if there is none, or it is not a 200
        """
        await self._pace.wait()
        try:
            response = await self._open_client().get(
                self._base_url + path, params=params, headers=self._headers
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _unreachable(path, error) from None  # the cause's request holds the key
        answer = _answer(response, response.content)
        if answer.status != httpx.codes.OK:
            raise self._judge(answer)
        return answer

    @asynccontextmanager
    async def stream_public(self, url: str) -> AsyncIterator[AsyncIterator[bytes]]:
        """
        Stream a file that its link alone gives access to; the key stays here.

        :raises ProviderError: if it cannot be had, or breaks off
        """
        await self._pace.wait()
        try:
            async with self._open_client().stream("GET", url) as response:
                if response.status_code != httpx.codes.OK:
                    # A link that is no longer good is replaced by asking for it again.
                    raise ProviderUnreachable(f"the file's host answered {response.status_code}")
                yield response.aiter_bytes()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _unreachable("the file", error) from None

    async def close(self) -> None:
        client, self._client = self._client, None
        # A client of a loop that has ended has no connections left to give back.
        if client is not None and self._loop is asyncio.get_running_loop():
            await client.aclose()

    def _open_client(self) -> httpx.AsyncClient:
        # Connections belong to a loop, and a task queue runs each piece of work in one of its own.
        loop = asyncio.get_running_loop()
        if self._client is None or self._loop is not loop:
            self._loop = loop
            self._client = httpx.AsyncClient(timeout=self._timeout_s, follow_redirects=False)
        return self._client


def read_key(text: str, *, missing: str) -> str:
    """
    Return a key as it can be sent.

    :raises AuthenticationFailed: saying ``missing`` if there is none, or it cannot be one
    """
    key = text.strip()
    if not key:
        raise AuthenticationFailed(missing)
    if not (key.isascii() and key.isprintable()):
        raise AuthenticationFailed("a key that holds what no key holds; copy it again")
    return key


def decode(body: bytes, decoder: msgspec.json.Decoder[Decoded]) -> Decoded:
    """
    Decode a body.

    :raises BadPayload: if it is not what the decoder expects
    """
    try:
        return decoder.decode(body)
    except UNREADABLE as error:
        raise BadPayload(f"not what was expected: {error}") from error


def error_of(answer: Answer, message: str, *, retry_after_s: float) -> ProviderError:
    """
    Return what the status means by the rules of HTTP, for providers that keep to them.

    ``retry_after_s`` is what to wait on a 429 without a Retry-After header.
    """
    text = f"HTTP {answer.status}: {message[:_MESSAGE_CHARS]}"
    if answer.status == httpx.codes.TOO_MANY_REQUESTS:
        return RateLimited(text, retry_after_s=retry_after(answer, otherwise_s=retry_after_s))
    if answer.status == httpx.codes.UNAUTHORIZED:
        return AuthenticationFailed(text)
    if answer.status in (httpx.codes.FORBIDDEN, httpx.codes.PAYMENT_REQUIRED):
        return NotEntitled(text)
    if answer.status in _PASSING or httpx.codes.is_server_error(answer.status):
        return ProviderUnreachable(text)
    if httpx.codes.is_client_error(answer.status):
        return InvalidRequest(text)
    return BadPayload(text)


def retry_after(answer: Answer, *, otherwise_s: float) -> float:
    """Return the seconds that Retry-After asks for, a day at most: they or a moment are named."""
    value = answer.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdecimal():
        return min(float(value), _RETRY_AFTER_S_MAX)
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return otherwise_s
    if until.tzinfo is None:
        return otherwise_s
    return min(max(0.0, (until - clock.utc_now()).total_seconds()), _RETRY_AFTER_S_MAX)


class _Pace:
    """Lets one request pass every ``interval_s`` seconds, in the order they came."""

    def __init__(self, interval_s: float) -> None:
        self._interval_s = interval_s
        self._next_s = 0.0

    async def wait(self) -> None:
        if not self._interval_s:
            return
        now_s = asyncio.get_running_loop().time()  # monotonic, and the same in every loop
        turn_s = max(now_s, self._next_s)
        self._next_s = turn_s + self._interval_s
        await asyncio.sleep(turn_s - now_s)


def _answer(response: httpx.Response, body: bytes) -> Answer:
    return Answer(
        status=response.status_code,
        headers={name.lower(): value for name, value in response.headers.items()},
        body=body,
    )


def _unreachable(what: str, error: Exception) -> ProviderUnreachable:
    return ProviderUnreachable(f"{what.partition('?')[0]}: {type(error).__name__}")
