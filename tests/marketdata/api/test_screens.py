"""Movers, most actives, corporate actions, news and the tape's letters."""

import json
from datetime import date
from typing import Any

import pytest

from marketdata import interface
from marketdata.contracts import CorporateAction, CorporateActionKind
from marketdata.store import actions, bars
from tests.marketdata.build import MINUTE_NS, bar, trade
from tests.marketdata.fakes import SilentFeed
from trading.identity.interface import Role
from trading.kernel import clock

pytestmark = [pytest.mark.urls("marketdata.api.urls"), pytest.mark.usefixtures("master")]


@pytest.fixture
def alice(sign_in):
    return sign_in(Role.TRADER)


def get(client, path: str, **query: Any) -> tuple[int, Any]:
    answer = client.get(path, query)
    return answer.status_code, json.loads(answer.content)


@pytest.mark.parametrize(
    "path",
    [
        "/v2/stocks/bars",
        "/v2/stocks/snapshots",
        "/v2/stocks/IBM/indicators",
        "/v2/stocks/meta/exchanges",
        "/v1beta1/screener/stocks/movers",
        "/v1beta1/screener/stocks/most-actives",
        "/v1beta1/news",
        "/v1/corporate-actions",
    ],
)
def test_nothing_is_answered_to_strangers(client, path):
    assert get(client, path) == (401, {"message": "unauthorized."})


# --- Movers and most actives ----------------------------------------------------------------------
@pytest.fixture
def market(master):
    """IBM is up 10 %, BAC down 5 %, KO where it was, and F has not traded."""
    feed = SilentFeed()
    feed.symbols = ("BAC", "F", "IBM", "KO")
    feed.previous_closes = {"IBM": 100.0, "BAC": 40.0, "KO": 60.0, "F": 11.0}
    interface.start_feed(feed=feed)
    now = clock.now_ns()
    interface.accept_ticks(
        ticks=[
            trade(symbol="IBM", px=110.0, size=100, ts_event=now),
            trade(symbol="BAC", px=38.0, size=50, ts_event=now),
            trade(symbol="BAC", px=38.0, size=25, trade_id=2, ts_event=now),
            trade(symbol="KO", px=60.0, size=10, ts_event=now),
        ]
    )


@pytest.mark.usefixtures("market")
def test_movers_are_ranked_both_ways(alice):
    status, body = get(alice, "/v1beta1/screener/stocks/movers", top=5)
    assert status == 200
    assert body["gainers"] == [
        {"symbol": "IBM", "percent_change": 10.0, "change": 10.0, "price": 110.0}
    ]
    assert body["losers"] == [
        {"symbol": "BAC", "percent_change": -5.0, "change": -2.0, "price": 38.0}
    ]
    assert body["market_type"] == "stocks"
    assert body["last_updated"].endswith("Z")
    _, crypto = get(alice, "/v1beta1/screener/crypto/movers")
    assert (crypto["gainers"], crypto["losers"], crypto["market_type"]) == ([], [], "crypto")


@pytest.mark.usefixtures("market")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, [("IBM", 100, 1), ("BAC", 75, 2), ("KO", 10, 1)]),
        ({"by": "trades"}, [("BAC", 75, 2), ("IBM", 100, 1), ("KO", 10, 1)]),
        ({"top": 1}, [("IBM", 100, 1)]),
    ],
)
def test_the_most_active_are_those_of_todays_bars(alice, query, expected):
    _, body = get(alice, "/v1beta1/screener/stocks/most-actives", **query)
    found = [(one["symbol"], one["volume"], one["trade_count"]) for one in body["most_actives"]]
    assert found == expected


@pytest.mark.usefixtures("market")
def test_a_minute_counts_once_though_the_table_has_an_older_state_of_it(alice):
    minute = clock.now_ns() // MINUTE_NS * MINUTE_NS
    bars.write(bars=[bar(ts_start=minute, volume=1.0, trade_count=1)])
    _, body = get(alice, "/v1beta1/screener/stocks/most-actives", top=1)
    assert body["most_actives"][0]["volume"] == 100


@pytest.mark.parametrize(
    ("path", "query", "message"),
    [
        (
            "screener/stocks/movers",
            {"top": "51"},
            "invalid top: larger than the allowed maximum of 50",
        ),
        ("screener/stocks/most-actives", {"by": "x"}, "invalid by: x"),
        ("news", {"limit": "51"}, "invalid limit: larger than the allowed maximum of 50"),
    ],
)
def test_a_wrong_parameter_is_named(alice, path, query, message):
    assert get(alice, f"/v1beta1/{path}", **query) == (400, {"message": message})


def test_there_is_no_news(alice):
    assert get(alice, "/v1beta1/news", symbols="IBM") == (
        200,
        {"news": [], "next_page_token": None},
    )


