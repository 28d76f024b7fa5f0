"""A question over REST: the key stays with its host, and every failure has a name."""

import asyncio
import logging
from datetime import timedelta
from email.utils import format_datetime

import pytest

from marketdata.feeds.providers import (
    AuthenticationFailed,
    BadPayload,
    InvalidRequest,
    NotEntitled,
    ProviderUnreachable,
    RateLimited,
)
from marketdata.feeds.rest import Answer, RestClient, error_of, read_key, retry_after
from tests.marketdata.providers.loopback import RestReply
from tests.marketdata.providers.tiingo_server import TiingoServer
from trading.kernel.clock import utc_now

HEADERS = {"Authorization": "Token secret-key"}


def judge(answer):
    return error_of(answer, "because", retry_after_s=7)


@pytest.fixture
async def server():
    running = TiingoServer()
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def rest(server):
    client = RestClient(base_url=server.rest_url, headers=HEADERS, judge=judge)
    yield client
    await client.close()


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (301, BadPayload),
        (302, BadPayload),
        (400, InvalidRequest),
        (401, AuthenticationFailed),
        (402, NotEntitled),
        (403, NotEntitled),
        (404, InvalidRequest),
        (408, ProviderUnreachable),
        (413, ProviderUnreachable),
        (429, RateLimited),
        (500, ProviderUnreachable),
        (504, ProviderUnreachable),
    ],
)
async def test_a_status_is(server, rest, status, error):
    reply = RestReply(status=status, headers={"Location": "http://127.0.0.1:1/"})
    server.replies.append(reply)
    with pytest.raises(error, match=str(status)):
        await rest.get("/somewhere")
    assert len(server.asked) == 1


async def test_neither_errors_nor_logs_hold_the_key_or_the_query(server, rest, caplog):
    caplog.set_level(logging.DEBUG, logger="httpx")
    await server.stop()
    with pytest.raises(ProviderUnreachable) as caught:
        await rest.get("/somewhere?cursor=private")
    text = f"{caught.value!s}{caught.value.context}{caught.value.__cause__}{caplog.text}"
    assert "secret-key" not in text
    assert "private" not in str(caught.value)


async def test_a_files_host_never_sees_the_key(server, rest):
    server.replies.append(RestReply(body=b"content"))
    async with rest.stream_public(f"{server.rest_url}/file") as chunks:
        assert b"".join([chunk async for chunk in chunks]) == b"content"
    assert "authorization" not in server.asked[0].headers


async def test_a_file_that_breaks_off_is_unreachable(server, rest):
    server.replies.append(RestReply(cut=True))
    with pytest.raises(ProviderUnreachable):
        async with rest.stream_public(f"{server.rest_url}/file"):
            pass


def test_each_loop_has_connections_of_its_own():
    async def ask_twice(client: RestClient) -> list[int]:
        running = TiingoServer()
        await running.start()
        client._base_url = running.rest_url
        running.replies.extend([RestReply(), RestReply()])
        answers = [await client.get("/a"), await client.get("/b")]
        await running.stop()
        return [answer.status for answer in answers]

    client = RestClient(base_url="http://127.0.0.1", headers=HEADERS, judge=judge)
    for _ in range(2):
        assert asyncio.run(ask_twice(client)) == [200, 200]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("3", 3), (" 3 ", 3), ("0", 0), ("", 7), ("soon", 7), ("-1", 7), ("9" * 400, 86_400)],
)
def test_retry_after_in_seconds_is(value, seconds):
    answer = Answer(status=429, headers={"retry-after": value}, body=b"")
    assert retry_after(answer, otherwise_s=7) == seconds


def test_retry_after_may_be_a_moment():
    for ahead, expected in ((60, 60), (-60, 0)):
        at = format_datetime(utc_now() + timedelta(seconds=ahead), usegmt=True)
        answer = Answer(status=429, headers={"retry-after": at}, body=b"")
        assert retry_after(answer, otherwise_s=7) == pytest.approx(expected, abs=5)


@pytest.mark.parametrize("key", ["", "  ", "ключ", "a\nb"])
def test_what_is_no_key_is_refused(key):
    with pytest.raises(AuthenticationFailed):
        read_key(key, missing="set it")


def test_a_key_is_stripped():
    assert read_key(" abc\n", missing="set it") == "abc"
