"""Polygon.io's stream says what its documents say, and every refusal has a name."""

import json
from collections.abc import Sequence

import pytest
from hypothesis import given, strategies as st

from marketdata.contracts import Bar, PriceBand, ProviderBar, Quote, Trade, TradingStatus
from marketdata.domain.each_quote import EachQuote
from marketdata.feeds.polygon.config import Channel, PolygonConfig
from marketdata.feeds.polygon.dialogue import PolygonDialogue
from marketdata.feeds.polygon.seconds import MinuteFromSeconds
from marketdata.feeds.providers import (
    AuthenticationFailed,
    BadPayload,
    ConnectionLimitExceeded,
    InvalidRequest,
    NotEntitled,
    ProviderError,
    ProviderUnreachable,
    Reply,
    SlowClient,
    SymbolLimitExceeded,
)
from tests.marketdata.build import MINUTE_NS, T0, bar
from tests.marketdata.providers.anything import nearly, values

NOW = T0 + 5
CONFIG = PolygonConfig(key="secret-key")
TRADE: dict[str, object] = {
    "ev": "T",
    "sym": "MSFT",
    "x": 4,
    "i": "1",
    "p": 114.125,
    "s": 100,
    "c": [0, 12],
}
TRADE |= {"t": 1536036818784, "q": 3681328, "z": 3}
QUOTE: dict[str, object] = {
    "ev": "Q",
    "sym": "MSFT",
    "bx": 4,
    "bp": 114.125,
    "bs": 2,
    "ax": 7,
    "ap": 114.128,
}
QUOTE |= {"as": 1.6, "c": 0, "i": [604], "t": 1536036818784, "q": 50385480, "z": 3}
BAND: dict[str, object] = {"ev": "LULD", "T": "MSFT", "h": 218.15, "l": 197.38, "i": [21], "z": 3}
BAND |= {"t": 1601316485722, "q": 15288}
MINUTE: dict[str, object] = {
    "ev": "AM",
    "sym": "GTE",
    "v": 4110,
    "av": 9470157,
    "op": 0.4372,
    "vw": 0.4488,
}
MINUTE |= {"o": 0.4488, "c": 0.4486, "h": 0.4489, "l": 0.4486, "a": 0.4352, "z": 685}
MINUTE |= {"s": 1610144640000, "e": 1610144700000}


def dialogue(*channels: Channel, symbols: Sequence[str] = ("AAPL",)) -> PolygonDialogue:
    config = PolygonConfig(key="secret-key", channels=channels) if channels else CONFIG
    return PolygonDialogue(
        config=config, symbols=symbols, each_quote=EachQuote(symbols=None), now_ns=lambda: NOW
    )


def hear(*messages: object, talk: PolygonDialogue | None = None) -> Reply:
    return (talk or dialogue()).receive(json.dumps(messages))


def status(word: str, message: str) -> dict[str, object]:
    return {"ev": "status", "status": word, "message": message}


def test_the_recorded_dialogue_goes_as_recorded(vendor_fixtures):
    path = vendor_fixtures / "polygon" / "ws__dialogue_trades.json"
    talk = dialogue(Channel.TRADES)
    answers, replies = [*talk.opening()], []
    for turn in json.loads(path.read_text()):
        if turn["dir"] == "c>s":
            said = json.loads(answers.pop(0))
            assert said["action"] == turn["msg"]["action"]
            expected = "secret-key" if said["action"] == "auth" else turn["msg"]["params"]
            assert said["params"] == expected
        else:
            replies.append(talk.receive(json.dumps(turn["msg"])))
            answers.extend(replies[-1].answers)
    assert [reply.is_subscribed for reply in replies] == [False, False, True, False]
    assert replies[-1].updates == [
        Trade(
            symbol="AAPL",
            px=161.87,
            size=300,
            exchange="N",
            conditions=("F",),
            trade_id=5096,
            ts_event=1_651_684_192_462_000_000,
            ts_init=NOW,
            source="polygon",
        )
    ]


def test_the_documents_examples_are_understood(vendor_fixtures):
    path = vendor_fixtures / "polygon" / "ws__spec_examples_T_AM.json"
    examples = json.loads(path.read_text())
    trade, minute = hear(examples["/stocks/T"], examples["/stocks/AM"]).updates
    assert isinstance(trade, Trade)
    assert (trade.exchange, trade.conditions) == ("D", ("@", "T"))
    assert isinstance(minute, ProviderBar)
    assert minute.bar == Bar(
        symbol="GTE",
        ts_start=1_610_144_640_000_000_000,
        open=0.4488,
        high=0.4489,
        low=0.4486,
        close=0.4486,
        volume=4110,
        trade_count=6,
        vwap=0.4488,
    )