# --- Corporate actions ----------------------------------------------------------------------------
def act(kind: CorporateActionKind, day: int, **terms: Any) -> CorporateAction:
    return CorporateAction(
        kind=kind, symbol="IBM", ex_date=date(2014, 6, day), source="test", **terms
    )


@pytest.fixture
def june(master):
    kinds = CorporateActionKind
    ibm = interface.find_instrument(symbol="IBM")
    assert ibm is not None
    actions.write(
        instrument_id=ibm.id,
        actions=[
            act(kinds.CASH_DIVIDEND, 2, rate=0.47, payable_date=date(2014, 6, 20)),
            act(kinds.SPLIT, 9, old_rate=1.0, new_rate=7.0),
            act(kinds.SPLIT, 10, old_rate=10.0, new_rate=1.0),
            act(kinds.STOCK_DIVIDEND, 11, rate=0.05),
            act(kinds.SPIN_OFF, 12, old_rate=5.0, new_rate=1.0, new_symbol="KD"),
            act(kinds.SYMBOL_CHANGE, 13, new_symbol="IBMX"),
        ],
        told_at=clock.utc_now(),
    )


JUNE = {"start": "2014-06-01", "end": "2014-06-30"}


@pytest.mark.usefixtures("june")
def test_each_type_of_corporate_action_has_the_wires_keys(alice):
    status, body = get(alice, "/v1/corporate-actions", symbols="IBM,KO", **JUNE)
    assert status == 200
    found = body["corporate_actions"]
    ibm = interface.find_instrument(symbol="IBM")
    assert ibm is not None
    cusip = ibm.cusip
    for rows in found.values():
        for row in rows:
            assert len(row.pop("id")) == 36
    split = {"symbol": "IBM", "new_rate": 7.0, "old_rate": 1.0, "cusip": cusip}
    assert found == {
        "cash_dividends": [
            {
                "symbol": "IBM",
                "cusip": cusip,
                "rate": 0.47,
                "special": False,
                "foreign": False,
                "process_date": "2014-06-02",
                "ex_date": "2014-06-02",
                "payable_date": "2014-06-20",
            }
        ],
        "forward_splits": [{**split, "process_date": "2014-06-09", "ex_date": "2014-06-09"}],
        "reverse_splits": [
            {
                "symbol": "IBM",
                "old_cusip": cusip,
                "new_cusip": cusip,
                "new_rate": 1.0,
                "old_rate": 10.0,
                "process_date": "2014-06-10",
                "ex_date": "2014-06-10",
            }
        ],
        "stock_dividends": [
            {
                "symbol": "IBM",
                "cusip": cusip,
                "rate": 0.05,
                "process_date": "2014-06-11",
                "ex_date": "2014-06-11",
            }
        ],
        "spin_offs": [
            {
                "source_symbol": "IBM",
                "source_cusip": cusip,
                "source_rate": 5.0,
                "new_symbol": "KD",
                "new_cusip": "",
                "new_rate": 1.0,
                "process_date": "2014-06-12",
                "ex_date": "2014-06-12",
            }
        ],
        "name_changes": [
            {
                "old_symbol": "IBM",
                "old_cusip": cusip,
                "new_symbol": "IBMX",
                "new_cusip": cusip,
                "process_date": "2014-06-13",
            }
        ],
    }


@pytest.mark.usefixtures("june")
def test_actions_are_chosen_by_type_symbol_date_and_id(alice):
    def types(**query: Any) -> list[str]:
        return list(
            get(alice, "/v1/corporate-actions", **{**JUNE, **query})[1]["corporate_actions"]
        )

    assert types(types="cash_dividend,forward_split") == ["cash_dividends", "forward_splits"]
    assert types(types="cash_merger") == []
    assert types(symbols="KO") == []
    assert types(start="2014-06-12") == ["spin_offs", "name_changes"]
    assert types(sort="desc")[0] == "name_changes"
    _, body = get(alice, "/v1/corporate-actions", types="spin_off", **JUNE)
    assert types(ids=body["corporate_actions"]["spin_offs"][0]["id"]) == ["spin_offs"]


