"""Alpaca: the shared suite in both encodings, and what only Alpaca says."""

import asyncio
import json
import os
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import asdict

from marketdata.contracts import (
    Bar,
    BarUnit,
    CorporateActionKind,
    FeedKind,
    HistoricalTrade,
    PriceBand,
    ProviderBar,
    ProviderDailyBar,
    Timeframe,
    Trade,
    TradeCancel,
    TradeCorrection,
    TradeUpdate,
    TradingStatus,
    Update,
)
from marketdata.domain.each_quote import EachQuote
from marketdata.feeds.alpaca import build
from marketdata.feeds.alpaca.config import read_config
from marketdata.feeds.alpaca.dialogue import AlpacaDialogue
from marketdata.feeds.alpaca.history import AlpacaHistory
from marketdata.feeds.moments import ns_of_extension, ns_of_text
from marketdata.feeds.providers import (
    AuthenticationFailed,
    BadPayload,
    ConnectionLimitExceeded,
    InvalidRequest,
    KnowsOlderNames,
    NotEntitled,
    ProviderError,
    ProviderUnreachable,
    SlowClient,
    SymbolLimitExceeded,
)
from tests.marketdata.build import MINUTE_NS, T0, bar, cancel, changed, correction, quote, trade
from tests.marketdata.providers.alpaca_server import AlpacaServer
from tests.marketdata.providers.contract import (
    ONE_DAY,
    ONE_MINUTE,
    HistoryContract,
    ListingsContract,
    Provider,
    StreamContract,
    always_open,
    running,
)
from tests.marketdata.providers.loopback import RestReply
from tests.marketdata.waiting import until
from trading.kernel.clock import NEW_YORK, from_ns, new_york_date, to_ns, utc_now


def build_alpaca(server: AlpacaServer, encoding: str = "msgpack", *, key: str = "right-key"):
    return build(
        config={
            "key_id": key,
            "secret_key": "right-secret",
            "feed": "sip",
            "encoding": encoding,
            "stream_url": server.stream_url,
            "data_url": server.rest_url,
            "trading_url": server.rest_url,
        },
        symbols=["IBM", "AAPL"],
        sessions=always_open,
    )


@pytest.fixture
async def provider():
    server = AlpacaServer()
    await server.start()
    yield Provider(server=server, build=partial(build_alpaca, server), recalls=True)
    await server.stop()


class TestStream(StreamContract):
    @pytest.fixture(params=["json", "msgpack"])
    async def provider(self, request):
        server = AlpacaServer()
        await server.start()
        build = partial(build_alpaca, server, request.param)
        yield Provider(server=server, build=build, recalls=True)
        await server.stop()


class TestHistory(HistoryContract):
    pass


class TestListings(ListingsContract):
    pass


# --- What only Alpaca says ------------------------------------------------------------------------
CONFIG = {"key_id": "k", "secret_key": "s", "encoding": "json"}


def dialogue(encoding: str = "json") -> AlpacaDialogue:
    return AlpacaDialogue(
        config=read_config({**CONFIG, "encoding": encoding}),
        symbols=["AAPL", "IBM"],
        each_quote=EachQuote(symbols=None),
        now_ns=lambda: 7,
    )


@pytest.fixture(scope="module")
def recorded():
    folder = Path(os.environ.get("VENDOR_FIXTURES") or "../shared/fixtures").resolve() / "alpaca"
    if not folder.exists():
        pytest.skip(f"recorded answers of providers are absent: no {folder}")
    return lambda name: json.loads((folder / f"{name}.json").read_text())


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (400, InvalidRequest),
        (401, AuthenticationFailed),
        (402, AuthenticationFailed),
        (403, InvalidRequest),
        (404, ProviderUnreachable),
        (405, SymbolLimitExceeded),
        (406, ConnectionLimitExceeded),
        (407, SlowClient),
        (408, NotEntitled),
        (409, NotEntitled),
        (410, InvalidRequest),
        (411, NotEntitled),
        (412, InvalidRequest),
        (413, InvalidRequest),
        (500, ProviderUnreachable),
        (599, ProviderUnreachable),  # not in the documents: it may pass
    ],
)
def test_every_error_number_has_a_name(code, error):
    with pytest.raises(error, match=str(code)):
        dialogue().receive(json.dumps([{"T": "error", "code": code, "msg": "no"}]))


