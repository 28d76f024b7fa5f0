"""Bars, ticks, newest values and indicators of several symbols, page by page."""

import json
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st

from marketdata import interface
from marketdata.contracts import CorporateAction, CorporateActionKind, Place
from marketdata.domain import paging
from marketdata.domain.symbols import SymbolSpell
from marketdata.store import actions, bars, recent, symbols
from tests.marketdata.build import MINUTE_NS, T0, bar, quote, trade
from tests.marketdata.fakes import SilentFeed
from trading.identity.interface import Role
from trading.kernel import clock

pytestmark = [pytest.mark.urls("marketdata.api.urls"), pytest.mark.usefixtures("master")]

START = clock.from_ns(T0)
RANGE = {"start": START.isoformat(), "end": (START + timedelta(days=1)).isoformat()}


@pytest.fixture
def alice(sign_in):
    return sign_in(Role.TRADER)


def get(client, path: str, **query: Any) -> tuple[int, Any]:
    answer = client.get(path, query)
    return answer.status_code, json.loads(answer.content)


def pages(client, path: str, key: str, **query: Any) -> list[dict[str, list[dict[str, Any]]]]:
    found: list[dict[str, list[dict[str, Any]]]] = []
    token: str | None = ""
    while token is not None:
        status, body = get(client, path, page_token=token, **query)
        assert status == 200, body
        found.append(body[key])
        token = body["next_page_token"]
    return found


@pytest.fixture
def two_symbols(master):
    bars.write(
        bars=[
            bar(symbol=symbol, ts_start=T0 + n * MINUTE_NS, close=9.0 + n / 10)
            for symbol in ("IBM", "BAC")
            for n in range(10)
        ]
    )


# --- Bars -----------------------------------------------------------------------------------------
@pytest.mark.usefixtures("two_symbols")
def test_several_symbols_are_answered_by_symbol_and_unknown_ones_left_out(alice):
    status, body = get(alice, "/v2/stocks/bars", symbols="ibm,NOSUCH,BAC,KO,IBM", **RANGE)
    assert status == 200
    assert list(body) == ["bars", "next_page_token"]
    assert {symbol: len(found) for symbol, found in body["bars"].items()} == {"BAC": 10, "IBM": 10}
    assert get(alice, "/v2/stocks/bars", symbols="NOSUCH") == (
        200,
        {"bars": {}, "next_page_token": None},
    )


@pytest.mark.usefixtures("two_symbols")
@pytest.mark.parametrize("sort", ["asc", "desc"])
@pytest.mark.parametrize(
    ("timeframe", "limit"), [("1Min", 3), ("1Min", 10), ("2Min", 4), ("1T", 20)]
)
def test_the_limit_counts_over_all_symbols_and_pages_leave_no_gap(alice, sort, timeframe, limit):
    query = {"symbols": "IBM,BAC", "sort": sort, "timeframe": timeframe, **RANGE}
    _, whole = get(alice, "/v2/stocks/bars", **query)
    found = pages(alice, "/v2/stocks/bars", "bars", limit=limit, **query)
    joined: dict[str, list[Any]] = {}
    for page in found:
        assert sum(map(len, page.values())) <= limit
        for symbol, rows in page.items():
            joined.setdefault(symbol, []).extend(rows)
    assert joined == whole["bars"]
    assert list(joined) == ["BAC", "IBM"]
    times = [row["t"] for row in joined["IBM"]]
    assert times == sorted(times, reverse=sort == "desc")


@pytest.mark.usefixtures("two_symbols")
@pytest.mark.parametrize(
    "timeframe",
    ["1Min", "59Min", "7T", "1Hour", "23H", "1Day", "1D", "1Week", "1W", "12Month", "3M"],
)
def test_every_timeframe_of_the_wire_is_served(alice, timeframe):
    earlier = (START - timedelta(days=400)).isoformat()
    query = {"timeframe": timeframe, "start": earlier, "end": RANGE["end"]}
    status, body = get(alice, "/v2/stocks/IBM/bars", **query)
    assert status == 200
    assert sum(row["v"] for row in body["bars"]) == 3000


@pytest.mark.usefixtures("two_symbols")
def test_volumes_are_integers_unless_a_fraction_was_traded(alice):
    text = alice.get("/v2/stocks/IBM/bars", {"limit": 1, **RANGE}).content.decode()
    assert '"v":300,' in text
    bars.write(bars=[bar(ts_start=T0, volume=0.5)])
    text = alice.get("/v2/stocks/IBM/bars", {"limit": 1, **RANGE}).content.decode()
    assert '"v":0.5,' in text


