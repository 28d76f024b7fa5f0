"""The whole platform asks a provider for the days that it slept through."""

import asyncio
import threading

import pytest

from tests.e2e.platform import Platform
from tests.marketdata.build import T0, trade
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


def test_a_past_day_is_told_page_by_page(server):
    server.trades["IBM"] = [trade(trade_id=n, ts_event=T0 + n // 3) for n in range(COUNT)]
    with Platform(
        FEED="alpaca",
        ALPACA_KEY_ID=KEY,
        ALPACA_SECRET_KEY=SECRET,
        ALPACA_DATA_URL=server.rest_url,
        ALPACA_STREAM_URL=server.stream_url,
    ) as platform:
        platform.start()
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
        platform.stop()
        assert "Traceback" not in platform.log.read_text(errors="replace")
