"""Tiingo's recorded answers are read exactly."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import yaml
from hypothesis import given, strategies as st

from marketdata.contracts import BarUnit, CorporateAction, CorporateActionKind, Timeframe
from marketdata.feeds.providers import (
    InvalidRequest,
    NotEntitled,
    ProviderError,
    RateLimited,
)
from marketdata.feeds.tiingo.config import TiingoConfig
from marketdata.feeds.tiingo.history import TiingoHistory
from tests.marketdata.build import MINUTE_NS, T0, bar
from tests.marketdata.providers.anything import FixedRest, nearly, values
from tests.marketdata.providers.loopback import RestReply
from tests.marketdata.providers.tiingo_server import TiingoServer
from trading.kernel.clock import from_ns

ONE_DAY = Timeframe(count=1, unit=BarUnit.DAY)
ONE_MINUTE = Timeframe(count=1, unit=BarUnit.MINUTE)
HALF_HOUR = Timeframe(count=30, unit=BarUnit.MINUTE)


@pytest.fixture
async def server():
    running = TiingoServer()
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def history(server):
    made = TiingoHistory(config=TiingoConfig(token="right-key", rest_url=server.rest_url))
    yield made
    await made.close()


@pytest.fixture
def recorded(market_data_pack):
    def read(name):
        file = market_data_pack / "vendor_rest" / "tiingo" / f"{name}.yaml"
        response = yaml.safe_load(file.read_text())["interactions"][0]["response"]
        return RestReply(
            status=response["status"]["code"], body=response["body"]["string"].encode()
        )

    return read


async def test_recorded_days_are_read_raw(server, history, recorded):
    server.replies.append(recorded("ticker_price_with_date"))
    page = await history.read_bars(
        symbol="GOOGL",
        timeframe=ONE_DAY,
        start=datetime(2015, 1, 1, tzinfo=UTC),
        end=datetime(2015, 1, 6, tzinfo=UTC),
    )
    assert [(row.open, row.close, row.volume) for row in page.rows] == [
        (532.6, 529.55, 1327870),
        (527.15, 519.46, 2059119),
    ]
    midnight = datetime(2015, 1, 2, 5, tzinfo=UTC)
    assert page.rows[0].ts_start == int(midnight.timestamp()) * 10**9
    asked = server.asked[0]
    assert asked.path == "/tiingo/daily/GOOGL/prices"
    assert asked.query["startDate"] == "2014-12-31"  # New York's day when the range begins
    assert asked.query["endDate"] == "2015-01-05"


async def test_recorded_minutes_are_read(server, history, recorded):
    server.replies.append(recorded("intraday_price"))
    page = await history.read_bars(
        symbol="GOOGL",
        timeframe=HALF_HOUR,
        start=datetime(2018, 1, 2, 15, tzinfo=UTC),
        end=datetime(2018, 1, 2, 21, tzinfo=UTC),
    )
    assert len(page.rows) == 12  # the first of the recorded ones is before the range
    assert page.rows[0].open == 1061.91
    assert page.rows[0].ts_start == 1_514_905_200_000_000_000
    assert server.asked[0].query["resampleFreq"] == "30min"
    assert "volume" in server.asked[0].query["columns"]


async def test_splits_and_dividends_are_corporate_actions(server, history):
    split = CorporateAction(
        kind=CorporateActionKind.SPLIT,
        symbol="AAPL",
        ex_date=date(2014, 6, 9),
        source="tiingo",
        old_rate=1.0,
        new_rate=7.0,
    )
    dividend = CorporateAction(
        kind=CorporateActionKind.CASH_DIVIDEND,
        symbol="AAPL",
        ex_date=date(2014, 8, 7),
        source="tiingo",
        rate=0.47,
    )
    server.actions = [split, dividend]
    server.daily_bars["AAPL"] = [
        bar(symbol="AAPL", ts_start=int(datetime(2014, *day, 4, tzinfo=UTC).timestamp()) * 10**9)
        for day in ((6, 9), (6, 10), (8, 7))
    ]
    page = await history.read_corporate_actions(
        symbol="AAPL", start_date=date(2014, 1, 1), end_date=date(2014, 12, 31)
    )
    assert page.rows == [split, dividend]


async def test_a_long_range_of_minutes_comes_by_weeks(server, history):
    start = from_ns(T0)
    told = [bar(ts_start=T0 + n * 24 * 60 * MINUTE_NS) for n in range(20)]
    server.bars["IBM"] = told
    found, token, page_count = [], None, 0
    while page_count == 0 or token is not None:
        page = await history.read_bars(
            symbol="IBM",
            timeframe=ONE_MINUTE,
            start=start,
            end=start + timedelta(days=20),
            page_token=token,
        )
        found.extend(page.rows)
        token, page_count = page.next_token, page_count + 1
    assert [row.ts_start for row in found] == [row.ts_start for row in told]
    assert page_count == 3


async def test_a_page_that_is_not_json_is_named(server, history, recorded):
    server.replies.append(recorded("invalid_url"))
    with pytest.raises(InvalidRequest, match="404"):
        await _read_day(history)
    server.replies.append(RestReply(body=b"Error: Ticker 'ZZZ' not found"))
    with pytest.raises(InvalidRequest, match="ZZZ"):
        await _read_day(history)


async def test_a_limit_without_a_header_ends_with_the_hour(server, history):
    server.replies.append(RestReply.of({"detail": "hourly request allocation"}, status=429))
    with pytest.raises(RateLimited, match="allocation") as caught:
        await _read_day(history)
    assert 0 < caught.value.retry_after_s <= 3600


async def test_classes_of_shares_come_after_a_dash(server, history):
    await history.read_bars(
        symbol="BRK.B", timeframe=ONE_DAY, start=from_ns(T0), end=from_ns(T0 + 1000)
    )
    assert server.asked[0].path == "/tiingo/daily/BRK-B/prices"


async def test_an_empty_range_asks_nothing(server, history):
    page = await history.read_bars(
        symbol="IBM", timeframe=ONE_DAY, start=from_ns(T0), end=from_ns(T0)
    )
    assert (page.rows, page.next_token, server.asked) == ((), None, [])


async def test_weeks_are_not_raw_and_not_offered(history):
    with pytest.raises(NotEntitled):
        await history.read_bars(
            symbol="IBM",
            timeframe=Timeframe(count=1, unit=BarUnit.WEEK),
            start=from_ns(T0),
            end=from_ns(T0 + MINUTE_NS),
        )


async def _read_day(history: TiingoHistory) -> None:
    await history.read_bars(
        symbol="IBM", timeframe=ONE_DAY, start=from_ns(T0), end=from_ns(T0 + MINUTE_NS)
    )


ROW: dict[str, object] = {
    "date": "2018-01-02T14:30:00.000Z",
    "open": 1.0,
    "high": 1.0,
    "low": 1.0,
    "close": 1.0,
}
ROW |= {"volume": 1.0, "divCash": 1.0, "splitFactor": 2.0}


@given(
    st.one_of(
        st.binary(max_size=100),
        st.one_of(values, st.lists(nearly(ROW), max_size=2)).map(
            lambda value: json.dumps(value).encode()
        ),
    )
)
def test_any_answer_is_a_page_or_a_provider_error(body):
    history = TiingoHistory(config=TiingoConfig(token="t"))
    history._rest = FixedRest(body)  # type: ignore[assignment]
    start, end = datetime(2018, 1, 1, tzinfo=UTC), datetime(2018, 2, 1, tzinfo=UTC)
    reads: list[Callable[[], Awaitable[object]]] = [
        lambda: history.read_bars(symbol="A", timeframe=ONE_DAY, start=start, end=end),
        lambda: history.read_bars(symbol="A", timeframe=ONE_MINUTE, start=start, end=end),
        lambda: history.read_corporate_actions(
            symbol="A", start_date=start.date(), end_date=end.date()
        ),
    ]

    async def read_all() -> None:
        for read in reads:
            try:
                await read()
            except ProviderError:
                continue

    asyncio.run(read_all())