@pytest.mark.usefixtures("two_symbols")
def test_a_split_is_adjusted_for_when_asked(alice):
    ibm = interface.find_instrument(symbol="IBM")
    assert ibm is not None
    split = CorporateAction(
        kind=CorporateActionKind.SPLIT,
        symbol="IBM",
        ex_date=clock.new_york_date(START) + timedelta(days=1),
        source="test",
        old_rate=1.0,
        new_rate=4.0,
    )
    actions.write(instrument_id=ibm.id, actions=[split], told_at=clock.utc_now())
    _, raw = get(alice, "/v2/stocks/IBM/bars", **RANGE)
    _, adjusted = get(alice, "/v2/stocks/IBM/bars", adjustment="split", **RANGE)
    assert adjusted["bars"][0]["c"] == raw["bars"][0]["c"] / 4
    assert adjusted["bars"][0]["v"] == raw["bars"][0]["v"] * 4
    assert get(alice, "/v2/stocks/IBM/bars", adjustment="dividend,spin-off", **RANGE)[1] == raw


@pytest.mark.usefixtures("two_symbols")
def test_what_says_whose_prices_are_meant_is_accepted(alice):
    query = {"feed": "sip", "asof": "2026-01-02", "currency": "USD", **RANGE}
    status, body = get(alice, "/v2/stocks/IBM/bars", **query)
    assert (status, body["currency"]) == (200, "USD")
    assert get(alice, "/v2/stocks/IBM/bars", asof="-", **RANGE)[0] == 200


@pytest.mark.parametrize(
    ("path", "query", "message"),
    [
        ("bars", {}, "symbols is required"),
        ("bars", {"symbols": " , "}, "symbols is required"),
        ("IBM/bars", {"adjustment": "bogus"}, "invalid adjustment: bogus"),
        ("IBM/bars", {"timeframe": "0Min"}, "invalid timeframe: 0Min"),
        ("IBM/bars", {"timeframe": "2Day"}, "invalid timeframe: 2Day"),
        ("IBM/bars", {"timeframe": "5Month"}, "invalid timeframe: 5Month"),
        ("IBM/bars", {"feed": "bogus"}, "invalid feed: bogus"),
        ("IBM/bars", {"currency": "EUR"}, "invalid currency: EUR"),
        ("IBM/bars", {"asof": "yesterday"}, "invalid asof: yesterday"),
        ("IBM/bars", {"extended_hours": "maybe"}, "invalid extended_hours: maybe"),
        (
            "IBM/bars",
            {"limit": "9" * 5000},
            "invalid limit: larger than the allowed maximum of 10000",
        ),
        ("IBM/bars", {"limit": "-1"}, "invalid limit: -1"),
        ("IBM/trades", {"page_token": "SUJNfHh8MA=="}, "invalid page_token: SUJNfHh8MA=="),
        ("IBM/quotes", {"sort": "up"}, "invalid sort: up"),
        ("snapshots", {}, "symbols is required"),
        ("bars/latest", {"symbols": "IBM", "feed": "x"}, "invalid feed: x"),
        ("IBM/indicators", {}, "names is required"),
        ("IBM/indicators", {"names": "sma20,foo"}, "invalid indicator: foo"),
        ("IBM/indicators", {"names": "sma", "timeframe": "x"}, "invalid timeframe: x"),
        (
            "IBM/indicators",
            {"names": "sma," * 40},
            "invalid names: more than the allowed maximum of 30",
        ),
        (
            "IBM/indicators",
            {"names": ",".join(f"sma{n}" for n in range(2, 13)), "limit": 9_999},
            "invalid limit: 11 names x 9999 bars is more than the allowed maximum of 100000 values",
        ),
        ("meta/conditions/trade", {}, "invalid tape: "),
        ("meta/conditions/trade", {"tape": "D"}, "invalid tape: D"),
    ],
)
def test_a_wrong_parameter_is_named(alice, path, query, message):
    assert get(alice, f"/v2/stocks/{path}", **query) == (400, {"message": message})


