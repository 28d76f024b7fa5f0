"""The unchanged alpaca-py reads our market: only its addresses are ours."""

import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from alpaca.common.enums import Sort
from alpaca.common.exceptions import APIError
from alpaca.data.enums import DataFeed
from alpaca.data.historical import NewsClient, StockHistoricalDataClient
from alpaca.data.historical.corporate_actions import CorporateActionsClient
from alpaca.data.historical.screener import ScreenerClient
from alpaca.data.live import StockDataStream
from alpaca.data.models.corporate_actions import CorporateActionsSet
from alpaca.data.models.news import NewsSet
from alpaca.data.models.screener import MostActives, Movers
from alpaca.data.requests import (
    CorporateActionsRequest,
    MarketMoversRequest,
    MostActivesRequest,
    NewsRequest,
    StockBarsRequest,
    StockLatestBarRequest,
    StockLatestQuoteRequest,
    StockLatestTradeRequest,
    StockQuotesRequest,
    StockSnapshotRequest,
    StockTradesRequest,
)
from alpaca.data.timeframe import TimeFrame, TimeFrameUnit

from marketdata.operations.archive import TickArchive
from tests.e2e.platform import Platform, until
from tests.marketdata.build import changed, trade
from trading.kernel import clock

pytestmark = [
    pytest.mark.e2e,
    # Its streams are built on what its own dependency has deprecated.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Pydantic serializer warnings:UserWarning"),
]

SYMBOLS = ["BAC", "IBM"]
SOON_S = 30
# More than two pages of the client, which asks for 10,000 at a time.
TRADES_YESTERDAY = 25_000


@pytest.fixture(scope="module")
def noon():
    """Noon of yesterday in New York."""
    today = clock.utc_now().astimezone(clock.NEW_YORK)
    return today.replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)


@pytest.fixture(scope="module")
def yesterday(noon):
    """Trades of yesterday as they were accepted: each seventh came late, three share a moment."""
    first = clock.to_ns(noon)
    trades = [
        changed(
            trade(trade_id=n, px=180.0 + n % 100 / 100, ts_event=first + n // 3 * 1_000_000),
            source="simulated",
        )
        for n in range(TRADES_YESTERDAY)
    ]
    return [*(each for each in trades if each.trade_id % 7), *trades[::7]]


@pytest.fixture(scope="module")
def platform(yesterday):
    with Platform() as running:
        kept = TickArchive(running.var / "ticks")
        kept.start()
        for tick in yesterday:
            kept.take(tick)
        kept.stop()
        assert kept.dropped == 0
        running.start()
        yield running
        running.stop()


@pytest.fixture(scope="module")
def keys(platform):
    user = platform.users()["alice"]
    return user["api_key"], user["secret_key"]


@pytest.fixture(scope="module")
def history(platform, keys):
    key, secret = keys
    client = StockHistoricalDataClient(key, secret, url_override=platform.base_url)
    # Until both have traded there is nothing to read.
    latest = StockLatestTradeRequest(symbol_or_symbols=SYMBOLS)
    until(lambda: len(client.get_stock_latest_trade(latest)) == 2, what="both to trade")
    yield client
    client._session.close()


# --- History --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "timeframe",
    [
        TimeFrame.Minute,
        TimeFrame(5, TimeFrameUnit.Minute),
        TimeFrame.Hour,
        TimeFrame.Day,
        TimeFrame.Week,
        TimeFrame.Month,
    ],
    ids=str,
)
def test_bars_of_every_timeframe(history, timeframe):
    start = clock.utc_now() - timedelta(days=40)
    request = StockBarsRequest(symbol_or_symbols=SYMBOLS, timeframe=timeframe, start=start)
    bars = history.get_stock_bars(request)
    assert sorted(bars.data) == SYMBOLS
    bar = bars["IBM"][-1]
    assert bar.low <= bar.open <= bar.high and bar.low <= bar.vwap <= bar.high
    assert bar.volume > 0 and bar.trade_count > 0


def test_trades_and_quotes_of_the_session_page_by_page(history):
    start = clock.utc_now() - timedelta(minutes=10)

    def has_begun(read, request) -> bool:
        so_far = read(request(symbol_or_symbols=SYMBOLS, start=start, end=clock.utc_now())).data
        return all(len(so_far.get(symbol, ())) > 2 for symbol in SYMBOLS)

    for read, request in (
        (history.get_stock_trades, StockTradesRequest),
        (history.get_stock_quotes, StockQuotesRequest),
    ):
        until(partial(has_begun, read, request), what="trades and quotes")
        end = clock.utc_now()
        found = read(request(symbol_or_symbols=SYMBOLS, start=start, end=end)).data
        assert sorted(found) == SYMBOLS
        times = [one.timestamp for one in found["IBM"]]
        assert times == sorted(times) and len(times) > 1
        few = read(request(symbol_or_symbols=SYMBOLS, start=start, end=end, limit=2)).data
        assert few["BAC"] == found["BAC"][:2]


@pytest.mark.parametrize("sort", list(Sort))
def test_trades_of_yesterday_come_out_of_the_archive_over_several_pages(
    history, noon, yesterday, sort
):
    request = StockTradesRequest(
        symbol_or_symbols="IBM", start=noon, end=noon + timedelta(hours=6), sort=sort
    )
    with counted(history) as answers:
        found = history.get_stock_trades(request)["IBM"]
    assert len(answers) == 3
    in_time = sorted(yesterday, key=lambda each: each.ts_event)
    if sort is Sort.DESC:
        in_time.reverse()
    assert [(each.id, each.price) for each in found] == [
        (each.trade_id, each.px) for each in in_time
    ]
    few = history.get_stock_trades(request.model_copy(update={"limit": 12_345}))["IBM"]
    assert few == found[:12_345]