def test_it_waits_authenticates_and_subscribes_every_channel():
    talk = dialogue()
    assert list(talk.opening()) == []
    assert talk.url == "wss://stream.data.alpaca.markets/v2/iex"
    [auth] = talk.receive('[{"T":"success","msg":"connected"}]').answers
    assert json.loads(auth) == {"action": "auth", "key": "k", "secret": "s"}
    [asked] = talk.receive('[{"T":"success","msg":"authenticated"}]').answers
    assert json.loads(asked) == {
        "action": "subscribe",
        **{
            channel: ["AAPL", "IBM"]
            for channel in (
                "trades",
                "quotes",
                "bars",
                "updatedBars",
                "dailyBars",
                "statuses",
                "lulds",
            )
        },
    }
    reply = talk.receive('[{"T":"subscription","trades":["AAPL"],"quotes":[],"news":[]}]')
    assert reply.is_subscribed


@pytest.mark.parametrize("encoding", ["json", "msgpack"])
def test_every_message_is_translated(encoding):
    server = AlpacaServer()
    server.is_msgpack = encoding == "msgpack"
    halted = TradingStatus(
        symbol="AAPL",
        status_code="H",
        status_message="Trading Halt",
        reason_code="T12",
        reason_message="Additional Information Requested by NASDAQ",
        ts_event=T0 + 123_456_789,
        ts_init=7,
        source="alpaca",
    )
    band = PriceBand(
        symbol="AAPL",
        upper_px=3.29,
        lower_px=2.97,
        indicator="B",
        ts_event=T0 + 1,
        ts_init=7,
        source="alpaca",
    )
    told: list[Update] = [
        changed(quote(symbol="AAPL", ts_event=T0 + 987_654_321), ts_init=7, source="alpaca"),
        changed(
            trade(symbol="AAPL", conditions=("@", "T", "I"), trade_id=2**53),
            ts_init=7,
            source="alpaca",
        ),
        changed(
            correction(symbol="AAPL", original_conditions=("@", "I")),
            original_px=182.46,
            ts_init=7,
            source="alpaca",
        ),
        changed(cancel(symbol="AAPL"), ts_init=7, source="alpaca"),
        ProviderBar(bar=bar(symbol="AAPL"), ts_init=7, source="alpaca"),
        ProviderDailyBar(bar=bar(symbol="AAPL"), ts_init=7, source="alpaca"),
        halted,
        band,
    ]
    assert dialogue(encoding).receive(server.encode(told)).updates == told


def test_an_updated_bar_is_the_providers_bar_again():
    [update] = (
        dialogue()
        .receive(
            '[{"T":"u","S":"AAPL","o":1,"h":3,"l":1,"c":2,"v":9,"n":2,"vw":2.1,'
            '"t":"2021-02-22T15:51:00Z"}]'
        )
        .updates
    )
    assert isinstance(update, ProviderBar)
    assert update.bar.ts_start == 1_614_009_060 * 10**9


def test_the_letters_of_new_york_are_translated_by_tape():
    frame = '[{{"T":"t","S":"F","p":9.5,"s":10,"x":"N","i":1,"c":[" ","B"],"z":"{}","t":"{}"}}]'
    at = "2021-02-22T15:51:44.208Z"
    [on_cta] = dialogue().receive(frame.format("A", at)).updates
    [on_utp] = dialogue().receive(frame.format("C", at)).updates
    assert isinstance(on_cta, Trade)
    assert isinstance(on_utp, Trade)
    assert (on_cta.conditions, on_utp.conditions) == (("@", "W"), (" ", "B"))


