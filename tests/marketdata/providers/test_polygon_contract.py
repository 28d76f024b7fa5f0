"""Polygon.io keeps what every provider promises."""

import pytest

from marketdata.contracts import PriceBand, ProviderBar, Quote, Trade
from marketdata.feeds import polygon
from tests.marketdata.build import T0, bar, changed
from tests.marketdata.providers.contract import (
    HistoryContract,
    ListingsContract,
    Provider,
    StreamContract,
    always_open,
    running,
)
from tests.marketdata.providers.polygon_server import PolygonServer
from tests.marketdata.waiting import until


@pytest.fixture
async def provider():
    server = PolygonServer()
    await server.start()

    def build(*, key="right-key"):
        config = {"api_key": key, "stream_url": server.stream_url, "rest_url": server.rest_url}
        return polygon.build(config=config, symbols=("IBM", "AAPL"), sessions=always_open)

    yield Provider(
        server=server,
        build=build,
        streams=frozenset({Quote, Trade, ProviderBar}),
        recalls=True,
        malformed='[{"ev":"T","sym":"IBM","p":"dear","t":1}]',
    )
    await server.stop()


class TestStream(StreamContract):
    async def test_minutes_and_price_bands_arrive_too(self, provider):
        minute = ProviderBar(bar=bar(symbol="IBM", ts_start=T0), ts_init=0, source="polygon")
        band = PriceBand(
            symbol="IBM",
            upper_px=190.0,
            lower_px=170.0,
            indicator="21",
            ts_event=T0,
            ts_init=0,
            source="polygon",
        )
        feed, _ = provider.build()
        async with running(feed) as heard:
            await until(lambda: provider.server.ready_count)
            await provider.server.say(minute, band)
            await until(lambda: len(heard.updates) == 2)
        told = [changed(each, ts_init=0) for each in heard.updates]
        assert told == [minute, band]


class TestHistory(HistoryContract):
    pass


class TestListings(ListingsContract):
    pass