@contextmanager
def counted(client):
    """Collect the client's answers from the platform."""
    answers: list[Any] = []
    client._session.hooks["response"].append(lambda answer, **_: answers.append(answer))
    yield answers
    client._session.hooks["response"].clear()


def test_what_is_newest(history):
    assert set(history.get_stock_latest_quote(StockLatestQuoteRequest(symbol_or_symbols=SYMBOLS)))
    bars = history.get_stock_latest_bar(StockLatestBarRequest(symbol_or_symbols=SYMBOLS))
    assert bars["IBM"].close > 0
    unknown = StockLatestTradeRequest(symbol_or_symbols=["IBM", "NOSUCH"])
    assert list(history.get_stock_latest_trade(unknown)) == ["IBM"]


def test_a_snapshot_has_all_of_it(history):
    request = StockSnapshotRequest(symbol_or_symbols=[*SYMBOLS, "NOSUCH"])
    found = history.get_stock_snapshot(request)
    assert sorted(found) == SYMBOLS
    snapshot = found["IBM"]
    assert snapshot.latest_trade.price > 0
    assert snapshot.latest_quote.ask_price >= snapshot.latest_quote.bid_price
    assert snapshot.daily_bar.volume >= snapshot.minute_bar.volume


def test_a_wrong_parameter_is_an_error_with_our_words(history):
    request = StockBarsRequest(
        symbol_or_symbols="IBM",
        timeframe=TimeFrame.Minute,
        start=datetime(2026, 1, 2, tzinfo=UTC),
        end=datetime(2026, 1, 1, tzinfo=UTC),
    )
    with pytest.raises(APIError) as refusal:
        history.get_stock_bars(request)
    assert refusal.value.status_code == 400
    assert refusal.value.message == "end should not be before start"


def test_screens_news_and_corporate_actions_are_read(platform, keys, history):
    key, secret = keys
    screener = ScreenerClient(key, secret, url_override=platform.base_url)
    actives = screener.get_most_actives(MostActivesRequest(top=3))
    assert isinstance(actives, MostActives)
    assert len(actives.most_actives) == 3
    movers = screener.get_market_movers(MarketMoversRequest(top=5))
    assert isinstance(movers, Movers)
    assert movers.gainers or movers.losers
    news_client = NewsClient(key, secret, url_override=platform.base_url)
    news = news_client.get_news(NewsRequest(symbols="IBM"))
    assert isinstance(news, NewsSet)
    assert news.data["news"] == []
    actions_client = CorporateActionsClient(key, secret, url_override=platform.base_url)
    actions = actions_client.get_corporate_actions(CorporateActionsRequest(symbols=["IBM"]))
    assert isinstance(actions, CorporateActionsSet)
    assert actions.data == {}
    for client in (screener, news_client, actions_client):
        client._session.close()


# --- The stream -----------------------------------------------------------------------------------
class Listener:
    """A StockDataStream in a thread of its own, and what it has heard."""

    def __init__(self, platform, key, secret, *, feed=DataFeed.IEX):
        address = f"ws://127.0.0.1:{platform.port}/v2/{feed.value}"
        self.stream = StockDataStream(key, secret, feed=feed, url_override=address)
        self.heard: dict[str, list[Any]] = {"trades": [], "quotes": [], "bars": [], "daily": []}
        self.thread = threading.Thread(target=self.stream.run, daemon=True)

    def note(self, kind):
        async def handler(message):
            self.heard[kind].append(message)

        return handler

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stream.stop()
        self.thread.join(SOON_S)


@pytest.mark.usefixtures("history")
def test_trades_quotes_and_bars_arrive_in_order(platform, keys):
    listener = Listener(platform, *keys)
    listener.stream.subscribe_trades(listener.note("trades"), "IBM")
    listener.stream.subscribe_quotes(listener.note("quotes"), "*")
    listener.stream.subscribe_bars(listener.note("bars"), "*")
    listener.stream.subscribe_daily_bars(listener.note("daily"), "IBM")
    with listener:
        heard = listener.heard
        until(lambda: len(heard["trades"]) > 3 and len(heard["quotes"]) > 30, what="ticks")
        assert {trade.symbol for trade in heard["trades"]} == {"IBM"}
        assert set(SYMBOLS) <= {quote.symbol for quote in heard["quotes"]}
        times = [trade.timestamp for trade in heard["trades"]]
        assert times == sorted(times)
        assert [trade.id for trade in heard["trades"]] == sorted({t.id for t in heard["trades"]})
        listener.stream.unsubscribe_quotes("*")
        until(lambda: heard["bars"] and heard["daily"], what="the minute's bars", seconds=90)
    closed = next(bar for bar in heard["bars"] if bar.symbol == "IBM")
    assert closed.timestamp.second == 0 and closed.timestamp.tzinfo is not None
    assert heard["daily"][0].volume >= closed.volume


@pytest.mark.usefixtures("history")
def test_the_next_client_may_come_when_the_last_has_left(platform, keys):
    for feed in (DataFeed.SIP, DataFeed.IEX):
        listener = Listener(platform, *keys, feed=feed)
        listener.stream.subscribe_quotes(listener.note("quotes"), "IBM")
        with listener:
            until(lambda: listener.heard["quotes"], what="a quote")  # noqa: B023 - of this round


def test_the_log_says_nothing_of_a_failure(platform):
    log = platform.log.read_text(errors="replace")
    assert "Traceback" not in log, log[-3000:]