# --- Ticks ----------------------------------------------------------------------------------------
@pytest.fixture
def ticks(master):
    interface.start_feed(feed=SilentFeed())
    now = clock.now_ns() - 10**9
    interface.accept_ticks(
        ticks=[
            *(
                quote(symbol=s, ts_event=now + n, bid_size=100 + n)
                for n in range(5)
                for s in ("BAC", "IBM")
            ),
            # Three at one instant: a page may end between them.
            *(trade(ts_event=now + n // 3, trade_id=n) for n in range(9)),
            trade(symbol="BAC", ts_event=now, trade_id=1),
        ]
    )
    return now


@pytest.mark.usefixtures("ticks")
@pytest.mark.parametrize("sort", ["asc", "desc"])
@pytest.mark.parametrize("limit", [1, 2, 4, 10])
@pytest.mark.parametrize("key", ["trades", "quotes"])
def test_ticks_of_the_session_page_without_a_gap(alice, key, limit, sort):
    query = {"symbols": "IBM,BAC", "sort": sort}
    _, whole = get(alice, f"/v2/stocks/{key}", **query)
    joined: dict[str, list[Any]] = {}
    for page in pages(alice, f"/v2/stocks/{key}", key, limit=limit, **query):
        for symbol, rows in page.items():
            joined.setdefault(symbol, []).extend(rows)
    assert joined == whole[key]
    assert len(joined["IBM"]) == {"trades": 9, "quotes": 5}[key]
    _, single = get(alice, f"/v2/stocks/IBM/{key}", sort=sort)
    assert single == {key: whole[key]["IBM"], "symbol": "IBM", "next_page_token": None}


def test_a_symbol_without_ticks_has_an_empty_list_and_an_unknown_one_none(alice):
    assert get(alice, "/v2/stocks/KO/trades")[1]["trades"] == []
    assert get(alice, "/v2/stocks/NOSUCH/quotes")[1]["quotes"] is None
    assert get(alice, "/v2/stocks/KO/auctions")[1]["auctions"] == []
    assert get(alice, "/v2/stocks/auctions", symbols="KO")[1]["auctions"] == {}


def test_rings_share_their_room_and_keep_the_newest():
    ring: recent.Ring[Any] = recent.Ring(size=recent.TICKS_MAX // 2)
    for n in range(2_000):
        ring.add(n, trade(symbol="IBM", trade_id=n))
    for n in range(1_000):
        ring.add(2_000 + n, trade(symbol=f"S{n}"))
    ticks_of_ibm, is_full = ring.of("IBM")
    assert is_full
    kept = [tick.trade_id for _, tick in ticks_of_ibm]
    assert kept == list(range(2_000 - recent.RING_MIN, 2_000))
    total = 0
    for ticks in ring._ticks.values():
        assert ticks.maxlen is not None
        total += ticks.maxlen
    assert total <= max(recent.TICKS_MAX, 1_001 * recent.RING_MIN)


@given(
    rows=st.dictionaries(
        st.sampled_from("ABC"), st.lists(st.integers(0, 5), max_size=12).map(sorted), max_size=3
    ),
    limit=st.integers(1, 7),
)
def test_any_rows_come_out_whole_whatever_the_limit(rows, limit):
    kind = paging.Kind(times=lambda found: found, cut=lambda found, part: found[part])

    def read(symbol: str, ts: int | None, count: int) -> list[int]:
        return [row for row in rows.get(symbol, []) if ts is None or row >= ts][:count]

    joined: dict[str, list[int]] = {}
    place: Place | None = None
    while True:
        page = paging.read_page(
            symbols=["C", "A", "B"], resume=place, limit=limit, kind=kind, read=read
        )
        assert sum(map(len, page.rows.values())) <= limit
        for symbol, found in page.rows.items():
            joined.setdefault(symbol, []).extend(found)
        place = page.next_place
        if place is None:
            break
    assert joined == {symbol: found for symbol, found in rows.items() if found}


# --- Newest values --------------------------------------------------------------------------------
@pytest.mark.usefixtures("ticks")
def test_newest_values_come_by_symbol_and_single(alice):
    for key in ("bar", "trade", "quote"):
        _, several = get(alice, f"/v2/stocks/{key}s/latest", symbols="IBM,BAC,NOSUCH,KO")
        assert list(several) == [f"{key}s"]
        assert list(several[f"{key}s"]) == ["BAC", "IBM"]
        _, single = get(alice, f"/v2/stocks/ibm/{key}s/latest")
        assert single == {"symbol": "IBM", key: several[f"{key}s"]["IBM"]}
        assert get(alice, f"/v2/stocks/nosuch/{key}s/latest") == (
            404,
            {"message": f"no {key} found for NOSUCH"},
        )


@pytest.mark.usefixtures("ticks")
def test_a_snapshot_is_all_of_it(alice):
    midnight = clock.utc_now().astimezone(clock.NEW_YORK).replace(hour=0, minute=0)
    yesterday = clock.to_ns(midnight - timedelta(hours=5)) // MINUTE_NS * MINUTE_NS
    bars.write(bars=[bar(ts_start=yesterday)])
    _, several = get(alice, "/v2/stocks/snapshots", symbols="IBM,NOSUCH,KO")
    assert list(several) == ["IBM"]
    snapshot = several["IBM"]
    assert list(snapshot) == [
        "latestTrade",
        "latestQuote",
        "minuteBar",
        "dailyBar",
        "prevDailyBar",
    ]
    assert snapshot["latestTrade"]["i"] == 8
    assert snapshot["dailyBar"]["v"] == snapshot["minuteBar"]["v"] == 900
    assert snapshot["prevDailyBar"]["v"] == 300
    assert get(alice, "/v2/stocks/IBM/snapshot")[1] == {"symbol": "IBM", **snapshot}
    assert get(alice, "/v2/stocks/KO/snapshot") == (404, {"message": "no snapshot found for KO"})


# --- Indicators -----------------------------------------------------------------------------------
@pytest.fixture
def long_walk(master):
    random = np.random.default_rng(3)
    close = np.round(180 + np.cumsum(random.normal(0, 0.1, 2_000)), 2)
    walk = [
        bar(
            ts_start=T0 + n * MINUTE_NS,
            open_px=px,
            high=px + 0.1,
            low=px - 0.1,
            close=px,
            vwap=px,
            volume=100.0 * (1 + n % 7),
        )
        for n, px in enumerate(close.tolist())
    ]
    bars.write(bars=walk)
    return walk


NAMES = "sma20,ema50,rsi,rsi_simple14,macd,bollinger20,vwap,atr14,stochastic,obv"


def test_indicators_are_columns_beside_the_bars_times(alice, long_walk):
    end = (START + timedelta(days=5)).isoformat()
    status, body = get(alice, "/v2/stocks/ibm/indicators", names=NAMES, limit=50, end=end)
    assert status == 200
    assert (body["symbol"], body["timeframe"], len(body["t"])) == ("IBM", "1Min", 50)
    lines = body["indicators"]
    assert set(lines) == {
        *("sma20", "ema50", "rsi", "rsi_simple14", "macd", "macd_signal", "macd_histogram"),
        *("bollinger20_upper", "bollinger20_middle", "bollinger20_lower", "vwap", "atr14"),
        *("stochastic_k", "stochastic_d", "obv"),
    }
    assert all(len(values) == 50 and None not in values for values in lines.values())
    assert body["t"][-1] == f"{clock.from_ns(long_walk[-1].ts_start):%Y-%m-%dT%H:%M:%SZ}"
    assert lines["obv"][0] == long_walk[-50].volume


def test_a_value_does_not_depend_on_how_many_are_asked_for(alice, long_walk):
    names = NAMES.removesuffix(",obv")
    end = (START + timedelta(days=5)).isoformat()
    _, few = get(alice, "/v2/stocks/IBM/indicators", names=names, limit=3, end=end)
    _, many = get(alice, "/v2/stocks/IBM/indicators", names=names, limit=900, end=end)
    for line, values in few["indicators"].items():
        np.testing.assert_allclose(values, many["indicators"][line][-3:], rtol=1e-9)


def test_what_warms_up_is_null(alice, long_walk):
    end = clock.from_ns(long_walk[29].ts_start).isoformat()
    _, body = get(alice, "/v2/stocks/IBM/indicators", names="sma20", limit=100, end=end)
    values = body["indicators"]["sma20"]
    assert len(values) == 30
    assert values[:19] == [None] * 19 and None not in values[19:]


def test_a_sessions_average_begins_at_its_midnight(alice, long_walk):
    end = (START + timedelta(days=5)).isoformat()
    _, body = get(alice, "/v2/stocks/IBM/indicators", names="vwap", limit=1, end=end)
    day = clock.new_york_date(clock.from_ns(long_walk[-1].ts_start))
    of_day = [b for b in long_walk if clock.new_york_date(clock.from_ns(b.ts_start)) == day]
    expected = sum(b.vwap * b.volume for b in of_day) / sum(b.volume for b in of_day)
    assert body["indicators"]["vwap"][0] == pytest.approx(expected, rel=1e-12)


@pytest.mark.usefixtures("long_walk")
@pytest.mark.parametrize("timeframe", ["5Min", "1Hour", "1Day", "1Week"])
def test_indicators_of_longer_bars(alice, timeframe):
    end = (START + timedelta(days=5)).isoformat()
    query = {"names": "sma2,vwap", "timeframe": timeframe, "limit": 10, "end": end}
    status, body = get(alice, "/v2/stocks/IBM/indicators", **query)
    assert status == 200
    assert len(body["t"]) == len(body["indicators"]["vwap"]) >= 1
    assert None not in body["indicators"]["vwap"]


def test_an_unknown_symbol_has_no_indicators_and_a_silent_one_none_yet(alice):
    assert get(alice, "/v2/stocks/NOSUCH/indicators", names="sma") == (
        404,
        {"message": "no bar found for NOSUCH"},
    )
    assert get(alice, "/v2/stocks/KO/indicators", names="sma,vwap")[1] == {
        "symbol": "KO",
        "timeframe": "1Min",
        "t": [],
        "indicators": {"sma": [], "vwap": []},
    }


def test_the_live_bar_counts(alice):
    interface.start_feed(feed=SilentFeed())
    now = clock.now_ns()
    interface.accept_ticks(ticks=[trade(ts_event=now, px=100.0)])
    _, one = get(alice, "/v2/stocks/IBM/indicators", names="vwap,obv")
    assert one["indicators"]["vwap"] == [100.0]


# --- Cost -----------------------------------------------------------------------------------------
MANY = ("bars", "trades", "quotes", "bars/latest", "trades/latest", "quotes/latest", "snapshots")


@pytest.mark.usefixtures("two_symbols")
@pytest.mark.parametrize("path", MANY)
def test_what_is_not_found_costs_no_question_of_its_own(alice, path, django_assert_max_num_queries):
    names = [instrument.symbol for instrument in interface.list_instruments()]
    symbols = [*names, *(f"Q{n}" for n in range(5_000 - len(names)))]
    interface.forget_instruments()
    query = RANGE if path in {"bars", "trades", "quotes"} else {}
    # Five for who asks and what is meant; then some for each of the two that have something.
    with django_assert_max_num_queries(16):
        status, body = get(alice, f"/v2/stocks/{path}", symbols=",".join(symbols), **query)
    assert status == 200
    if path == "bars":
        assert list(body["bars"]) == ["BAC", "IBM"]
    assert get(alice, f"/v2/stocks/{path}", symbols=",".join([*symbols, "Q"])) == (
        400,
        {"message": "invalid symbols: more than the allowed maximum of 5000"},
    )


@pytest.mark.usefixtures("two_symbols")
def test_a_class_share_is_answered_by_its_symbol_under_any_spelling(alice):
    for spelling in ("BRK-A", "BRK/A", "BRK%2FA", "BRKA", "brk.a"):
        status, body = get(alice, f"/v2/stocks/{spelling}/bars")
        assert (status, body["symbol"], body["bars"]) == (200, "BRK.A", [])
    _, body = get(alice, "/v2/stocks/bars", symbols="i b m,ibm,IBM", **RANGE)
    assert list(body["bars"]) == ["IBM"]


@pytest.mark.parametrize("key", ["trades", "quotes", "auctions"])
def test_a_day_of_which_a_symbol_is_meant_is_looked_at(alice, key):
    for asof in ("bogus", "2026-01-01bogus", "2026-02-30", "0000-00-00"):
        answer = get(alice, f"/v2/stocks/{key}", symbols="IBM", asof=asof)
        assert answer == (400, {"message": f"invalid asof: {asof}"})
    assert get(alice, f"/v2/stocks/{key}", symbols="IBM", asof="2026-01-02")[0] == 200


@pytest.mark.parametrize("key", ["trades", "quotes"])
def test_ticks_of_a_symbols_older_meaning_are_refused_and_never_anothers(alice, key):
    ibm = interface.find_instrument(symbol="IBM")
    assert ibm is not None
    spells = [
        SymbolSpell(symbol="KO", from_date=date(2001, 1, 1), to_date=date(2009, 12, 31)),
        SymbolSpell(symbol="IBM", from_date=date(2010, 1, 1), to_date=None),
    ]
    symbols.replace_spells(instrument_id=ibm.id, spells=spells)
    for symbol in ("KO", "IBM"):
        status, body = get(alice, f"/v2/stocks/{symbol}/{key}", asof="2005-06-01")
        assert (status, body["message"][:13]) == (400, "invalid asof:"), body
        assert get(alice, f"/v2/stocks/{symbol}/{key}", asof="2015-06-01")[0] == 200