def test_a_quote_is_told_in_round_lots_unless_set_otherwise():
    (quote,) = hear(QUOTE).updates
    assert isinstance(quote, Quote)
    assert (quote.bid_size, quote.ask_size) == (200, 160)
    assert (quote.bid_exchange, quote.ask_exchange) == ("D", "J")
    config = PolygonConfig(key="k", shares_per_quote_unit=1)
    (quote,) = hear(
        QUOTE, talk=PolygonDialogue(config=config, symbols=(), each_quote=EachQuote(symbols=None))
    ).updates
    assert isinstance(quote, Quote)
    assert (quote.bid_size, quote.ask_size) == (2, 1)


@pytest.mark.parametrize(
    "told", [1_601_316_485_722, 1_601_316_485_722_000, 1_601_316_485_722_000_000]
)
def test_a_time_is_read_by_its_length(told):
    band, *_ = hear(BAND | {"t": told}).updates
    assert isinstance(band, PriceBand)
    assert band.ts_event == 1_601_316_485_722_000_000


def test_prints_that_share_a_sequence_number_are_told_apart_by_their_id():
    one, other = hear({**TRADE, "i": "1", "q": 130_924}, {**TRADE, "i": "2", "q": 130_924}).updates
    assert isinstance(one, Trade)
    assert isinstance(other, Trade)
    assert (one.trade_id, other.trade_id) == (1, 2)
    (named,) = hear({**TRADE, "i": "A0F-77"}).updates
    assert isinstance(named, Trade)
    assert 0 < named.trade_id < 2**63


def test_a_value_that_cannot_be_read_costs_its_own_message_alone():
    reply = hear(TRADE, {**TRADE, "p": "dear"}, {**TRADE, "s": 0.75})
    assert [each.size for each in reply.updates if isinstance(each, Trade)] == [100, 0.75]
    assert len(reply.unread) == 1


def test_a_price_band_is_told():
    (band,) = hear(BAND).updates
    assert isinstance(band, PriceBand)
    assert (band.symbol, band.lower_px, band.upper_px, band.indicator) == (
        "MSFT",
        197.38,
        218.15,
        "21",
    )
    assert band.ts_event == 1_601_316_485_722_000_000


@pytest.mark.parametrize(("indicator", "is_halted"), [(17, True), (18, False)])
def test_a_volatility_pause_and_its_end_are_statuses(indicator, is_halted):
    band, status = hear(BAND | {"i": [indicator]}).updates
    assert isinstance(band, PriceBand)
    assert isinstance(status, TradingStatus)
    assert status.is_halted is is_halted
    assert (status.symbol, status.reason_code) == ("MSFT", "LUDP")


@pytest.mark.parametrize(
    ("word", "message", "error"),
    [
        ("auth_failed", "authentication failed", AuthenticationFailed),
        ("error", "authentication failed", AuthenticationFailed),
        ("auth_failed", "Your plan doesn't include websocket access.", NotEntitled),
        ("error", "not authorized", NotEntitled),
        ("error", "You don't have access real-time data.", NotEntitled),
        ("auth_timeout", "No authentication request received.", ProviderUnreachable),
        ("max_connections", "Maximum number of connections exceeded.", ConnectionLimitExceeded),
        ("error", "too many subscriptions", SymbolLimitExceeded),
        ("error", "slow consumer", SlowClient),
        ("error", "invalid subscription string", InvalidRequest),
        ("unheard_of", "", InvalidRequest),
    ],
)
def test_a_status_is_refused_as(word, message, error):
    with pytest.raises(error) as caught:
        hear(status(word, message))
    assert "secret-key" not in str(caught.value)


def test_the_key_is_in_no_representation():
    assert "secret-key" not in repr(CONFIG)


def test_every_topic_must_be_confirmed_once():
    talk = dialogue(Channel.TRADES, Channel.QUOTES)
    assert not hear(status("success", "subscribed to: T.AAPL"), talk=talk).is_subscribed
    assert hear(status("success", "subscribed to: Q.AAPL"), talk=talk).is_subscribed
    assert not hear(status("success", "subscribed to: Q.AAPL"), talk=talk).is_subscribed


