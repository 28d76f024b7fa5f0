"""Nasdaq Data Link keeps what every history promises; it has no stream."""

import pytest

from marketdata.feeds import nasdaq_data_link
from tests.marketdata.providers.contract import HistoryContract, Provider, always_open
from tests.marketdata.providers.nasdaq_server import NasdaqServer


@pytest.fixture(params=["WIKI/PRICES", "WIKI"])
async def provider(request):
    server = NasdaqServer()
    await server.start()

    def build(*, key="right-key"):
        config = {"key": key, "url": server.rest_url, "dataset": request.param}
        return nasdaq_data_link.build(config=config, symbols=(), sessions=always_open)

    yield Provider(server=server, build=build, streams=frozenset())
    await server.stop()


class TestHistory(HistoryContract):
    pass