def test_a_kind_of_message_that_is_new_does_not_spoil_the_others():
    reply = dialogue().receive(
        '[{"T":"i","S":"AAPL","p":1.5},'
        '{"T":"t","S":"AAPL","p":1.5,"s":1,"x":"V","i":4,"t":"2021-02-22T15:51:44.208Z"}]'
    )
    assert len(reply.updates) == 1


@pytest.mark.parametrize("told", [2**63, 2**64 - 1, -1, 10**30])
def test_an_id_that_has_no_63_bits_costs_no_print_and_is_taken_back_by_the_same_id(told):
    at = '"t":"2021-02-22T15:51:44.208Z"'
    frame = (
        f'[{{"T":"t","S":"AAPL","p":1.5,"s":1,"x":"V","i":{told},{at}}},'
        f'{{"T":"c","S":"AAPL","x":"V","oi":{told},"op":1.5,"os":1,"ci":{told},"cp":2,"cs":1,{at}}},'
        f'{{"T":"x","S":"AAPL","p":1.5,"s":1,"x":"V","i":{told},{at}}}]'
    )
    traded, corrected, canceled = dialogue().receive(frame).updates
    assert isinstance(traded, Trade)
    assert isinstance(corrected, TradeCorrection)
    assert isinstance(canceled, TradeCancel)
    assert 0 < traded.trade_id < 2**63
    assert corrected.original_trade_id == corrected.trade_id == traded.trade_id
    assert canceled.trade_id == traded.trade_id


@pytest.mark.parametrize(
    "bad",
    [
        '{"T":"t","S":"AAPL","p":"x","s":1,"x":"V","i":4,"t":"2021-02-22T15:51:44Z"}',
        '{"T":"t","S":"AAPL","p":1,"s":1,"x":"V","i":4,"t":"yesterday"}',
        '{"T":"s","S":"AAPL","sc":"H","t":"0001-01-01"}',
        '{"T":7}',
        "17",
    ],
)
def test_a_value_that_cannot_be_read_costs_its_own_message_alone(bad):
    good = (
        '{"T":"t","S":"AAPL","p":1.5,"s":0.75,"x":"V","i":%d,"t":"2021-02-22T15:51:44.208123456Z"}'
    )
    reply = dialogue().receive(f"[{good % 1},{bad},{good % 2}]")
    prints = [each for each in reply.updates if isinstance(each, Trade)]
    assert [(each.trade_id, each.size) for each in prints] == [(1, 0.75), (2, 0.75)]
    assert len(reply.unread) == 1


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "{not json",
        "{}",
        "[1]",
        '[{"T":"t","S":"AAPL"}]',
        '[{"T":"t","S":"AAPL","p":"x","s":1,"x":"V","i":4,"t":"2021-02-22T15:51:44Z"}]',
        '[{"T":"t","S":"AAPL","p":1,"s":1,"x":"V","i":4,"t":"yesterday"}]',
        '[{"T":"t","S":"AAPL","p":1,"s":1e400,"x":"V","i":4,"t":"2021-02-22T15:51:44Z"}]',
        b"\xff\xfe",
        "[" * 10_000,
    ],
)
def test_what_cannot_be_understood_is_a_bad_payload(frame):
    with pytest.raises(BadPayload):
        dialogue().receive(frame)


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("2021-02-22T15:51:44Z", 1_614_009_104 * 10**9),
        ("2021-02-22T15:51:44.2Z", 1_614_009_104_200_000_000),
        ("2021-02-22T15:51:44.208123456Z", 1_614_009_104_208_123_456),
        ("2021-02-22T10:51:44.208123-05:00", 1_614_009_104_208_123_000),
    ],
)
def test_moments_are_read_to_the_nanosecond(text, ns):
    assert ns_of_text(text) == ns


@pytest.mark.parametrize(
    ("data", "ns"),
    [
        ((1_614_009_104).to_bytes(4), 1_614_009_104 * 10**9),
        ((208_123_456 << 34 | 1_614_009_104).to_bytes(8), 1_614_009_104_208_123_456),
        ((5).to_bytes(4) + (-1).to_bytes(8, signed=True), -(10**9) + 5),
    ],
)
def test_moments_of_messagepack_are_read_in_each_length(data, ns):
    assert ns_of_extension(msgspec.msgpack.Ext(-1, data)) == ns