def test_many_symbols_are_asked_for_in_several_frames():
    talk = dialogue(Channel.TRADES, symbols=[f"S{n}" for n in range(1200)])
    asked = [json.loads(frame)["params"] for frame in hear(status("auth_success", "")).answers]
    assert len(asked) == 1
    asked = [
        json.loads(frame)["params"] for frame in hear(status("auth_success", ""), talk=talk).answers
    ]
    assert [frame.count(",") + 1 for frame in asked] == [500, 500, 200]


def test_no_symbols_means_all_of_them():
    talk = dialogue(symbols=())
    (frame,) = hear(status("auth_success", ""), talk=talk).answers
    assert json.loads(frame)["params"] == "T.*,Q.*,AM.*,LULD.*"


def test_a_kind_of_message_that_is_newer_than_we_are_is_left_out():
    (trade,) = hear({"ev": "FMV", "fmv": 1, "sym": "MSFT"}, TRADE).updates
    assert isinstance(trade, Trade)
    with pytest.raises(BadPayload):
        hear({"ev": "FMV"}, {**TRADE, "p": "dear"})


def test_seconds_grow_into_minutes_but_for_the_one_we_came_in():
    minutes = MinuteFromSeconds(began_ns=T0 + 30)
    assert minutes.add(bar(ts_start=T0 + 31_000_000_000), now_ns=T0 + 9 * MINUTE_NS) is None
    first = bar(ts_start=T0 + MINUTE_NS, open_px=10, high=11, low=9, close=10, vwap=10, volume=100)
    second = bar(
        ts_start=T0 + MINUTE_NS + 7_000_000_000,
        open_px=12,
        high=13,
        low=8,
        close=12,
        vwap=12,
        volume=300,
    )
    assert minutes.add(first, now_ns=T0 + 9 * MINUTE_NS) == first
    assert minutes.add(second, now_ns=T0 + 9 * MINUTE_NS) == bar(
        ts_start=T0 + MINUTE_NS,
        open_px=10,
        high=13,
        low=8,
        close=12,
        vwap=11.5,
        volume=400,
        trade_count=6,
    )
    ahead = bar(ts_start=T0 + 7_200 * 10**9)  # of a clock that is wrong: it ends no minute
    assert minutes.add(ahead, now_ns=T0 + 9 * MINUTE_NS) is None
    following = bar(ts_start=T0 + 2 * MINUTE_NS)
    assert minutes.add(following, now_ns=T0 + 9 * MINUTE_NS) == following
    assert (
        minutes.add(second, now_ns=T0 + 9 * MINUTE_NS) is None
    )  # a second of a minute that is over


def test_seconds_reach_the_market_as_minutes():
    start = (T0 + MINUTE_NS) // 1_000_000
    times = iter([T0, T0 + MINUTE_NS + 4 * 10**9])  # of the beginning, and of the second
    talk = PolygonDialogue(
        config=PolygonConfig(key="k", channels=(Channel.SECONDS,)),
        symbols=("GTE",),
        each_quote=EachQuote(symbols=None),
        now_ns=lambda: next(times),
    )
    (update,) = hear({**MINUTE, "ev": "A", "s": start + 3000}, talk=talk).updates
    assert isinstance(update, ProviderBar)
    assert update.bar.ts_start == T0 + MINUTE_NS


@given(st.binary(max_size=200))
def test_any_bytes_are_a_reply_or_a_provider_error(frame):
    _hear_anything(frame)


@given(values)
def test_any_json_is_a_reply_or_a_provider_error(value):
    _hear_anything(json.dumps(value))


@given(
    st.lists(
        st.one_of(
            *map(nearly, (TRADE, QUOTE, BAND, MINUTE, status("success", "subscribed to: T.AAPL")))
        ),
        max_size=3,
    )
)
def test_nearly_true_messages_are_a_reply_or_a_provider_error(messages):
    _hear_anything(json.dumps(messages))


@given(st.integers(min_value=0, max_value=10**14 - 1))
def test_times_are_exact(ms):
    for update in hear({**TRADE, "t": ms}, {**QUOTE, "t": ms}, {**BAND, "t": ms}).updates:
        assert isinstance(update, Trade | Quote | PriceBand)
        assert update.ts_event == ms * 1_000_000


def _hear_anything(frame: str | bytes) -> None:
    try:
        reply = dialogue(*Channel).receive(frame)
    except ProviderError:
        return
    assert all(update.symbol is not None for update in reply.updates)
