"""The REST answers have the wire's shapes, and its words when something is wrong."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from marketdata import interface
from marketdata.operations.load_security_master import instrument_id
from marketdata.store import bars
from tests.marketdata.build import MINUTE_NS, T0, bar, quote, trade
from tests.marketdata.fakes import SilentFeed
from trading.identity.interface import Role
from trading.kernel import clock

pytestmark = [
    pytest.mark.urls("marketdata.api.urls"),
    pytest.mark.usefixtures("master"),
]


@pytest.fixture
def alice(sign_in):
    return sign_in(Role.TRADER)


def get(client: Client, path: str, **query: Any) -> tuple[int, Any]:
    answer = client.get(path, query)
    return answer.status_code, answer.json()


@pytest.mark.parametrize(
    "path",
    [
        "/v2/assets",
        "/v2/assets/IBM",
        "/v2/clock",
        "/v2/stocks/IBM/bars",
        "/v2/stocks/IBM/quotes/latest",
        "/v2/stocks/IBM/trades/latest",
    ],
)
def test_nothing_is_answered_to_strangers(client, path):
    assert get(client, path) == (401, {"message": "unauthorized."})


def test_an_asset_has_every_key_that_clients_demand(alice):
    status, body = get(alice, "/v2/assets/IBM")
    assert status == 200
    assert body == {
        "id": str(instrument_id(symbol="IBM")),
        "class": "us_equity",
        "exchange": "NYSE",
        "symbol": "IBM",
        "name": "International Business Machines Corporation",
        "cusip": "459200101",
        "status": "active",
        "tradable": True,
        "marginable": True,
        "shortable": True,
        "easy_to_borrow": True,
        "borrow_status": "easy_to_borrow",
        "fractionable": True,
        "maintenance_margin_requirement": 25,
        "margin_requirement_long": "25",
        "margin_requirement_short": "30",
        "attributes": [],
    }


@pytest.mark.parametrize("key", ["ibm", "BRK.A"])
def test_an_asset_is_found_by_symbol_in_any_case_or_by_id(alice, key):
    _, by_symbol = get(alice, f"/v2/assets/{key}")
    assert by_symbol["symbol"] == key.upper()
    assert get(alice, f"/v2/assets/{by_symbol['id']}") == (200, by_symbol)


@pytest.mark.parametrize(
    "key",
    [
        "459200101",
        "BRK-A",
        "BRK/A",
        "BRK%2FA",
        "BRKA",
        "BRK A",
        "brk.a",
        "acc249DD-4C5B-5a9e-ab1f-bf52db1a00ae",
    ],
)
def test_an_asset_is_found_by_its_cusip_and_a_class_share_by_its_other_spellings(alice, key):
    status, body = get(alice, f"/v2/assets/{key}")
    assert (status, body["symbol"]) == (200, "BRK.A" if "BRK" in key.upper() else "IBM")


@pytest.mark.parametrize("key", ["XYZ", "459200102", "A\0", "00000000-0000-0000-0000-000000000000"])
def test_an_unknown_asset_is_named(alice, key):
    assert get(alice, f"/v2/assets/{key}") == (
        404,
        {"code": 40410000, "message": f"asset not found for {key}"},
    )


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({}, 18),
        ({"status": "active"}, 17),
        ({"status": "inactive"}, 1),
        ({"asset_class": "us_equity", "exchange": "ARCA"}, 1),
        ({"exchange": "NYSEARCA"}, 1),
        ({"asset_class": "crypto"}, 0),
        ({"exchange": "OTC"}, 0),
    ],
)
def test_assets_are_filtered(alice, query, count):
    status, body = get(alice, "/v2/assets", **query)
    assert (status, len(body)) == (200, count)


def test_assets_are_sorted_by_exchange_then_symbol(alice):
    _, body = get(alice, "/v2/assets")
    keys = [(asset["exchange"], asset["symbol"]) for asset in body]
    assert keys == sorted(keys)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"status": "dead"}, "invalid status: dead"),
        ({"asset_class": "bonds"}, "invalid asset_class: bonds"),
        ({"exchange": "XETRA"}, "invalid exchange: XETRA"),
        ({"status": ["active", "inactive"]}, "invalid status: given 2 times"),
        ({"status": "act\0ive"}, "invalid status: it must be printable"),
        ({"attributes": "has_options"}, "attributes is not supported yet"),
    ],
)
def test_what_cannot_choose_assets_is_named(alice, query, message):
    assert get(alice, "/v2/assets", **query) == (422, {"code": 40010001, "message": message})


def test_the_clock_is_the_feeds_and_says_so(alice):
    status, body = get(alice, "/v2/clock")
    assert status == 200
    assert body["is_open"] is True
    assert body["next_close"] < body["next_open"]
    assert body["next_close"][11:19] == "00:00:00"
    assert body["timestamp"][-6:] in {"-05:00", "-04:00"}
    assert body["market_data"] == body["session_source"] == "simulated"


def bars_of(client: Client, symbol: str = "IBM", **query: Any) -> tuple[int, Any]:
    start = clock.from_ns(T0)
    asked = {"start": start.isoformat(), "end": (start + timedelta(days=1)).isoformat(), **query}
    return get(client, f"/v2/stocks/{symbol}/bars", **asked)


@pytest.fixture
def ten_minutes(master):
    bars.write(bars=[bar(ts_start=T0 + n * MINUTE_NS, close=9.0 + n / 10) for n in range(10)])


@pytest.mark.usefixtures("ten_minutes")
def test_bars_have_the_wires_keys_and_utc_times(alice):
    status, body = bars_of(alice, limit=1)
    assert status == 200
    assert body["symbol"] == "IBM"
    assert body["bars"] == [
        {
            "t": clock.from_ns(T0).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "o": 10.0,
            "h": 12.0,
            "l": 9.0,
            "c": 9.0,
            "v": 300.0,
            "n": 3,
            "vw": 10.5,
        }
    ]


@pytest.mark.usefixtures("ten_minutes")
@pytest.mark.parametrize("sort", ["asc", "desc"])
@pytest.mark.parametrize(("timeframe", "limit"), [("1Min", 3), ("5Min", 1), ("1Min", 10)])
def test_pages_follow_one_another_without_a_gap(alice, sort, timeframe, limit):
    _, whole = bars_of(alice, sort=sort, timeframe=timeframe)
    assert whole["next_page_token"] is None
    pages: list[dict[str, Any]] = []
    token: str | None = ""
    while token is not None:
        _, body = bars_of(alice, sort=sort, timeframe=timeframe, limit=limit, page_token=token)
        assert len(body["bars"]) <= limit
        pages += body["bars"]
        token = body["next_page_token"]
    assert pages == whole["bars"]
    assert len(pages) >= 2


def test_an_unknown_symbol_has_no_bars(alice):
    assert bars_of(alice, "A\0")[0] == 200
    assert bars_of(alice, "XYZ") == (200, {"bars": None, "symbol": "XYZ", "next_page_token": None})
    assert bars_of(alice, "KO") == (200, {"bars": [], "symbol": "KO", "next_page_token": None})


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"timeframe": "60Min"}, "invalid timeframe: 60Min"),
        ({"timeframe": "bogus"}, "invalid timeframe: bogus"),
        ({"limit": "0"}, "invalid limit: 0"),
        ({"limit": "ten"}, "invalid limit: ten"),
        ({"limit": "10001"}, "invalid limit: larger than the allowed maximum of 10000"),
        ({"start": "yesterday"}, "invalid start: yesterday"),
        ({"end": "2026-13-45"}, "invalid end: 2026-13-45"),
        ({"start": "2026-11-24T10:00:00"}, "invalid start: 2026-11-24T10:00:00"),
        ({"start": "2026-11-24", "end": "2026-11-23"}, "end should not be before start"),
        ({"sort": "up"}, "invalid sort: up"),
        ({"page_token": "!"}, "invalid page_token: !"),
        ({"page_token": "S08fMQ=="}, "invalid page_token: S08fMQ=="),
    ],
)
def test_a_wrong_parameter_is_named(alice, query, message):
    assert bars_of(alice, **query) == (400, {"message": message})


def test_a_day_means_all_of_it_in_new_york(alice):
    midnight = clock.from_ns(T0).astimezone(clock.NEW_YORK).replace(hour=0, minute=0)
    first = clock.to_ns(midnight)
    last = clock.to_ns(midnight + timedelta(hours=23, minutes=59))
    bars.write(bars=[bar(ts_start=ts) for ts in (first - MINUTE_NS, first, last)])
    day = f"{midnight:%Y-%m-%d}"
    _, body = bars_of(alice, start=day, end=day)
    assert len(body["bars"]) == 2


def test_today_is_what_is_meant_without_a_range(alice):
    bars.write(bars=[bar(ts_start=clock.now_ns() // MINUTE_NS * MINUTE_NS)])
    status, body = get(alice, "/v2/stocks/IBM/bars", timeframe="1Min")
    assert (status, len(body["bars"])) == (200, 1)


def test_the_latest_quote_and_trade_have_the_wires_keys(alice):
    interface.start_feed(feed=SilentFeed())
    now = clock.now_ns()
    interface.accept_ticks(ticks=[quote(ts_event=now), trade(ts_event=now)])
    seconds, nanoseconds = divmod(now, 10**9)
    at = f"{clock.from_ns(seconds * 10**9):%Y-%m-%dT%H:%M:%S}.{nanoseconds:09d}".rstrip("0") + "Z"
    assert get(alice, "/v2/stocks/ibm/quotes/latest") == (
        200,
        {
            "symbol": "IBM",
            "quote": {
                "t": at,
                "ax": "P",
                "ap": 182.5,
                "as": 100,
                "bx": "Q",
                "bp": 182.44,
                "bs": 200,
                "c": ["R"],
                "z": "N",
            },
        },
    )
    assert get(alice, "/v2/stocks/IBM/trades/latest") == (
        200,
        {
            "symbol": "IBM",
            "trade": {"t": at, "x": "N", "p": 182.46, "s": 100, "c": ["@"], "i": 1, "z": "N"},
        },
    )


def test_a_symbol_without_values_has_no_latest(alice):
    assert get(alice, "/v2/stocks/xyz/quotes/latest") == (
        404,
        {"message": "no quote found for XYZ"},
    )
    assert get(alice, "/v2/stocks/IBM/trades/latest") == (
        404,
        {"message": "no trade found for IBM"},
    )
