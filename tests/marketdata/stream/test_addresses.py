"""A stream is found with and without a slash; an address that has none says so in JSON."""

import json
from typing import Any

import pytest
from channels.testing import ApplicationCommunicator

from trading.asgi import application


def communicator(path: str) -> ApplicationCommunicator:
    return ApplicationCommunicator(
        application,
        {
            "type": "websocket",
            "path": path,
            "headers": [],
            "extensions": {"websocket.http.response": {}},
        },
    )


@pytest.mark.parametrize("path", ["/v2/iex", "/v2/iex/", "//v2/sip", "/v2/delayed_sip/"])
async def test_a_stream_is_found_with_and_without_a_slash(feed, path):
    wire = communicator(path)
    await wire.send_input({"type": "websocket.connect"})
    assert (await wire.receive_output(5))["type"] == "websocket.accept"
    frame: Any = json.loads((await wire.receive_output(5))["text"])
    assert frame == [{"T": "success", "msg": "connected"}]
    await wire.send_input({"type": "websocket.disconnect", "code": 1000})
    await wire.wait(5)


@pytest.mark.parametrize(
    "path", ["/v2", "/v2/", "/v2/bogus", "/v2/iex/x", "/v1beta1/news", "/v1beta3/crypto/us"]
)
async def test_an_address_without_a_stream_is_404_in_json(path):
    wire = communicator(path)
    await wire.send_input({"type": "websocket.connect"})
    start = await wire.receive_output(5)
    assert (start["type"], start["status"]) == ("websocket.http.response.start", 404)
    assert (b"content-type", b"application/json") in start["headers"]
    body = json.loads((await wire.receive_output(5))["body"])
    assert body == {"code": 40410000, "message": "endpoint not found."}
    await wire.wait(5)
