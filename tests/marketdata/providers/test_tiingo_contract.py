"""Tiingo keeps what every provider promises, as far as its protocol can."""

import pytest

from marketdata.contracts import Quote, Trade
from marketdata.feeds import tiingo
from tests.marketdata.build import T0, quote, trade
from tests.marketdata.providers.contract import (
    SECOND_NS,
    HistoryContract,
    Provider,
    StreamContract,
    always_open,
    running,
)
from tests.marketdata.providers.tiingo_server import TiingoServer
from tests.marketdata.waiting import until


@pytest.fixture
async def provider():
    server = TiingoServer(level=5)
    await server.start()

    def build(*, key="right-key"):
        config = {
            "token": key,
            "stream_url": server.stream_url,
            "rest_url": server.rest_url,
            "threshold_level": "5",
        }
        return tiingo.build(config=config, symbols=("IBM", "AAPL"), sessions=always_open)

    yield Provider(
        server=server,
        build=build,
        streams=frozenset({Quote, Trade}),
        malformed='{"messageType":"A","data":["T","now",1,"ibm"]}',
    )
    await server.stop()


class TestStream(StreamContract):
    async def test_quotes_and_trades_arrive_translated(self, provider):
        """Its trades have no numbers: they are counted."""
        feed, _ = provider.build()
        told = (
            quote(symbol="IBM", ts_event=T0 + SECOND_NS),
            trade(symbol="IBM", ts_event=T0 + 2 * SECOND_NS + 342_553_795),
            trade(symbol="AAPL", px=161.87, size=300, ts_event=T0 + 3 * SECOND_NS),
        )
        async with running(feed) as heard:
            await until(lambda: provider.server.ready_count)
            await provider.server.say(*told)
            await until(lambda: len(heard.updates) == len(told))
        (market,) = (each for each in heard.updates if isinstance(each, Quote))
        trades = [each for each in heard.updates if isinstance(each, Trade)]
        assert (market.bid_px, market.bid_size, market.ask_px, market.ask_size) == (
            182.44,
            200,
            182.5,
            100,
        )
        assert [(each.symbol, each.px, each.size, each.trade_id) for each in trades] == [
            ("IBM", 182.46, 100, 1),
            ("AAPL", 161.87, 300, 2),
        ]
        assert [market.ts_event, *(each.ts_event for each in trades)] == [
            each.ts_event for each in told
        ]


class TestHistory(HistoryContract):
    pass


async def test_the_reference_price_streams_without_an_agreement():
    server = TiingoServer()
    await server.start()
    config = {"token": "right-key", "stream_url": server.stream_url, "rest_url": server.rest_url}
    feed, _ = tiingo.build(config=config, symbols=("IBM",), sessions=always_open)
    async with running(feed) as heard:
        await until(lambda: server.ready_count)
        await server.say(trade(symbol="IBM", px=182.5, ts_event=T0 + 1))
        await until(lambda: heard.updates)
    (price,) = heard.updates
    assert isinstance(price, Trade)
    assert (price.symbol, price.px, price.ts_event) == ("IBM", 182.5, T0 + 1)
    await server.stop()
