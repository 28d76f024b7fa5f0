"""A client of the market-data stream, without a network in between."""

import json
from typing import Any, cast

import msgpack
import pytest
from channels.routing import URLRouter
from channels.testing import ApplicationCommunicator
from django.urls import path

from marketdata import interface
from marketdata.market_stream import market_stream
from marketdata.operations import stream_market
from tests.marketdata.fakes import SilentFeed
from trading.identity.interface import Role, create_api_key, create_user
from trading.infra.database import in_thread
from trading.kernel import clock

# Channels routes ASGI applications with Django's path(), which is typed for views only.
APPLICATION = URLRouter([path("v2/<str:feed>", cast("Any", market_stream))])


class Client:
    """Speaks the protocol and remembers nothing."""

    def __init__(self, *, feed: str = "iex", packed: bool = False, **headers: str) -> None:
        if packed:
            headers["content-type"] = "application/msgpack"
        self.packed = packed
        scope = {
            "type": "websocket",
            "path": f"/v2/{feed}",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "extensions": {"websocket.http.response": {}},
        }
        self.wire = ApplicationCommunicator(APPLICATION, scope)

    async def connect(self) -> "Client":
        await self.wire.send_input({"type": "websocket.connect"})
        assert (await self.wire.receive_output(5))["type"] == "websocket.accept"
        assert await self.receive() == [{"T": "success", "msg": "connected"}]
        return self

    async def receive(self) -> list[dict[str, Any]]:
        """Return the messages of the next frame."""
        message = await self.wire.receive_output(5)
        assert message["type"] == "websocket.send", message
        messages: list[dict[str, Any]] = (
            msgpack.unpackb(message["bytes"]) if self.packed else json.loads(message["text"])
        )
        return messages

    async def closed(self) -> bool:
        is_closed: bool = (await self.wire.receive_output(5))["type"] == "websocket.close"
        return is_closed

    async def send(self, message: Any) -> None:
        if self.packed:
            await self.send_raw(bytes=msgpack.packb(message))
        else:
            await self.send_raw(text=json.dumps(message))

    async def send_raw(self, **content: Any) -> None:
        await self.wire.send_input({"type": "websocket.receive", **content})

    async def ask(self, message: Any) -> list[dict[str, Any]]:
        await self.send(message)
        return await self.receive()

    async def error(self, message: Any) -> int:
        """Return the number of the error that the message is answered with."""
        ((answer),) = await self.ask(message)
        assert answer["T"] == "error", answer
        code: int = answer["code"]
        return code

    async def log_in(self, key: tuple[str, str]) -> "Client":
        answer = await self.ask({"action": "auth", "key": key[0], "secret": key[1]})
        assert answer == [{"T": "success", "msg": "authenticated"}]
        return self

    async def leave(self) -> None:
        if not self.wire.future.done():
            await self.wire.send_input({"type": "websocket.disconnect", "code": 1000})
            await self.wire.wait(5)


@pytest.fixture
async def feed(settings, transactional_db):
    """A market that says only what the test says."""
    await in_thread(
        interface.load_security_master,
        path=settings.BASE_DIR / "marketdata/data/security_master.csv",
    )
    feed = SilentFeed()
    await in_thread(interface.start_feed, feed=feed)
    return feed


def _make_key(name: str) -> tuple[str, str]:
    now = clock.utc_now()
    user_id = create_user(
        username=name,
        password="correct horse battery",
        role=Role.TRADER,
        first_name=name.title(),
        actor="system:test",
        now=now,
    )
    return create_api_key(user_id=user_id, label="test", now=now)


@pytest.fixture
async def alices_key(feed):
    return await in_thread(_make_key, "alice")


@pytest.fixture
async def bobs_key(feed):
    return await in_thread(_make_key, "bob")


@pytest.fixture
async def connect(feed):
    """Open clients; each leaves at the end, and nothing of them may stay."""
    clients: list[Client] = []

    async def open_client(**options: Any) -> Client:
        client = Client(**options)
        clients.append(client)
        return await client.connect()

    yield open_client
    for client in clients:
        await client.leave()
    assert not stream_market.hub.connections
    assert not stream_market.hub._followers


@pytest.fixture
async def alice(connect, alices_key):
    return await (await connect()).log_in(alices_key)
