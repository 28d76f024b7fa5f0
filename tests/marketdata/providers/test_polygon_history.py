"""Polygon.io's recorded answers are read exactly; keys and tokens stay where they belong."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, strategies as st

from marketdata.contracts import (
    BarUnit,
    CorporateAction,
    CorporateActionKind,
    Listing,
    Timeframe,
    Trade,
)
from marketdata.domain.each_quote import EachQuote
from marketdata.feeds.polygon import build
from marketdata.feeds.polygon.config import PolygonConfig
from marketdata.feeds.polygon.dialogue import PolygonDialogue
from marketdata.feeds.polygon.history import PolygonHistory
from marketdata.feeds.polygon.reference import read_listings, read_snapshots
from marketdata.feeds.providers import BadPayload, InvalidRequest, ProviderError, RateLimited
from tests.marketdata.build import T0, bar
from tests.marketdata.providers.anything import FixedRest, nearly, values
from tests.marketdata.providers.contract import always_open
from tests.marketdata.providers.loopback import RestReply
from tests.marketdata.providers.polygon_server import PolygonServer

ONE_DAY = Timeframe(count=1, unit=BarUnit.DAY)
START, END = datetime(2005, 4, 1, tzinfo=UTC), datetime(2005, 4, 5, tzinfo=UTC)


@pytest.fixture
async def server():
    running = PolygonServer()
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def history(server):
    made = PolygonHistory(config=PolygonConfig(key="right-key", rest_url=server.rest_url))
    yield made
    await made.close()


@pytest.fixture
def recorded(market_data_pack):
    def read(path):
        file = market_data_pack / "vendor_rest" / "polygon" / f"{path}.json"
        return RestReply(body=file.read_bytes())

    return read


async def test_recorded_bars_are_read(server, history, recorded):
    server.replies.append(recorded("v2/aggs/ticker/AAPL/range/1/day/2005-04-01/2005-04-04"))
    page = await history.read_bars(symbol="AAPL", timeframe=ONE_DAY, start=START, end=END)
    assert page.next_token is None
    assert [(row.close, row.volume, row.trade_count, row.vwap) for row in page.rows] == [
        (1.4604, 642646396.0, 82132, 1.469),
        (1.4675, 578172308.0, 65543, 1.4589),
    ]
    # The clocks were put forward between the two midnights.
    assert [row.ts_start for row in page.rows] == [
        int(datetime(2005, 4, 1, 5, tzinfo=UTC).timestamp()) * 10**9,
        int(datetime(2005, 4, 4, 4, tzinfo=UTC).timestamp()) * 10**9,
    ]
    asked = server.asked[0]
    assert asked.query == {"adjusted": "false", "sort": "asc", "limit": "50000"}
    assert asked.path.startswith("/v2/aggs/ticker/AAPL/range/1/day/")


async def test_recorded_trades_are_read(server, history, recorded):
    server.replies.append(recorded("v3/trades/AAPL&limit=2"))
    page = await history.read_trades(symbol="AAPL", start=START, end=END)
    assert [(row.px, row.size, row.exchange, row.conditions) for row in page.rows] == [
        (156.43, 10, "P", ("T", "I")),
        (157.43, 10, "T", ("T", "I")),
    ]
    assert {row.ts_event for row in page.rows} == {1651181822461979400}
    assert page.rows[0].trade_id == 183276


@pytest.mark.parametrize(
    ("told", "sequence"),
    [("183276", 7), ("A0F-77", 7), ("9" * 40, 7), ("", 7), ("", 2**70), ("", -1)],
)
async def test_a_print_has_one_id_on_the_stream_in_history_and_in_a_snapshot(
    server, history, told, sequence
):
    row = {"price": 1.5, "sip_timestamp": T0, "size": 10, "exchange": 4}
    row |= {"id": told, "sequence_number": sequence}
    server.replies.append(RestReply.of({"results": [row]}))
    page = await history.read_trades(symbol="AAPL", start=START, end=END)
    talk = PolygonDialogue(
        config=PolygonConfig(key="k"), symbols=(), each_quote=EachQuote(symbols=None)
    )
    message = {"ev": "T", "sym": "AAPL", "x": 4, "p": 1.5, "s": 10, "t": T0 // 10**6}
    (streamed,) = talk.receive(json.dumps([message | {"i": told, "q": sequence}])).updates
    assert isinstance(streamed, Trade)
    assert (page.rows[0].trade_id, page.rows[0].exchange) == (streamed.trade_id, streamed.exchange)
    assert 0 <= streamed.trade_id < 2**63
    if told:
        last = {"p": 1.5, "t": T0, "s": 10, "x": 4, "i": told}
        server.replies.append(RestReply.of({"tickers": [{"ticker": "AAPL", "lastTrade": last}]}))
        snapshot = (await read_snapshots(rest=history.rest, symbols=["AAPL"]))["AAPL"].trade
        assert snapshot is not None
        assert snapshot.trade_id == streamed.trade_id


async def test_recorded_quotes_are_read_and_their_next_page_found(server, history, recorded):
    server.replies.append(recorded("v3/quotes/AAPL"))
    page = await history.read_quotes(symbol="AAPL", start=START, end=END)
    first = page.rows[0]
    assert (first.bid_px, first.bid_size, first.bid_exchange) == (155.85, 400, "Z")
    assert (first.ask_px, first.ask_size, first.ask_exchange) == (155.87, 300, "V")
    assert first.ts_event == 1652191872800638700
    assert page.next_token is not None
    assert page.next_token.startswith("/v3/quotes/AAPL?cursor=YXA9")
    server.replies.append(RestReply.of({}))
    await history.read_quotes(symbol="AAPL", start=START, end=END, page_token=page.next_token)
    assert list(server.asked[1].query) == ["cursor"]


async def test_recorded_corporate_actions_are_read(server, history, recorded):
    server.replies.extend(
        [
            recorded("v3/reference/splits"),
            recorded("v3/reference/dividends"),
            recorded("vX/reference/tickers/META/events&types=ticker_change"),
        ]
    )
    page = await history.read_corporate_actions(
        symbol="META", start_date=date(2012, 1, 1), end_date=date(2030, 1, 1)
    )
    assert [row.ex_date for row in page.rows] == sorted(row.ex_date for row in page.rows)
    assert [row for row in page.rows if row.kind is CorporateActionKind.SYMBOL_CHANGE] == [
        CorporateAction(
            kind=CorporateActionKind.SYMBOL_CHANGE,
            symbol="FB",
            new_symbol="META",
            ex_date=date(2022, 6, 11),
            source="polygon",
        )
    ]
    amazon = next(row for row in page.rows if row.symbol == "AMZN")
    assert (amazon.old_rate, amazon.new_rate, amazon.ex_date) == (1, 20, date(2022, 6, 6))
    paid = next(row for row in page.rows if row.symbol == "AIRTP")
    assert (paid.rate, paid.ex_date) == (0.5, date(2023, 8, 11))
    assert (paid.record_date, paid.payable_date) == (date(2023, 8, 14), date(2023, 8, 15))


async def test_recorded_listings_and_their_next_page_are_read(server, history, recorded):
    server.replies.append(recorded("v3/reference/tickers"))
    page = await read_listings(rest=history.rest)
    assert page.rows[0] == Listing(
        symbol="A",
        name="Agilent Technologies Inc.",
        exchange="NYSE",
        mic="XNYS",
        figi="BBG000C2V3D6",
        tradable=True,
    )
    assert [row.symbol for row in page.rows] == ["A", "AA"]
    assert page.next_token is not None
    server.replies.append(RestReply.of({"status": "OK"}))
    assert (await read_listings(rest=history.rest, page_token=page.next_token)).rows == []
    assert server.asked[1].query == {"cursor": page.next_token}


@pytest.mark.parametrize(
    ("kind", "is_listed"),
    [
        *(
            (kind, True)
            for kind in ("CS", "OS", "ADRC", "NYRS", "ETF", "ETN", "ETV", "ETS", "FUND")
        ),
        *((kind, False) for kind in ("PFD", "WARRANT", "RIGHT", "BOND", "SP", "UNIT", "ADRW", "")),
    ],
)
async def test_what_is_traded_like_a_stock_is_listed(server, history, kind, is_listed):
    row = {"ticker": "A", "type": kind, "primary_exchange": "IEXG"}
    server.replies.append(RestReply.of({"results": [row]}))
    page = await history.read_listings()
    assert [(each.exchange, each.mic) for each in page.rows] == [("", "IEXG")] * is_listed


@pytest.mark.parametrize("url", ["http://[", "https://api.polygon.io/v3/reference/tickers"])
async def test_a_next_page_that_cannot_be_found_is_not_the_end(server, history, url):
    server.replies.append(RestReply.of({"results": [], "next_url": url}))
    with pytest.raises(BadPayload, match="a next page without an address"):
        await history.read_listings()


async def test_recorded_snapshots_are_read(server, history, recorded):
    server.replies.append(recorded("v2/snapshot/locale/us/markets/stocks/tickers/index"))
    snapshot = (await read_snapshots(rest=history.rest, symbols=["BCAT"]))["BCAT"]
    assert snapshot.previous_close == 20.63
    assert snapshot.trade is not None
    assert (snapshot.trade.px, snapshot.trade.ts_event) == (20.506, 1605192894630916600)
    assert snapshot.quote is not None
    assert (snapshot.quote.bid_px, snapshot.quote.bid_size) == (20.5, 1300)
    assert (snapshot.quote.ask_px, snapshot.quote.ask_size) == (20.6, 2200)
    assert snapshot.minute is not None
    assert snapshot.minute.volume == 5000


async def test_the_closes_of_the_day_before_come_in_one_request(server, recorded):
    server.replies.append(recorded("v2/snapshot/locale/us/markets/stocks/tickers/index"))
    config = {"api_key": "right-key", "rest_url": server.rest_url}
    feed, history = build(config=config, symbols=["BCAT"], sessions=always_open)
    assert feed._closes._read is not None
    assert await feed._closes._read(["BCAT"]) == {"BCAT": 20.63}
    await history.close()


async def test_a_next_page_never_carries_the_key_to_another_host(server, history):
    reply = {"results": [], "next_url": "https://evil.test/v3/trades/IBM?cursor=abc&apiKey=stolen"}
    server.replies.append(RestReply.of(reply))
    page = await history.read_trades(symbol="IBM", start=START, end=END)
    assert page.next_token == "/v3/trades/IBM?cursor=abc"
    server.replies.append(RestReply.of({}))
    await history.read_trades(symbol="IBM", start=START, end=END, page_token=page.next_token)
    assert server.asked[1].path == "/v3/trades/IBM"


@pytest.mark.parametrize("token", ["/v3/quotes/IBM?cursor=a", "/v3/trades/IBM/../x?cursor=a", ""])
async def test_a_token_of_another_request_is_refused(server, history, token):
    with pytest.raises(InvalidRequest):
        await history.read_trades(symbol="IBM", start=START, end=END, page_token=token)
    assert server.asked == []


async def test_a_symbol_stays_in_its_place_in_the_address(server, history):
    await history.read_trades(symbol="A/../B?x=1", start=START, end=END)
    assert "/../" not in server.asked[0].path
    assert "x" not in server.asked[0].query


async def test_a_limit_without_a_header_has_a_wait_of_its_own(server, history):
    server.replies.append(RestReply.of({"status": "ERROR", "error": "slow down"}, status=429))
    with pytest.raises(RateLimited) as caught:
        await history.read_trades(symbol="IBM", start=START, end=END)
    assert caught.value.retry_after_s == 12


async def test_a_company_without_events_has_no_symbol_changes(server, history):
    server.replies.extend([RestReply.of({}), RestReply.of({}), RestReply.of({}, status=404)])
    page = await history.read_corporate_actions(
        symbol="IBM", start_date=START.date(), end_date=END.date()
    )
    assert page.rows == []


async def test_a_dividend_in_another_currency_is_left_out(server, history):
    row = {"ticker": "RY", "ex_dividend_date": "2024-01-24", "cash_amount": 1.38, "currency": "CAD"}
    server.replies.extend([RestReply.of({}), RestReply.of({"results": [row]})])
    page = await history.read_corporate_actions(
        symbol="RY", start_date=START.date(), end_date=date(2030, 1, 1)
    )
    assert page.rows == []


async def test_a_date_that_is_none_is_a_bad_payload(server, history):
    row = {"ticker": "RY", "execution_date": "soon", "split_from": 1, "split_to": 2}
    server.replies.append(RestReply.of({"results": [row]}))
    with pytest.raises(BadPayload):
        await history.read_corporate_actions(
            symbol="RY", start_date=START.date(), end_date=date(2030, 1, 1)
        )


async def test_the_plans_pace_is_kept(server):
    config = PolygonConfig(key="right-key", rest_url=server.rest_url, requests_per_minute=1200)
    history = PolygonHistory(config=config)
    server.bars["IBM"] = [bar()]
    loop = asyncio.get_running_loop()
    begun = loop.time()
    await asyncio.gather(
        *(history.read_trades(symbol="IBM", start=START, end=END) for _ in range(5))
    )
    assert loop.time() - begun >= 4 * 0.05
    await history.close()


AGGREGATE: dict[str, object] = {
    "t": T0 // 10**6,
    "o": 1.0,
    "h": 1.0,
    "l": 1.0,
    "c": 1.0,
    "v": 1e9,
    "n": 1,
}
TRADE: dict[str, object] = {
    "price": 1.0,
    "sip_timestamp": T0,
    "size": 1,
    "exchange": 1,
    "conditions": [1],
}
QUOTE: dict[str, object] = {
    "sip_timestamp": T0,
    "bid_price": 1.0,
    "bid_size": 1e300,
    "ask_exchange": 1,
}
ACTION: dict[str, object] = {
    "ticker": "A",
    "execution_date": "2024-01-01",
    "split_from": 1,
    "split_to": 2,
}
ACTION |= {"ex_dividend_date": "2024-01-01", "cash_amount": 1, "record_date": "2024-01-01"}
ROWS = st.lists(st.one_of(*map(nearly, (AGGREGATE, TRADE, QUOTE, ACTION))), max_size=2)


@given(
    st.one_of(
        st.binary(max_size=100),
        values.map(lambda value: json.dumps(value).encode()),
        st.builds(
            lambda rows, url: json.dumps({"results": rows, "next_url": url}).encode(),
            ROWS,
            st.sampled_from([None, "http://[", "https://x/v3/trades/IBM?cursor=1"]),
        ),
    )
)
def test_any_answer_is_a_page_or_a_provider_error(body):
    history = PolygonHistory(config=PolygonConfig(key="k"))
    history._rest = FixedRest(body)  # type: ignore[assignment]
    reads: list[Callable[[], Awaitable[object]]] = [
        lambda: history.read_bars(symbol="A", timeframe=ONE_DAY, start=START, end=END),
        lambda: history.read_trades(symbol="A", start=START, end=END),
        lambda: history.read_quotes(symbol="A", start=START, end=END),
        lambda: history._symbol_changes("A"),
        lambda: read_snapshots(rest=history.rest, symbols=["A"]),
        lambda: read_listings(rest=history.rest),
    ]
    if b"next_url" not in body:  # all pages of actions are read, and this one has no end
        reads.append(
            lambda: history.read_corporate_actions(
                symbol="A", start_date=START.date(), end_date=END.date()
            )
        )

    async def read_all() -> None:
        for read in reads:
            try:
                await read()
            except ProviderError:
                continue

    asyncio.run(read_all())


@given(st.integers(min_value=0, max_value=2**63 - 1))
def test_times_are_exact(ts):
    history = PolygonHistory(config=PolygonConfig(key="k"))
    history._rest = FixedRest(  # type: ignore[assignment]
        json.dumps({"results": [{**TRADE, "sip_timestamp": ts}]}).encode()
    )
    page = asyncio.run(history.read_trades(symbol="A", start=START, end=END))
    assert page.rows[0].ts_event == ts