@pytest.mark.usefixtures("june")
@pytest.mark.parametrize("limit", [1, 4, 6])
def test_actions_page_without_a_gap(alice, limit):
    _, whole = get(alice, "/v1/corporate-actions", **JUNE)
    joined: dict[str, list[Any]] = {}
    token: str | None = ""
    while token is not None:
        _, body = get(alice, "/v1/corporate-actions", limit=limit, page_token=token, **JUNE)
        assert sum(map(len, body["corporate_actions"].values())) <= limit
        for key, rows in body["corporate_actions"].items():
            joined.setdefault(key, []).extend(rows)
        token = body["next_page_token"]
    assert joined == whole["corporate_actions"]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"types": "merger"}, "invalid types: merger"),
        ({"start": "June"}, "invalid start: June"),
        ({"start": "2014-06-02", "end": "2014-06-01"}, "end should not be before start"),
        ({"limit": "1001"}, "invalid limit: larger than the allowed maximum of 1000"),
        ({"page_token": "!"}, "invalid page_token: !"),
        ({"page_token": "fHg="}, "invalid page_token: fHg="),
        ({"sort": "up"}, "invalid sort: up"),
    ],
)
def test_a_wrong_parameter_of_actions_is_named(alice, query, message):
    assert get(alice, "/v1/corporate-actions", **query) == (400, {"message": message})


# --- The tape's letters ---------------------------------------------------------------------------
def test_letters_have_names(alice):
    assert get(alice, "/v2/stocks/meta/exchanges")[1]["N"] == "New York Stock Exchange"
    assert get(alice, "/v2/stocks/meta/conditions/trade", tape="C")[1]["@"] == "Regular Sale"
    assert get(alice, "/v2/stocks/meta/conditions/trade", tape="A")[1][" "] == "Regular Sale"
    assert get(alice, "/v2/stocks/meta/conditions/quote", tape="B")[1]["R"].startswith("Regular")
    assert get(alice, "/v2/stocks/meta/conditions/news", tape="A")[0] == 404


def test_the_calendar_tells_the_exchanges_days_in_the_wires_words(alice):
    query = {"start": "2026-11-25", "end": "2026-11-30"}
    regular = {"open": "09:30", "session_open": "0400"}
    assert get(alice, "/v2/calendar", **query) == (
        200,
        [
            {"date": "2026-11-25", "close": "16:00", "session_close": "2000",
             "settlement_date": "2026-11-27", **regular},
            {"date": "2026-11-27", "close": "13:00", "session_close": "1700",
             "settlement_date": "2026-11-30", **regular},
            {"date": "2026-11-30", "close": "16:00", "session_close": "2000",
             "settlement_date": "2026-12-01", **regular},
        ],
    )  # fmt: skip
    _, settling = get(alice, "/v2/calendar", **query, date_type="SETTLEMENT")
    assert [day["date"] for day in settling] == ["2026-11-24", "2026-11-25", "2026-11-27"]


@pytest.mark.parametrize(
    ("day", "settles"),
    [
        ("2024-05-28", "2024-05-29"),  # the first day of T+1
        ("2024-05-24", "2024-05-29"),  # T+2 over Memorial Day
        ("2017-09-05", "2017-09-07"),
        ("2017-09-01", "2017-09-07"),  # T+3 over Labor Day
        ("1995-06-06", "1995-06-13"),  # T+5
    ],
)
def test_a_day_settles_by_the_rule_of_its_time(alice, day, settles):
    _, (told,) = get(alice, "/v2/calendar", start=day, end=day)
    assert told["settlement_date"] == settles


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"start": "tomorrow"}, "invalid start: tomorrow"),
        ({"end": "2026-11-31"}, "invalid end: 2026-11-31"),
        ({"start": "2026-11-02", "end": "2026-11-01"}, "end should not be before start"),
        ({"date_type": "HOLIDAY"}, "invalid date_type: HOLIDAY"),
    ],
)
def test_a_wrong_calendar_is_named(alice, query, message):
    assert get(alice, "/v2/calendar", **query) == (422, {"code": 40010001, "message": message})


def test_a_calendar_of_everything_is_all_that_is_known(alice):
    status, body = get(alice, "/v2/calendar")
    assert (status, body[0]["date"]) == (200, "1990-01-02")
    assert body[-1]["settlement_date"] is None
    status, same = get(alice, "/v2/calendar", start="0001-01-01", end="9999-12-31T23:59:59Z")
    assert same == body


def test_most_actives_write_whole_numbers_as_integers(alice):
    interface.start_feed(feed=SilentFeed())
    interface.accept_ticks(ticks=[trade(ts_event=clock.now_ns(), size=18_296)])
    text = alice.get("/v1beta1/screener/stocks/most-actives").content.decode()
    assert '"volume":18296,' in text


def test_a_market_that_is_none_has_no_movers(alice):
    assert get(alice, "/v1beta1/screener/bogus/movers")[0] == 404


def test_actions_are_found_by_cusip_and_where_older_clients_look(alice):
    query = {"start": "1900-01-01", "end": "2100-01-01"}
    _, everything = get(alice, "/v1/corporate-actions", **query)
    assert get(alice, "/v1beta1/corporate-actions", **query) == (200, everything)
    _, none = get(alice, "/v1/corporate-actions", cusips="000000000", **query)
    assert none["corporate_actions"] == {}
