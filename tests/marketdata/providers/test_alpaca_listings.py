"""What Alpaca lists is asked of the right host: the key goes nowhere else."""

import json

import pytest

from marketdata.contracts import Listing
from marketdata.feeds.alpaca import config, listings
from marketdata.feeds.alpaca.config import DATA_URL, LIVE_URL, PAPER_URL, read_config
from marketdata.feeds.alpaca.history import AlpacaHistory
from marketdata.feeds.polygon import reference
from marketdata.feeds.providers import (
    AuthenticationFailed,
    InvalidRequest,
    NotEntitled,
    ProviderUnreachable,
)
from marketdata.models import Instrument
from tests.marketdata.build import listing
from tests.marketdata.providers.alpaca_server import KEY, SECRET, AlpacaServer
from tests.marketdata.providers.loopback import RestReply

KEYS = {"key_id": KEY, "secret_key": SECRET}


@pytest.fixture
async def servers(monkeypatch):
    """The paper and the live environment, at their own addresses."""
    found = AlpacaServer(), AlpacaServer()
    for server, name in zip(found, ("PAPER_URL", "LIVE_URL"), strict=True):
        await server.start()
        server.listings = [listing(symbol=name[:4].rstrip("_"))]
        monkeypatch.setattr(config, name, server.rest_url)
    yield found
    for server in found:
        await server.stop()


async def read(**settings: str) -> list[str]:
    history = AlpacaHistory(config=read_config(KEYS | settings))
    try:
        return [row.symbol for row in (await history.read_listings()).rows]
    finally:
        await history.close()


@pytest.mark.parametrize(
    ("settings", "hosts"),
    [
        ({}, (PAPER_URL, LIVE_URL)),
        ({"data_url": f"{DATA_URL}/"}, (PAPER_URL, LIVE_URL)),
        ({"trading_url": "https://x.com/"}, ("https://x.com",)),
        ({"trading_url": "https://x.com", "data_url": "https://y.com"}, ("https://x.com",)),
        ({"data_url": "https://y.com"}, ()),
    ],
)
def test_which_hosts_may_be_asked(settings, hosts):
    assert read_config(KEYS | settings).trading_urls == hosts


async def test_a_key_of_the_paper_environment_goes_no_further(servers):
    paper, live = servers
    assert await read() == ["PAPE"]
    assert [each.query for each in paper.asked] == [
        {"status": "active", "asset_class": "us_equity"}
    ]
    assert live.asked == []


@pytest.mark.parametrize("status", [401, 403])
async def test_a_key_that_the_paper_environment_refuses_is_of_the_live_one(servers, status):
    paper, live = servers
    paper.replies.append(
        RestReply.of({"code": 40110000, "message": "request is not authorized"}, status=status)
    )
    assert await read() == ["LIVE"]
    assert len(live.asked) == 1


async def test_what_both_refuse_is_refused(servers):
    for server, status in zip(servers, (401, 403), strict=True):
        server.replies.append(RestReply(status=status))
    with pytest.raises(NotEntitled):
        await read()
    with pytest.raises(AuthenticationFailed):
        await read(key_id="another-key")


async def test_trouble_is_no_reason_to_ask_elsewhere(servers):
    paper, live = servers
    paper.replies.append(RestReply(status=500))
    with pytest.raises(ProviderUnreachable):
        await read()
    assert live.asked == []


async def test_an_address_that_is_given_is_used_alone(servers):
    paper, live = servers
    live.replies.append(RestReply(status=401))
    with pytest.raises(AuthenticationFailed):
        await read(trading_url=live.rest_url)
    assert paper.asked == []


async def test_a_key_for_another_host_does_not_go_to_alpaca(servers):
    with pytest.raises(InvalidRequest, match="ALPACA_TRADING_URL"):
        await read(data_url="http://127.0.0.1:9")
    assert [server.asked for server in servers] == [[], []]


async def test_recorded_assets_are_read(servers, vendor_fixtures):
    body = (vendor_fixtures / "alpaca" / "paper_recorded__assets.json").read_text()
    servers[0].replies.append(RestReply.of(json.loads(body)))
    history = AlpacaHistory(config=read_config(KEYS))
    rows = (await history.read_listings()).rows
    await history.close()
    assert rows[1] == Listing(
        symbol="OCGN",
        name="Ocugen, Inc. Common Stock",
        exchange="NASDAQ",
        is_active=True,
        tradable=True,
        marginable=True,
        shortable=True,
        easy_to_borrow=True,
        fractionable=False,
    )
    assert [row.symbol for row in rows] == ["KO", "OCGN"]


@pytest.mark.parametrize(
    ("spelling", "exchange"),
    [("NYSEARCA", "ARCA"), ("ARCA", "ARCA"), ("OTC", "OTC"), ("CRYPTO", ""), ("", ""), (None, "")],
)
async def test_exchanges_have_our_names(servers, spelling, exchange):
    asset = {"symbol": "A", "status": "active", "name": None, "exchange": spelling}
    servers[0].replies.append(RestReply.of([asset]))
    history = AlpacaHistory(config=read_config(KEYS))
    (row,) = (await history.read_listings()).rows
    await history.close()
    assert row == Listing(symbol="A", exchange=exchange)


def test_every_exchange_is_one_of_the_masters():
    for table in (listings._EXCHANGES, reference._EXCHANGES):
        assert set(table.values()) <= set(Instrument.Exchange.values)
