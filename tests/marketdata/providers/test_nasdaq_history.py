"""Nasdaq Data Link's recorded answers are read exactly, by name of column."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, strategies as st

from marketdata.contracts import Bar, BarUnit, CorporateActionKind, Timeframe
from marketdata.feeds.nasdaq_data_link.config import read_config
from marketdata.feeds.nasdaq_data_link.history import NasdaqDataLinkHistory
from marketdata.feeds.providers import (
    AuthenticationFailed,
    BadPayload,
    InvalidRequest,
    NotEntitled,
    Offer,
    Page,
    ProviderError,
    ProviderUnreachable,
    RateLimited,
)
from tests.marketdata.build import bar
from tests.marketdata.providers.anything import FixedRest, values
from tests.marketdata.providers.loopback import RestReply
from tests.marketdata.providers.nasdaq_server import NAMES, NasdaqServer, error_of

ONE_DAY = Timeframe(count=1, unit=BarUnit.DAY)
START, END = datetime(2014, 1, 1, tzinfo=UTC), datetime(2018, 1, 1, tzinfo=UTC)
AAPL_ROW = ["AAPL", "2014-06-09", 92.7, 93.88, 91.75, 93.7, 75415000.0, 0.47, 7.0]


def midnight(year: int, month: int, day: int) -> int:
    """Nanoseconds of a New York midnight in summer."""
    return int(datetime(year, month, day, 4, tzinfo=UTC).timestamp()) * 10**9


@pytest.fixture
async def server():
    running = NasdaqServer()
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def make(server):
    made = []

    def make_history(**settings):
        config = read_config(
            {"key": "right-key", "url": server.rest_url, "poll_s": "0.01"} | settings
        )
        made.append(NasdaqDataLinkHistory(config=config))
        return made[-1]

    yield make_history
    for history in made:
        await history.close()


@pytest.fixture
def recorded(vendor_fixtures):
    def read(name):
        text = (vendor_fixtures / "nasdaq_data_link" / name).read_text()
        head, _, body = text.partition("\n\n")
        status, *lines = head.splitlines()
        headers = dict(line.split(": ", 1) for line in lines)
        kept = {name: value for name, value in headers.items() if name.startswith("x-ratelimit")}
        return RestReply(status=int(status.split()[1]), headers=kept, body=body.strip().encode())

    return read


async def read_days(history: NasdaqDataLinkHistory, symbol: str = "AAPL") -> Page[Bar]:
    return await history.read_bars(symbol=symbol, timeframe=ONE_DAY, start=START, end=END)


async def test_a_recorded_row_is_read(server, make, recorded):
    server.replies.append(recorded("ticker-AAPL_date-2017-11-22.http"))
    page = await read_days(make())
    assert page.next_token is None
    (row,) = page.rows
    assert row == Bar(
        symbol="AAPL",
        ts_start=int(datetime(2017, 11, 22, 5, tzinfo=UTC).timestamp()) * 10**9,
        open=173.36,
        high=175.0,
        low=173.05,
        close=174.96,
        volume=24997274.0,
        trade_count=None,
        vwap=None,
    )
    query = server.asked[0].query
    assert (query["date.gte"], query["date.lte"]) == ("2013-12-31", "2017-12-31")


async def test_the_recorded_refusal_of_a_key_is_named(server, make, recorded):
    server.replies.append(recorded("invalid_api_key.http"))
    with pytest.raises(AuthenticationFailed, match="QEAx01"):
        await read_days(make())


async def test_the_observed_errors_are_named(server, make, vendor_fixtures):
    path = vendor_fixtures / "nasdaq_data_link" / "errors_observed.json"
    expected = {"QEPx04": NotEntitled, "QESx02": InvalidRequest}
    for seen in json.loads(path.read_text()):
        server.replies.append(RestReply.of(seen["body"], status=seen["status"]))
        code = seen["body"]["quandl_error"]["code"]
        with pytest.raises(expected[code], match=code):
            await read_days(make())


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("QELx01", RateLimited),
        ("QEMx01", ProviderUnreachable),
        ("QEAx02", AuthenticationFailed),
        ("QEPx05", NotEntitled),
        ("QESx04", InvalidRequest),
        ("QECx02", InvalidRequest),
        ("QEXx01", ProviderUnreachable),
    ],
)
@pytest.mark.parametrize("name", ["quandl_error", "error"])
async def test_the_third_letter_is_the_kind_whatever_the_status(server, make, code, error, name):
    body = {name: {"code": code, "message": "no"}}
    server.replies.append(RestReply.of(body, status=418))
    with pytest.raises(error, match=code):
        await read_days(make())


@pytest.mark.parametrize(("remaining", "wait_s"), [("12", 10), ("0", 3600)])
async def test_a_limit_waits_as_its_headers_say(server, make, remaining, wait_s):
    reply = error_of(429, "QELx04", "You have exceeded the limit.")
    headers = {"x-ratelimit-limit": "50", "x-ratelimit-remaining": remaining}
    server.replies.append(RestReply(status=429, headers=headers, body=reply.body))
    with pytest.raises(RateLimited) as caught:
        await read_days(make())
    assert caught.value.retry_after_s == wait_s


async def test_an_answer_without_rows_is_no_error(make):
    page = await read_days(make())
    assert (page.rows, page.next_token) == ([], None)


async def test_pages_follow_the_cursor(server, make):
    server.page_size = 2
    server.daily_bars["IBM"] = [bar(ts_start=midnight(2014, 6, day)) for day in (2, 3, 4)]
    first = await read_days(make(), "IBM")
    assert len(first.rows) == 2
    second = await make().read_bars(
        symbol="IBM", timeframe=ONE_DAY, start=START, end=END, page_token=first.next_token
    )
    assert [row.ts_start for row in second.rows] == [midnight(2014, 6, 4)]
    assert second.next_token is None


@pytest.mark.parametrize("dataset", ["WIKI/PRICES", "WIKI"])
async def test_columns_make_corporate_actions(server, make, dataset):
    server.replies.append(
        RestReply.of(
            {
                "datatable": {
                    "data": [AAPL_ROW],
                    "columns": [{"name": name, "type": "x"} for name in NAMES],
                },
                "meta": {"next_cursor_id": None},
            }
            if "/" in dataset
            else {"dataset_data": {"column_names": NAMES[1:], "data": [AAPL_ROW[1:]]}}
        )
    )
    page = await make(dataset=dataset).read_corporate_actions(
        symbol="AAPL", start_date=date(2014, 1, 1), end_date=date(2014, 12, 31)
    )
    assert [(row.kind, row.new_rate, row.rate) for row in page.rows] == [
        (CorporateActionKind.SPLIT, 7.0, None),
        (CorporateActionKind.CASH_DIVIDEND, None, 0.47),
    ]
    assert {row.ex_date for row in page.rows} == {date(2014, 6, 9)}


async def test_columns_may_have_other_names_and_any_order(server, make):
    names = ["Close_Unadj", "HIGH", "low", "open", "Trade Day", "code", "shares"]
    server.replies.append(
        RestReply.of(
            {
                "datatable": {
                    "data": [[4.0, 5.0, 2.0, 3.0, "2014-06-09", "X", "600"], [None] * 7],
                    "columns": [{"name": name, "type": "x"} for name in names],
                },
                "meta": {"next_cursor_id": None},
            }
        )
    )
    columns = "close=close unadj, date=trade_day,symbol=code,volume=shares,dividend=,split="
    history = make(dataset="ACME/EOD", columns=columns)
    assert history.offers == {Offer.DAILY_BARS}
    (row,) = (await read_days(history)).rows  # a day without prices has no bar
    assert (row.open, row.high, row.low, row.close, row.volume) == (3.0, 5.0, 2.0, 4.0, 600.0)
    assert server.asked[0].query["code"] == "AAPL"
    assert server.asked[0].path == "/api/v3/datatables/ACME/EOD.json"
    with pytest.raises(NotEntitled):
        await history.read_corporate_actions(
            symbol="X", start_date=date(2014, 1, 1), end_date=date(2014, 2, 1)
        )


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({}, AuthenticationFailed),
        ({"key": "k", "dataset": "A/B/C"}, InvalidRequest),
        ({"key": "k", "dataset": "../x"}, InvalidRequest),
        ({"key": "k", "columns": "colour=red"}, InvalidRequest),
        ({"key": "k", "poll_s": "often"}, InvalidRequest),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, error):
    with pytest.raises(error):
        read_config(settings)


def test_the_key_is_in_no_representation():
    assert "secret-key" not in repr(read_config({"key": "secret-key"}))


async def test_a_missing_column_is_named(server, make):
    body = {"datatable": {"data": [], "columns": [{"name": "date"}]}, "meta": {}}
    server.replies.append(RestReply.of(body))
    with pytest.raises(BadPayload, match="open"):
        await read_days(make())


CELLS = st.one_of(
    st.none(), st.booleans(), st.floats(), st.text(max_size=10), st.just("2014-06-09"), st.just(1.5)
)


@given(
    st.one_of(
        st.binary(max_size=100),
        values.map(lambda value: json.dumps(value).encode()),
        st.lists(st.lists(CELLS, max_size=10), max_size=3).map(
            lambda rows: json.dumps(
                {
                    "datatable": {"data": rows, "columns": [{"name": name} for name in NAMES]},
                    "meta": {},
                    "dataset_data": {"column_names": NAMES, "data": rows},
                }
            ).encode()
        ),
    ),
    st.sampled_from(["WIKI", "WIKI/PRICES"]),
)
def test_any_answer_is_a_page_or_a_provider_error(body, dataset):
    history = NasdaqDataLinkHistory(config=read_config({"key": "k", "dataset": dataset}))
    history._rest = FixedRest(body)  # type: ignore[assignment]
    reads: list[Callable[[], Awaitable[object]]] = [
        lambda: read_days(history),
        lambda: history.read_corporate_actions(
            symbol="A", start_date=START.date(), end_date=END.date()
        ),
    ]

    async def read_all() -> None:
        for read in reads:
            try:
                await read()
            except ProviderError:
                continue

    asyncio.run(read_all())