@pytest.mark.parametrize(
    ("changed", "error", "named"),
    [
        ({"key_id": ""}, AuthenticationFailed, "ALPACA_KEY_ID"),
        ({"secret_key": ""}, AuthenticationFailed, "ALPACA_SECRET_KEY"),
        ({"feed": "otc"}, InvalidRequest, "otc"),
        ({"encoding": "xml"}, InvalidRequest, "xml"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(changed, error, named):
    with pytest.raises(error, match=named):
        read_config({**CONFIG, **changed})


def test_a_delayed_feed_is_labelled_and_lags():
    feed, _ = build(config={**CONFIG, "feed": "delayed_sip"}, symbols=["IBM"], sessions=always_open)
    assert feed.kind is FeedKind.DELAYED
    assert feed.session(now=from_ns(T0)).kind is FeedKind.DELAYED


async def test_previous_closes_come_from_the_day_before_today(provider):
    server = provider.server
    today = new_york_date(utc_now())
    midnight = datetime.combine(today, time(), tzinfo=NEW_YORK)
    server.daily_bars["IBM"] = [
        bar(symbol="IBM", ts_start=to_ns(midnight - timedelta(days=1)), close=10.0),
        bar(symbol="IBM", ts_start=to_ns(midnight), close=11.5),
    ]
    server.daily_bars["AAPL"] = server.daily_bars["IBM"][:1]  # not traded yet today
    feed, _ = provider.build()
    server.daily_bars["MSFT"] = server.daily_bars["IBM"]
    async with running(feed):
        await until(lambda: feed.previous_closes)
        assert feed.previous_closes == {"IBM": 10.0, "AAPL": 10.0}
        feed.follow(["AAPL", "IBM", "MSFT"], ts_from=None)
        await until(lambda: "MSFT" in feed.previous_closes)
    asked = [each.query["symbols"] for each in server.asked if each.path.endswith("snapshots")]
    assert asked == ["AAPL,IBM", "MSFT"]


async def test_a_rate_limit_that_is_used_up_is_waited_for(provider):
    _, history = provider.build()
    spent = RestReply.of(
        {"bars": None, "next_page_token": None},
        X_RateLimit_Remaining="0",
        X_RateLimit_Reset=str(utc_now().timestamp() + 0.3),
    )
    provider.server.replies.append(spent)
    begun = asyncio.get_running_loop().time()
    for _ in range(2):
        await history.read_bars(
            symbol="IBM", timeframe=ONE_MINUTE, start=from_ns(T0), end=from_ns(T0 + 60 * 10**9)
        )
    await history.close()
    assert asyncio.get_running_loop().time() - begun >= 0.25


async def test_a_request_says_what_is_wanted(provider):
    _, history = provider.build()
    await history.read_bars(
        symbol="IBM", timeframe=ONE_MINUTE, start=from_ns(T0), end=from_ns(T0 + 60 * 10**9)
    )
    await history.close()
    [asked] = provider.server.asked
    assert asked.path == "/v2/stocks/IBM/bars"
    assert asked.query == {
        "timeframe": "1Min",
        "start": "2023-11-14T22:13:00.000000Z",
        "end": "2023-11-14T22:13:59.999999999Z",
        "limit": "10000",
        "adjustment": "raw",
        "feed": "sip",
        "sort": "asc",
        "asof": "-",
    }


async def test_by_todays_name_it_looks_up_the_older_ones(provider):
    told = [bar(symbol="IBM", ts_start=T0)]
    provider.server.bars["IBM"] = told
    _, history = provider.build()
    assert isinstance(history, AlpacaHistory)
    assert isinstance(history, KnowsOlderNames)
    page = await history.read_bars_as_named_today(
        symbol="IBM", timeframe=ONE_MINUTE, start=from_ns(T0), end=from_ns(T0 + 60 * 10**9)
    )
    await history.close()
    assert page.rows == told
    assert "asof" not in provider.server.asked[0].query


async def test_what_the_tape_said_of_a_trade_later_is_told(provider):
    told: list[Trade] = [
        HistoricalTrade(**asdict(trade(trade_id=number)), update=update)
        for number, update in enumerate([None, *TradeUpdate])
    ]
    provider.server.trades["IBM"] = told
    _, history = provider.build()
    page = await history.read_trades(symbol="IBM", start=from_ns(T0), end=from_ns(T0 + 60 * 10**9))
    await history.close()
    assert [row.update for row in page.rows] == [None, *TradeUpdate]


async def test_a_symbol_cannot_lead_to_another_address(provider):
    _, history = provider.build()
    await history.read_trades(symbol="../../v1", start=from_ns(T0), end=from_ns(T0 + 1_000))
    await history.close()
    assert provider.server.asked[0].path == "/v2/stocks/..%2F..%2Fv1/trades"


async def test_a_timeframe_that_it_has_no_bars_of_is_refused(provider):
    _, history = provider.build()
    with pytest.raises(NotEntitled, match="90Min"):
        await history.read_bars(
            symbol="IBM",
            timeframe=Timeframe(count=90, unit=BarUnit.MINUTE),
            start=from_ns(T0),
            end=from_ns(T0),
        )


# --- Recorded answers -----------------------------------------------------------------------------
@pytest.fixture
async def history(provider):
    _, made = provider.build()
    yield made
    await made.close()


async def _answered(provider, history, body, read, **asked):
    provider.server.replies.append(RestReply.of(body))
    return await getattr(history, read)(**asked)


RANGE = {"symbol": "AAPL", "start": from_ns(T0), "end": from_ns(T0 + 60 * 10**9)}


async def test_recorded_bars_are_read(provider, history, recorded):
    body = recorded("test_historical_stock_data__test_get_bars")
    page = await _answered(
        provider,
        history,
        {"bars": body["bars"]["AAPL"], "next_page_token": body["next_page_token"]},
        "read_bars",
        timeframe=ONE_DAY,
        **RANGE,
    )
    assert page.next_token == body["next_page_token"]
    assert [(each.close, each.trade_count) for each in page.rows] == [
        (174.61, 732412),
        (175.84, 675034),
    ]
    assert from_ns(page.rows[0].ts_start) == datetime(2022, 2, 1, 5, tzinfo=UTC)


async def test_recorded_trades_and_quotes_are_read(provider, history, recorded):
    trades = recorded("test_historical_stock_data__test_multisymbol_get_trades")
    page = await _answered(
        provider, history, {"trades": trades["trades"]["AAPL"]}, "read_trades", **RANGE
    )
    [found] = page.rows
    assert (found.px, found.size, found.conditions) == (159.07, 1, ("@", "T", "I"))
    quotes = recorded("test_historical_stock_data__test_multisymbol_quotes")
    page = await _answered(
        provider, history, {"quotes": quotes["quotes"]["TSLA"]}, "read_quotes", **RANGE
    )
    assert (page.rows[0].bid_px, page.rows[0].ask_px) == (840.75, 830.0)


async def test_recorded_newest_values_are_read(provider, history, recorded):
    provider.server.replies.append(
        RestReply.of(recorded("test_historical_stock_data__test_get_multisymbol_latest_trade"))
    )
    provider.server.replies.append(RestReply.of({"quotes": {}}))
    found = {known.symbol: known for known in await history.read_newest(["AAPL", "TSLA"])}
    assert found["TSLA"].trade.ts_event == 1_657_915_199_405_545_378
    assert found["TSLA"].quote is None
    closes = await _answered(
        provider,
        history,
        recorded("test_historical_stock_data__test_get_snapshot"),
        "read_previous_closes",
        symbols=["AAPL"],
    )
    assert closes == {"AAPL": 161.365}  # long ago: the day of the recording is before today


async def test_recorded_corporate_actions_are_read(provider, history, recorded):
    body = recorded("test_corporate_actions__test_get_corporate_actions")
    page = await _answered(
        provider,
        history,
        body,
        "read_corporate_actions",
        symbol="AAPL",
        start_date=date(2023, 1, 1),
        end_date=date(2023, 8, 24),
    )
    assert page.next_token == body["next_page_token"]
    kinds = CorporateActionKind
    assert [(each.kind, each.symbol, each.ex_date) for each in page.rows] == [
        (kinds.SPLIT, "TPBAU", date(2023, 3, 1)),
        (kinds.CASH_DIVIDEND, "FCF", date(2023, 5, 4)),
        (kinds.STOCK_DIVIDEND, "MSBC", date(2023, 5, 19)),
        (kinds.SPIN_OFF, "JUPW", date(2023, 8, 15)),
        (kinds.SYMBOL_CHANGE, "BSAQ", date(2023, 8, 15)),
        (kinds.SPLIT, "SRE", date(2023, 8, 22)),
    ]  # the last one's ex-date is the end, which is not included


async def test_recorded_actions_of_an_account_are_read(provider, history, recorded):
    page = await _answered(
        provider,
        history,
        {"corporate_actions": recorded("paper_recorded__corporate_actions")},
        "read_corporate_actions",
        symbol="AAPL",
        start_date=date(2020, 1, 1),
        end_date=date(2021, 1, 1),
    )
    [split] = [each for each in page.rows if each.kind is CorporateActionKind.SPLIT]
    assert (split.new_rate, split.old_rate, split.ex_date) == (4, 1, date(2020, 8, 31))


def test_recorded_dialogue_is_understood(recorded):
    frames = recorded("ws_data__control_and_trade")
    for frame in frames:
        if not isinstance(frame, list):
            continue
        if frame[0]["T"] == "error":
            with pytest.raises(ProviderError):
                dialogue().receive(json.dumps(frame))
        else:
            assert dialogue().receive(json.dumps(frame)).answers


async def test_a_gap_of_many_symbols_is_one_request_a_page(provider):
    server = provider.server
    server.page_size = 3
    for symbol in ("AAPL", "IBM"):
        server.bars[symbol] = [bar(symbol=symbol, ts_start=T0 + n * MINUTE_NS) for n in range(4)]
    _, history = provider.build()
    rows: list[Bar] = []
    token = None
    while True:
        page = await history.read_minute_bars(
            symbols=["IBM", "AAPL"],
            start=from_ns(T0 + MINUTE_NS),
            end=from_ns(T0 + 4 * MINUTE_NS),
            page_token=token,
        )
        rows += page.rows
        if (token := page.next_token) is None:
            break
    await history.close()
    assert [(row.symbol, (row.ts_start - T0) // MINUTE_NS) for row in rows] == [
        *(("AAPL", n) for n in (1, 2, 3)),
        *(("IBM", n) for n in (1, 2, 3)),
    ]
    assert len(server.asked) == 2
    assert {each.path for each in server.asked} == {"/v2/stocks/bars"}


async def test_recorded_bars_of_many_symbols_are_read(provider, recorded):
    provider.server.replies.append(
        RestReply.of(recorded("test_historical_stock_data__test_multisymbol_get_bars"))
    )
    _, history = provider.build()
    page = await history.read_minute_bars(
        symbols=["AAPL", "TSLA"], start=from_ns(T0), end=from_ns(T0 + MINUTE_NS)
    )
    await history.close()
    assert len({row.symbol for row in page.rows}) == 2


async def test_the_bars_of_many_symbols_may_be_none(provider):
    provider.server.replies.append(RestReply.of({"bars": None, "next_page_token": None}))
    _, history = provider.build()
    page = await history.read_minute_bars(
        symbols=["AAPL"], start=from_ns(T0), end=from_ns(T0 + MINUTE_NS)
    )
    await history.close()
    assert (list(page.rows), page.next_token) == ([], None)
