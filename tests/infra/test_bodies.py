"""Bodies of requests over a real server: bounded in size and time, and handed on whole."""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator

import pytest
import uvicorn

from trading.infra.bodies import BoundedBodies

BYTES_MAX = 1_000
SECONDS_MAX = 0.2


class Echo:
    """Answers with the body that it is handed, and remembers each."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    async def __call__(self, scope, receive, send):
        del scope
        message = await receive()
        assert not message["more_body"]
        self.bodies.append(message["body"])
        headers = [(b"content-length", str(len(message["body"])).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": message["body"]})


@pytest.fixture
def echo():
    return Echo()


@pytest.fixture
async def port(echo) -> AsyncIterator[int]:
    application = BoundedBodies(echo, bytes_max=BYTES_MAX, seconds_max=SECONDS_MAX)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(application, lifespan="off", log_config=None))
        with contextlib.suppress(asyncio.CancelledError):
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            yield listener.getsockname()[1]
            server.should_exit = True
            await serving


async def ask(port: int, *parts: bytes) -> tuple[int, dict[str, str], bytes]:
    """Send the parts one by one, and read until the server closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for part in parts:
        writer.write(part)
        await writer.drain()
        await asyncio.sleep(0.01)  # each its own segment
    async with asyncio.timeout(10):
        answer = await reader.read()
    writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    return int(status.split()[1]), headers, body


def head(path: str, *lines: str) -> bytes:
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: x", *lines, "", ""]).encode()


async def test_a_body_is_handed_on_whole_however_it_comes(port, echo):
    told = head("/login", "Content-Length: 6", "Connection: close")
    assert (await ask(port, told, b"abc", b"def"))[::2] == (200, b"abcdef")
    chunked = head("/login", "Transfer-Encoding: chunked", "Connection: close")
    assert (await ask(port, chunked, b"3\r\nabc\r\n", b"0\r\n\r\n"))[::2] == (200, b"abc")
    assert (await ask(port, head("/login", "Connection: close")))[::2] == (200, b"")
    exact = b"x" * BYTES_MAX
    told = head("/login", f"Content-Length: {BYTES_MAX}", "Connection: close")
    assert (await ask(port, told, exact))[::2] == (200, exact)
    assert echo.bodies == [b"abcdef", b"abc", b"", exact]


@pytest.mark.parametrize("length", [BYTES_MAX + 1, 1 << 42])
async def test_a_body_that_is_told_to_be_too_large_is_not_waited_for(port, echo, length):
    status, headers, body = await ask(port, head("/login", f"Content-Length: {length}"))
    assert (status, headers["connection"]) == (413, "close")
    assert body == b"request body is too large\n"
    assert headers["x-request-id"]
    assert not echo.bodies


async def test_a_body_without_an_end_is_refused_once_it_is_too_large(port, echo):
    chunk = b"190\r\n" + b"x" * 400 + b"\r\n"
    status, headers, body = await ask(
        port, head("/healthz", "Transfer-Encoding: chunked"), chunk, chunk, chunk
    )
    assert (status, headers["connection"]) == (413, "close")
    assert body == b"request body is too large\n"
    assert not echo.bodies


async def test_the_apis_clients_are_refused_in_json(port):
    for path in ("/v2/orders", "/v2/stocks/bars"):
        status, headers, body = await ask(port, head(path, "Content-Length: 2000"))
        assert (status, headers["content-type"]) == (413, "application/json")
        assert json.loads(body) == {"code": 41300000, "message": "request body is too large"}


@pytest.mark.parametrize("path", ["/v2/orders", "/login"])
async def test_a_body_that_does_not_arrive_in_time_is_refused(port, echo, path):
    status, headers, body = await ask(port, head(path, "Content-Length: 100"), b"x")
    assert (status, headers["connection"]) == (408, "close")
    assert b"request body did not arrive in time" in body
    assert not echo.bodies


async def test_who_leaves_before_the_body_is_whole_asked_nothing(port, echo):
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head("/login", "Content-Length: 100") + b"x")
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert (await ask(port, head("/login", "Connection: close")))[0] == 200
    assert echo.bodies == [b""]


async def test_the_head_of_a_refusal_has_no_body(port):
    lines = ["HEAD /login HTTP/1.1", "Host: x", "Content-Length: 2000", "", ""]
    status, headers, body = await ask(port, "\r\n".join(lines).encode())
    assert (status, headers["content-length"], body) == (413, "26", b"")
