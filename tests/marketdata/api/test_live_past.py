"""The whole platform asks a provider for the days that it slept through."""

import asyncio
import threading
from datetime import datetime, timedelta

import pytest
from alpaca.data import StockBarsRequest, StockHistoricalDataClient, TimeFrame

from tests.e2e.platform import Platform
from tests.marketdata.build import MINUTE_NS, T0, bar, trade
from tests.marketdata.providers.alpaca_server import KEY, SECRET, AlpacaServer
from trading.kernel import clock

pytestmark = pytest.mark.e2e

COUNT = 2_500


@pytest.fixture
def server():
    """Alpaca on this machine, in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    made = AlpacaServer()
    asyncio.run_coroutine_threadsafe(made.start(), loop).result(10)
    yield made
    asyncio.run_coroutine_threadsafe(made.stop(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def platform(server):
    with Platform(
        FEED="alpaca",
        ALPACA_KEY_ID=KEY,
        ALPACA_SECRET_KEY=SECRET,
        ALPACA_DATA_URL=server.rest_url,
        ALPACA_STREAM_URL=server.stream_url,
    ) as running:
        running.start()
        yield running
        running.stop()
        assert "Traceback" not in running.log.read_text(errors="replace")


def test_an_unchanged_client_gets_the_bars_of_days_that_nobody_held(server, platform):
    day = datetime(2024, 2, 5, 9, 30, tzinfo=clock.NEW_YORK)
    opens = clock.to_ns(day)
    server.bars["IBM"] = [bar(ts_start=opens + n * MINUTE_NS) for n in range(390)]
    user = platform.users()["alice"]
    client = StockHistoricalDataClient(
        user["api_key"], user["secret_key"], url_override=platform.base_url
    )
    request = StockBarsRequest(
        symbol_or_symbols="IBM",
        timeframe=TimeFrame.Minute,
        start=day,
        end=day + timedelta(hours=8),
    )
    for _ in range(2):  # fetched, then held
        told = client.get_stock_bars(request)
        assert [clock.to_ns(each.timestamp) for each in told["IBM"]] == [
            each.ts_start for each in server.bars["IBM"]
        ]
    asked = [each for each in server.asked if each.path.endswith("/bars") and "1Min" in str(each)]
    assert (
        len([each for each in asked if each.query.get("start", "").startswith("2024-02-05")]) == 1
    )


def test_a_past_day_is_told_page_by_page(server, platform):
    server.trades["IBM"] = [trade(trade_id=n, ts_event=T0 + n // 3) for n in range(COUNT)]
    alice = platform.client("alice")
    day = f"{clock.new_york_date(clock.from_ns(T0))}"
    found: list[int] = []
    token: str | None = ""
    while token is not None:
        answer = alice.get(
            "/v2/stocks/IBM/trades",
            params={"start": day, "end": day, "limit": 1_000, "page_token": token},
        )
        assert answer.status_code == 200, answer.text
        found += [row["i"] for row in answer.json()["trades"]]
        token = answer.json()["next_page_token"]
    assert found == list(range(COUNT))
    server.replies.append(server.rate_limited(retry_after_s=9))
    refused = alice.get("/v2/stocks/IBM/trades", params={"start": day, "end": day})
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 10
